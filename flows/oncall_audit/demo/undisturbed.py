"""Finds somebody on shift who does nothing else for a while, so that a log-in stands alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from oncall_audit.demo.model import Access, Shift, World
from oncall_audit.demo.occasions import is_unused, shifts_from

_BEFORE, _AFTER = timedelta(minutes=25), timedelta(minutes=30)
_DAY = timedelta(days=1)
# Longer than any flight between two of the places.
_FLIGHT = timedelta(hours=14)
_TAKEN_FOR_ANOTHER = timedelta(hours=15)


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """A person, a moment of their shift with nothing of theirs near, and what it opens to them."""

    who: str
    at: datetime
    resource_id: str


def undisturbed(
    world: World,
    schedule: str,
    first: int,
    minutes: int,
    *,
    who: str = "",
    unseen: str = "",
    host: str = "",
    is_back_that_day: bool = False,
) -> Undisturbed:
    """Return such a moment of `minutes`, on or after day `first`, of who never came from `unseen`.

    It is one of `who` if somebody is named. If a `host` is, the gateway has nothing of theirs on it
    for hours. What they do next lies on the same day or long after, if `is_back_that_day`.
    """
    length = timedelta(minutes=minutes)
    for shift in shifts_from(world, schedule, first):
        own = [made for made in world.accesses if made.engineer_id == shift.engineer_id]
        is_other = shift.engineer_id != (who or shift.engineer_id)
        # Who is known for keeping hours must not get others by what happens here.
        is_known = any(made.address == unseen or made.tag == "unusual_hour" for made in own)
        if is_other or is_known or not _has_past(world, shift, own):
            continue
        for at in _moments(shift, length):
            is_fit = _is_alone(own, at, at + length) and is_unused(world, shift.engineer_id, at)
            is_fit = is_fit and not (host and _passes(own, host, at))
            if is_fit and (not is_back_that_day or _is_back(own, at)):
                service = schedule.partition(" ")[0].lower()
                return Undisturbed(shift.engineer_id, at, f"{service}-hosts")
    raise LookupError(f"nobody is left alone on {schedule}")


def _moments(shift: Shift, length: timedelta) -> Iterator[datetime]:
    at = shift.started_at + timedelta(minutes=45)
    while at + length < shift.ended_at:
        yield at
        at += timedelta(minutes=10)


def _has_past(world: World, shift: Shift, own: list[Access]) -> bool:
    """Tell whether they used hosts often enough before a later shift for a baseline."""
    days = {made.started_at.date() for made in own if made.system == "linux"}
    earlier = [day for day in days if day < shift.started_at.date()]
    is_early = shift.started_at < world.since + 18 * _DAY
    is_warm = len(earlier) >= 7 and min(earlier) <= (shift.started_at - 16 * _DAY).date()
    return is_early or is_warm


def _is_alone(own: list[Access], start: datetime, end: datetime) -> bool:
    return not any(
        made.started_at < end + _AFTER and start - _BEFORE < made.ended_at for made in own
    )


def _passes(own: list[Access], host: str, at: datetime) -> bool:
    """Tell whether one of their sessions on `host` could be taken for another by its time."""
    return any(
        made.target == host
        and (made.system == "teleport" or made.form == "certificate")
        and abs(made.started_at - at) < _TAKEN_FOR_ANOTHER
        for made in own
    )


def _is_back(own: list[Access], at: datetime) -> bool:
    later = [made.started_at for made in own if made.started_at > at]
    return not later or min(later).date() == at.date() or min(later) > at + _FLIGHT
