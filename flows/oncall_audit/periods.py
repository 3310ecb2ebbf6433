"""Calendar weeks, months and quarters by name, in a time zone; half-open, as every interval is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from oncall_audit.errors import ConfigurationError

Kind = Literal["weekly", "monthly", "quarterly"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_WEEK = re.compile(r"(\d{4})-[Ww](\d\d)")
_MONTH = re.compile(r"(\d{4})-(\d\d)")
_QUARTER = re.compile(r"(\d{4})-[Qq]([1-4])")


@dataclass(frozen=True, slots=True)
class Period:
    """The days `first` to before `end` of a time zone, under the name that people use."""

    name: str
    kind: Kind
    first: date
    end: date
    zone: str

    @property
    def since(self) -> datetime:
        """Begin, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def until(self) -> datetime:
        """End, exclusive, in UTC."""
        return _midnight(self.end, self.zone)

    @property
    def before(self) -> Period:
        """The period of the same kind that ends where this one begins."""
        return containing(self.first - timedelta(days=1), self.kind, self.zone)

    @property
    def after(self) -> Period:
        """The period of the same kind that begins where this one ends."""
        return containing(self.end, self.kind, self.zone)


def named(name: str, zone: str) -> Period:
    """Return the period of a name; raise `ConfigurationError` where there is none."""
    text = name.strip()
    try:
        if found := _WEEK.fullmatch(text):
            return containing(date.fromisocalendar(int(found[1]), int(found[2]), 1), "weekly", zone)
        if found := _QUARTER.fullmatch(text):
            month = 3 * int(found[2]) - 2
            return containing(date(int(found[1]), month, 1), "quarterly", zone)
        if found := _MONTH.fullmatch(text):
            return containing(date(int(found[1]), int(found[2]), 1), "monthly", zone)
    except (ValueError, OverflowError):
        pass
    raise ConfigurationError(
        f"There is no period '{name}'. Write a week as 2026-W47, a month as 2026-11, a quarter as"
        " 2026-Q4."
    )


def containing(day: date, kind: Kind, zone: str) -> Period:
    """Return the period of a kind that a calendar day of the zone is in."""
    if kind == "weekly":
        first = day - timedelta(days=day.weekday())
        year, week, _ = first.isocalendar()
        return Period(f"{year:04}-W{week:02}", kind, first, first + timedelta(days=7), zone)
    months = 1 if kind == "monthly" else 3
    place = (day.month - 1) // months
    first = date(day.year, place * months + 1, 1)
    year, month = divmod(day.year * 12 + (place + 1) * months, 12)
    name = f"{day.year:04}-{first.month:02}" if months == 1 else f"{day.year:04}-Q{place + 1}"
    return Period(name, kind, first, date(year, month + 1, 1), zone)


def current(moment: datetime, kind: Kind, zone: str) -> Period:
    """Return the period of a kind that an aware time is in."""
    return containing(moment.astimezone(ZoneInfo(zone)).date(), kind, zone)


def complete(since: datetime, until: datetime, kind: Kind, zone: str) -> Iterator[Period]:
    """Yield the periods of a kind that end after `since` and not after `until`, oldest first."""
    period = current(since, kind, zone)
    while period.until <= until:
        yield period
        period = period.after


def last(period: Period, count: int) -> list[Period]:
    """Return `count` periods of a kind up to this one, oldest first."""
    found = [period]
    while len(found) < count:
        found.insert(0, found[0].before)
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time.min, ZoneInfo(zone)).astimezone(UTC)
