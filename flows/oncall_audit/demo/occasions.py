"""Finds a moment and a person for something that is to happen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from oncall_audit.demo.model import Engineer, Shift, World
from oncall_audit.demo.windows import allowed, is_clear, is_off_duty

# The logs of some source are missing on these days of the period: nothing told about may lie there.
SILENT_DAYS = (9, 20, 21)
# Enough for the longest of the planted sessions and the grace around it.
_MARGIN = timedelta(hours=4)


def days_from(world: World, first: int) -> Iterator[datetime]:
    """Yield the days of the period from the `first` on, but for silent ones, then those before."""
    days = list(world.days())
    for number in (*range(first, len(days) - 1), *range(1, first)):
        if number not in SILENT_DAYS:
            yield days[number]


def off_duty(world: World, people: Iterable[Engineer], first: int) -> tuple[str, datetime]:
    """Return somebody of `people` and a time on or after day `first` with no duty anywhere near."""
    order = list(people)
    world.random.shuffle(order)
    for day in days_from(world, first):
        for engineer in order:
            for hour in world.random.sample(range(1, 22), 8):
                at = day + timedelta(hours=hour, minutes=world.random.randint(0, 50))
                if is_off_duty(world, engineer.engineer_id, at, _MARGIN) and is_unused(
                    world, engineer.engineer_id, at
                ):
                    return engineer.engineer_id, at
    raise LookupError("nobody is ever off duty: the period is too short or the team too small")


def is_unused(world: World, engineer_id: str, at: datetime, hours: int = 5) -> bool:
    """Tell whether nothing was recorded of `engineer_id` around `at`."""
    return not any(
        made.engineer_id == engineer_id
        and abs((made.started_at - at).total_seconds()) < hours * 3600
        for made in world.accesses
        if made.tag
    )


def shifts_from(world: World, schedule: str, first: int, hours: float = 4) -> Iterator[Shift]:
    """Yield the shifts of a schedule that begin on or after day `first`, then those before."""
    days = {day.date(): place for place, day in enumerate(days_from(world, first))}
    own = [
        shift
        for shift in world.shifts
        if shift.schedule == schedule
        and shift.started_at.date() in days
        and shift.ended_at < world.until
        and shift.ended_at - shift.started_at >= timedelta(hours=hours)
    ]
    yield from sorted(own, key=lambda shift: (days[shift.started_at.date()], shift.started_at))


def on_shift(world: World, schedule: str, first: int) -> tuple[str, datetime]:
    """Return who is on shift, and a time in the midst of it, on or after day `first`."""
    for shift in shifts_from(world, schedule, first):
        middle = shift.started_at + (shift.ended_at - shift.started_at) / 3
        at = middle.replace(microsecond=0) + timedelta(minutes=world.random.randint(0, 60))
        if is_unused(world, shift.engineer_id, at) and at.date() not in _silent_dates(world):
            return shift.engineer_id, at
    raise LookupError(f"nobody has a long enough shift on {schedule}")


def _silent_dates(world: World) -> set[object]:
    return {(world.since + timedelta(days=number)).date() for number in SILENT_DAYS}


def on_shift_elsewhere(
    world: World, schedule: str, resource_id: str, first: int
) -> tuple[str, datetime]:
    """Return who is on shift while nothing opens `resource_id` to them, and a time."""
    for shift in shifts_from(world, schedule, first):
        at = shift.started_at + timedelta(hours=3, minutes=world.random.randint(0, 40))
        spans = allowed(world, shift.engineer_id, resource_id)
        if is_clear(spans, at, _MARGIN) and is_unused(world, shift.engineer_id, at):
            return shift.engineer_id, at
    raise LookupError(f"the shifts of {schedule} always open {resource_id}")


def last_shift_end(world: World, schedule: str, resource_id: str, first: int) -> Shift:
    """Return a shift after whose end nothing opens `resource_id` to the same person for a while."""
    for shift in shifts_from(world, schedule, first):
        spans = allowed(world, shift.engineer_id, resource_id)
        own = next(end for start, end in spans if start <= shift.started_at < end)
        after = [start for start, _ in spans if start >= own]
        is_last = own - shift.ended_at == timedelta(minutes=30)
        if (
            is_last
            and (not after or after[0] - own > timedelta(hours=6))
            and shift.ended_at.date() not in _silent_dates(world)
            and is_unused(world, shift.engineer_id, shift.ended_at)
        ):
            return shift
    raise LookupError(f"no shift of {schedule} is the last of somebody")


def idle(world: World, engineer_id: str, system: str, at: datetime, minutes: int = 50) -> bool:
    """Tell whether `engineer_id` neither logs in to `system` around `at` nor tries to."""
    return not any(
        made.engineer_id == engineer_id
        and made.system == system
        and abs((made.started_at - at).total_seconds()) < minutes * 60
        for made in world.accesses
    )


def quiet_minute(world: World, schedule: str, system: str, first: int) -> tuple[str, datetime]:
    """Return who is on shift and a time in it at which they do not use `system` anyway."""
    for shift in shifts_from(world, schedule, first):
        hours = int((shift.ended_at - shift.started_at) / timedelta(hours=1))
        for hour in world.random.sample(range(2, hours - 1), min(8, hours - 3)):
            at = shift.started_at + timedelta(hours=hour)
            if idle(world, shift.engineer_id, system, at) and is_unused(
                world, shift.engineer_id, at
            ):
                return shift.engineer_id, at
    raise LookupError(f"{system} is used all the time on {schedule}")
