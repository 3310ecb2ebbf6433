"""Rotations that hand over by local time, and what overrides make of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from oncall_audit.demo.gaps import Vacancy
from oncall_audit.demo.model import Engineer, Override, Rotation, Shift, World
from oncall_audit.demo.people import ZONES

# Shifts are known this long before the first and after the last day of the period.
_BEFORE = timedelta(days=15)
_AFTER = timedelta(days=12)
_TURNS = {
    "payments": ("daily", "weekly"),
    "search": ("weekly", "weekly"),
    "platform": ("daily", "weekly"),
    "data": ("weekly", "weekend"),
}


def rotations(random: Random, people: dict[str, Engineer]) -> tuple[Rotation, ...]:
    """Return a primary and a secondary schedule for each team."""
    made = []
    for number, (team, turns) in enumerate(_TURNS.items()):
        members = [e.engineer_id for e in people.values() if e.team == team and e.is_rostered]
        for level, turn in enumerate(turns, start=1):
            order = members[level - 1 :] + members[: level - 1]
            made.append(
                Rotation(
                    schedule=f"{team.title()} {'primary' if level == 1 else 'secondary'}",
                    schedule_id=f"PS{number}{level}{''.join(random.choices('ABCDEFGHJK', k=3))}",
                    team=team,
                    service=team,
                    time_zone=ZONES[team],
                    turn=turn,
                    level=level,
                    members=tuple(order),
                    hand_over_hour=8 if turn == "daily" else 10,
                )
            )
    return tuple(made)


def _local(zone: ZoneInfo, day: datetime, hour: int) -> datetime:
    return day.replace(hour=hour, tzinfo=zone).astimezone(UTC)


def _daily(rotation: Rotation, day: datetime, number: int) -> Iterator[Shift]:
    zone, count = ZoneInfo(rotation.time_zone), len(rotation.members)
    morning, evening = (_local(zone, day, hour) for hour in (8, 20))
    tomorrow = _local(zone, day + timedelta(days=1), 8)
    yield Shift(rotation.schedule, rotation.members[number % count], morning, evening)
    night = rotation.members[(number + count // 2) % count]
    yield Shift(rotation.schedule, night, evening, tomorrow)


def _weekly(rotation: Rotation, day: datetime, number: int) -> Iterator[Shift]:
    # Monday 10:00 for a first level, Thursday for a second one: nobody's weeks coincide.
    if day.weekday() != (0 if rotation.level == 1 else 3):
        return
    zone = ZoneInfo(rotation.time_zone)
    start = _local(zone, day, rotation.hand_over_hour)
    end = _local(zone, day + timedelta(days=7), rotation.hand_over_hour)
    # Two places on: who has the first level this week does not have the second as well.
    turn = number // 7 + (2 if rotation.level == 2 else 0)
    yield Shift(rotation.schedule, rotation.members[turn % len(rotation.members)], start, end)


def _weekend(rotation: Rotation, day: datetime, number: int) -> Iterator[Shift]:
    if day.weekday() != 4:
        return
    zone = ZoneInfo(rotation.time_zone)
    member = rotation.members[(number // 7 + 2) % len(rotation.members)]
    monday = _local(zone, day + timedelta(days=3), 8)
    yield Shift(rotation.schedule, member, _local(zone, day, 18), monday)


def _office(rotation: Rotation, day: datetime, number: int) -> Iterator[Shift]:
    if day.weekday() > 4:
        return
    zone, member = ZoneInfo(rotation.time_zone), rotation.members[number % len(rotation.members)]
    yield Shift(rotation.schedule, member, _local(zone, day, 9), _local(zone, day, 18))


_TURN = {"daily": _daily, "weekly": _weekly, "weekend": _weekend, "office": _office}


def planned(world: World, rotation: Rotation) -> list[Shift]:
    """Return the shifts of a rotation before any override."""
    day = (world.since - _BEFORE).replace(tzinfo=None)
    shifts: list[Shift] = []
    while day < (world.until + _AFTER).replace(tzinfo=None):
        shifts += _TURN[rotation.turn](rotation, day, day.toordinal())
        day += timedelta(days=1)
    return shifts


def overridden(shifts: list[Shift], overrides: list[Override]) -> list[Shift]:
    """Cut out of `shifts` what the overrides take over and add their spans."""
    final = list(shifts)
    for taken in overrides:
        kept: list[Shift] = []
        for shift in final:
            kept += _cut(shift, taken)
        kept.append(
            Shift(taken.schedule, taken.engineer_id, taken.started_at, taken.ended_at),
        )
        final = kept
    return sorted(final, key=lambda shift: (shift.started_at, shift.schedule))


def _cut(shift: Shift, taken: Override | Vacancy) -> Iterator[Shift]:
    apart = taken.ended_at <= shift.started_at or shift.ended_at <= taken.started_at
    if apart or shift.schedule != taken.schedule:
        yield shift
        return
    spans = ((shift.started_at, taken.started_at), (taken.ended_at, shift.ended_at))
    for start, end in spans:
        if start < end:
            yield Shift(shift.schedule, shift.engineer_id, start, end)


def final_shifts(world: World, rotation: Rotation, known_at: datetime | None = None) -> list[Shift]:
    """Return the shifts that hold, by what had been recorded at `known_at`."""
    overrides = [
        override
        for override in world.overrides
        if override.schedule == rotation.schedule
        and (known_at is None or override.recorded_at <= known_at)
    ]
    final = overridden(planned(world, rotation), overrides)
    for empty in world.vacancies:
        final = [part for shift in final for part in _cut(shift, empty)]
    return final
