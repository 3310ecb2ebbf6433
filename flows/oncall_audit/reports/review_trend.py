"""Figures of period after period, as bars that need no script: shapes with their places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from oncall_audit.reports.summary import SEVERITIES
from oncall_audit.reports.text import number

WIDTH, HEIGHT = 360, 150
_LEFT, _TOP, _BOTTOM = 40, 12, 22
_FLOOR = HEIGHT - _BOTTOM
_ROOM = 0.72
_LABELLED = 5

Figures = Mapping[str, int]
# A name and what is drawn for it: the figure, or a sum of some.
Series = tuple[str, str, Callable[[Figures], float]]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, and what it says to whoever points at it."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One chart: bars, marks of the axis (y, text), names below (x, text), and what lacks."""

    title: str
    series: list[tuple[str, str]]
    bars: list[Bar]
    marks: list[tuple[float, str]]
    names: list[tuple[float, str]]
    lacking: list[float]


def _figure(name: str) -> Callable[[Figures], float]:
    return lambda figures: figures.get(name, 0)


_PLOTS: tuple[tuple[str, bool, tuple[Series, ...]], ...] = (
    (
        "Open at the end",
        True,
        tuple((f"sev-{it}", it, _figure(f"open_{it}")) for it in reversed(SEVERITIES)),
    ),
    (
        "Opened and closed",
        False,
        (("off", "opened", _figure("opened")), ("shift", "closed", _figure("closed"))),
    ),
    ("Sessions tested", False, (("session", "sessions", _figure("sessions")),)),
    (
        "Hours not audited",
        False,
        (
            ("off", "without an audit", lambda it: it.get("uncovered_seconds", 0) / 3600),
            ("incident", "blind, of single sources", _figure("blind_hours")),
        ),
    ),
)


def plots(trend: Sequence[tuple[str, Figures | None]]) -> list[Plot]:
    """Return the charts of a trend, oldest period first; None is a period without a review."""
    return [_plot(title, stacked, series, trend) for title, stacked, series in _PLOTS]


def _plot(
    title: str,
    stacked: bool,
    series: Sequence[Series],
    trend: Sequence[tuple[str, Figures | None]],
) -> Plot:
    step = (WIDTH - _LEFT) / max(1, len(trend))
    top = _round_up(max((_highest(series, it, stacked) for _, it in trend if it), default=0))
    places = [(_LEFT + step * place, name, it) for place, (name, it) in enumerate(trend)]
    draw = _stacked if stacked else _side_by_side
    every = -(-len(trend) // _LABELLED)
    return Plot(
        title=title,
        series=[(kind, name) for kind, name, _ in (series[::-1] if stacked else series)],
        bars=[bar for x, name, it in places if it for bar in draw(series, x, step, name, it, top)],
        marks=[(_y(share * top, top), number(share * top)) for share in (0, 0.5, 1)],
        names=[
            (x + step / 2, name.partition("-")[2])
            for place, (x, name, _) in enumerate(reversed(places))
            if place % every == 0
        ],
        lacking=[x + step / 2 for x, _, it in places if it is None],
    )


def _highest(series: Sequence[Series], figures: Figures, stacked: bool) -> float:
    values = [value(figures) for _, _, value in series]
    return sum(values) if stacked else max(values)


def _stacked(
    series: Sequence[Series], x: float, step: float, name: str, figures: Figures, top: float
) -> list[Bar]:
    bars, below = [], 0.0
    for kind, what, value in series:
        count = value(figures)
        y = _y(below + count, top)
        title = f"{name}: {number(count)} {what}"
        wide, height = step * _ROOM, _y(below, top) - y
        bars.append(_bar(kind, x + step * (1 - _ROOM) / 2, y, wide, height, title))
        below += count
    return [bar for bar in bars if bar.height]


def _side_by_side(
    series: Sequence[Series], x: float, step: float, name: str, figures: Figures, top: float
) -> list[Bar]:
    wide = step * _ROOM / len(series)
    left = x + step * (1 - _ROOM) / 2
    bars = []
    for place, (kind, what, value) in enumerate(series):
        count = value(figures)
        y, title = _y(count, top), f"{name}: {number(round(count, 1))} {what}"
        bars.append(_bar(kind, left + place * wide, y, wide, _FLOOR - y, title))
    return [bar for bar in bars if bar.height]


def _bar(kind: str, x: float, y: float, width: float, height: float, title: str) -> Bar:
    return Bar(kind, round(x, 1), round(y, 1), round(width, 1), round(height, 1), title)


def _y(value: float, top: float) -> float:
    return round(_FLOOR - (_FLOOR - _TOP) * value / top, 1)


def _round_up(value: float) -> float:
    """Return the next number whose half is a plain one too, so that the axis reads well."""
    size = 1
    while size * 10 < value:
        size *= 10
    return next(size * it for it in (2, 4, 6, 10, 20) if size * it >= value)
