"""Moments and lengths of time; the session's zone is UTC, and a moment is one without a zone."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp
from sqlglot.generator import Generator

# Beyond what any system tells, and yet what Spark can print.
_ENDS = {"-infinity": "0001-01-01 00:00:00", "infinity": "9999-12-31 23:59:59.999999"}

_SIGNS = {
    "%Y": "yyyy", "%m": "MM", "%d": "dd", "%H": "HH", "%M": "mm", "%S": "ss", "%f": "SSSSSS",
    "%b": "MMM", "%a": "EEE", "%j": "DDD", "%y": "yy", "%B": "MMMM", "%A": "EEEE",
}  # fmt: skip
_SECONDS = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600}


def _pattern(template: str) -> str:
    found = []
    for part in re.findall(r"%\w|[^%]+|%", template):
        quoted = part.replace("'", "''")
        found.append(_SIGNS.get(part) or re.sub(r"[A-Za-z]+", r"'\g<0>'", quoted))
    return "".join(found)


def formatted(self: Generator, e: exp.TimeToStr) -> str:
    sign = self.sql(exp.Literal.string(_pattern(e.args["format"].name)))
    return f"DATE_FORMAT({self.sql(e, 'this')}, {sign})"


def parsed(self: Generator, text: exp.Expression, template: exp.Expression) -> str:
    """Write `try_strptime`."""
    sign = self.sql(exp.Literal.string(_pattern(template.name)))
    return f"TRY_TO_TIMESTAMP({self.sql(text)}, {sign})"


def difference(self: Generator, e: exp.DateDiff) -> str:
    """Write `date_diff`: how many bounds of the unit lie between."""
    until, since, unit = self.sql(e, "this"), self.sql(e, "expression"), e.unit.name.upper()
    if unit in _SECONDS:
        size = _SECONDS[unit]
        ends = [f"UNIX_SECONDS(CAST({it} AS TIMESTAMP))" for it in (until, since)]
        if size > 1:
            ends = [f"CAST(FLOOR({it} / {size}) AS BIGINT)" for it in ends]
        return f"({ends[0]} - {ends[1]})"
    if unit in {"MICROSECOND", "MILLISECOND"}:
        name = "UNIX_MICROS" if unit == "MICROSECOND" else "UNIX_MILLIS"
        return f"({name}(CAST({until} AS TIMESTAMP)) - {name}(CAST({since} AS TIMESTAMP)))"
    return f"CAST(DATEDIFF({until}, {since}) AS BIGINT)"


def to_zone(self: Generator, e: exp.AtTimeZone) -> str:
    """Write a zone's wall clock at a moment, or the moment at which it shows a time."""
    inner = e.this.unnest()
    zone = self.sql(e, "zone")
    if isinstance(inner, exp.AtTimeZone):
        if inner.args["zone"].name == "UTC":
            return f"FROM_UTC_TIMESTAMP({self.sql(inner, 'this')}, {zone})"
        if e.args["zone"].name == "UTC":
            return f"TO_UTC_TIMESTAMP({self.sql(inner, 'this')}, {self.sql(inner, 'zone')})"
    return self.sql(inner)


def days(self: Generator, e: exp.ToDays) -> str:
    return f"MAKE_DT_INTERVAL(CAST({self.sql(e, 'this')} AS INT))"


def seconds(self: Generator, *values: exp.Expression, per: int = 1) -> str:
    share = "" if per == 1 else f" / {per}"
    return f"MAKE_DT_INTERVAL(0, 0, 0, CAST(({self.sql(values[0])}){share} AS DECIMAL(18, 6)))"


def weekday(self: Generator, e: exp.DayOfWeekIso) -> str:
    return f"(WEEKDAY({self.sql(e, 'this')}) + 1)"


def epoch(self: Generator, e: exp.TimeToUnix) -> str:
    inner = e.this.unnest()
    if isinstance(inner, exp.Sub):
        # The length of an interval.
        return f"(CAST({self.sql(inner)} AS DECIMAL(28, 6)) / 1D)"
    return f"(UNIX_MICROS({self.sql(e, 'this')}) / 1000000D)"


def end_of_time(e: exp.Cast) -> str | None:
    """Return the moment that stands for `infinity`, if that is what is written."""
    if isinstance(e.this, exp.Literal) and e.this.name in _ENDS:
        return f"TIMESTAMP '{_ENDS[e.this.name]}'"
    return None


TRANSFORMS: dict[type[exp.Expression], Callable[..., str]] = {
    exp.TimeToStr: formatted,
    exp.DateDiff: difference,
    exp.AtTimeZone: to_zone,
    exp.ToDays: days,
    exp.DayOfWeekIso: weekday,
    exp.TimeToUnix: epoch,
}
