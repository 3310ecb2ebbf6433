"""Draws curves as SVG: one panel beside the other, both axes logarithms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, floor, log, log10

_WIDTH, _HEIGHT, _LEFT, _TOP, _GAP, _FOOT = 250, 220, 60, 60, 50, 60
_COLOURS = ("#1b66c9", "#c2410c", "#15803d", "#9333ea", "#334155")
_GREY = "#94a3b8"


@dataclass(frozen=True)
class Panel:
    """Curves over the same sizes."""

    title: str
    sizes: Sequence[float]
    curves: dict[str, Sequence[float]]


def svg(panels: Sequence[Panel], title: str) -> str:
    """Return the picture; dashed is how the last curve would grow by n log n."""
    values = [max(it, 0.1) for panel in panels for curve in panel.curves.values() for it in curve]
    low, high = floor(log10(min(values))), max(ceil(log10(max(values))), 1)
    width = _LEFT + len(panels) * (_WIDTH + _GAP)
    height = _TOP + _HEIGHT + _FOOT
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" font-family="system-ui, sans-serif" font-size="11">'
        f'<clipPath id="panel"><rect width="{_WIDTH}" height="{_HEIGHT}"/></clipPath>'
        f'<title>{escape(title)}</title><rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{_LEFT}" y="20" font-size="14" font-weight="600">{escape(title)}</text>'
    )
    drawn = [
        f'<g transform="translate({_LEFT + number * (_WIDTH + _GAP)} {_TOP})">{"".join(parts)}</g>'
        for number, parts in enumerate(_panel(panel, low, high) for panel in panels)
    ]
    names = [*panels[0].curves, "n log n"]
    return "\n".join([head, *drawn, *_legend(names, height - 14), "</svg>"]) + "\n"


def _panel(panel: Panel, low: int, high: int) -> Iterator[str]:
    def across(size: float) -> float:
        return _WIDTH * log(size / panel.sizes[0]) / log(panel.sizes[-1] / panel.sizes[0])

    def down(value: float) -> float:
        return _HEIGHT * (1 - (log10(max(value, 10**low)) - low) / (high - low))

    def line(values: Sequence[float], colour: str, dashes: str = "") -> str:
        points = zip(panel.sizes, values, strict=True)
        path = " ".join(f"{across(size):.1f},{down(value):.1f}" for size, value in points)
        return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashes}/>'

    yield f'<text x="0" y="-10" font-weight="600">by {escape(panel.title)}</text>'
    for power in range(low, high + 1):
        y = down(10.0**power)
        yield f'<path d="M0 {y:.1f}H{_WIDTH}" stroke="#e2e8f0"/>'
        yield f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>'
    for size in panel.sizes:
        x = across(size)
        yield f'<text x="{x:.1f}" y="{_HEIGHT + 16}" text-anchor="middle">{_short(size)}</text>'
    whole = [*panel.curves.values()][-1]
    unit = whole[0] / _goal(panel.sizes[0])
    goal = [unit * _goal(size) for size in panel.sizes]
    yield line(goal, _GREY, ' stroke-dasharray="4 3" clip-path="url(#panel)"')
    for colour, curve in zip(_COLOURS, panel.curves.values(), strict=False):
        yield line(curve, colour)


def _legend(names: Sequence[str], y: float) -> Iterator[str]:
    for number, name in enumerate(names):
        x = _LEFT + number * 95
        colour = _GREY if name == names[-1] else _COLOURS[number]
        yield f'<path d="M{x} {y - 4}h18" stroke="{colour}" stroke-width="2"/>'
        yield f'<text x="{x + 24}" y="{y}">{escape(name)}</text>'


def _goal(size: float) -> float:
    return size * log(size + 1)


def _short(size: float) -> str:
    for unit, letter in ((1_000_000, "M"), (1_000, "k")):
        if size >= unit:
            return f"{size / unit:g}{letter}"
    return f"{size:g}"
