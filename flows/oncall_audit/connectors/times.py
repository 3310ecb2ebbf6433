"""Reads the times that exported documents hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo

# Beyond these a number of seconds would lie after the year 5000: it counts in smaller units.
_UNITS = ((1e14, 1e6), (1e11, 1e3))


def read_time(value: object, zone: tzinfo = UTC) -> datetime | None:
    """Return an aware time in UTC, None for nothing; a text without an offset is in `zone`."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return _in_utc(value, zone)
    if isinstance(value, date):
        return _in_utc(datetime.combine(value, time.min), zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(float(value))
    if isinstance(value, str):
        return _from_text(value.strip(), zone)
    raise ValueError(f"{value!r:.60} is no time")


def read_date(value: object) -> date | None:
    """Return the date that a value is without any time of day, else None."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and len(value.strip()) == len("2026-03-02"):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def _in_utc(moment: datetime, zone: tzinfo) -> datetime:
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{moment} is out of range") from None


def _from_epoch(number: float) -> datetime:
    per_second = next((unit for limit, unit in _UNITS if abs(number) >= limit), 1.0)
    try:
        return datetime.fromtimestamp(number / per_second, UTC)
    except (OverflowError, ValueError, OSError):
        raise ValueError(f"{number} is no time") from None


def _from_text(text: str, zone: tzinfo) -> datetime:
    if text.replace(".", "", 1).isdecimal() and len(text) > 8:
        return _from_epoch(float(text))
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        raise ValueError(f"{text!r:.60} is no time") from None
    return _in_utc(moment, UTC if text.endswith(" UTC") else zone)
