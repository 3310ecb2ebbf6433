"""Plants sessions at hours at which their people never come, for people with habits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import cos, exp, pi, tau
from random import Random
from zoneinfo import ZoneInfo

from oncall_audit.demo import calm
from oncall_audit.demo.model import Access, Engineer, Span, World
from oncall_audit.demo.occasions import days_from
from oncall_audit.demo.records import access, incident, plant, resemble
from oncall_audit.demo.windows import allowed

_RULE = "unusual_hour"
_SYSTEMS = ("aws", "postgresql", "teleport", "linux")
_WANTED = 38
_WARM = timedelta(days=15)
_LENGTH = timedelta(minutes=22)
_NEAR = timedelta(hours=2)


def plant_hours(world: World, random: Random) -> None:
    """Give three people a habit and one odd night each, and one of them a night with a page."""
    people = [e for e in world.engineers.values() if e.is_rostered]
    random.shuffle(people)
    done: set[str] = set()
    for person in people:
        for system in _SYSTEMS:
            if len(done) == 3 or system in done:
                continue
            if _plant(world, random, person, system, is_paged=not done):
                done.add(system)
                break
    if len(done) < 3:
        raise LookupError("too few people have habits: the period is too short")


def _resource(person: Engineer, system: str) -> str | None:
    if system == "postgresql":
        return f"{person.team}-db" if person.team in ("payments", "search") else None
    return f"{person.team}-cloud" if system == "aws" else f"{person.team}-hosts"


def _plant(world: World, random: Random, person: Engineer, system: str, *, is_paged: bool) -> bool:
    resource_id = _resource(person, system)
    if resource_id is None:
        return False
    spans = _spans(world, person, resource_id)
    days = list(_working_hours(world, person, spans))
    kept = [a for a in world.accesses if not _is_stray(world, person, system, resource_id, a)]
    # The rule counts what begins within an hour once.
    starts = {_hour(at): at for at in (*days, *_unpaged(world, person, system, kept))}
    habit = sorted(starts.values())
    if not days or any(_density(person, habit, at) < 1 / 180 for at in habit[20:]):
        return False
    nights = [
        at
        for at in reversed(list(_nights(world, person, spans)))
        if at >= days[0] + _WARM and _is_odd(person, habit, at)
    ]
    chosen = _apart(nights, 2 if is_paged else 1)
    if len(chosen) < (2 if is_paged else 1):
        return False
    world.accesses = kept
    for at in days:
        access(world, person.engineer_id, system, resource_id, (at, _LENGTH), random.randint(3, 12))
    span = (chosen[0], _LENGTH)
    made = access(world, person.engineer_id, system, resource_id, span, 6, tag=_RULE)
    plant(world, _RULE, made, "Always by day, and once in the middle of the night.")
    if is_paged:
        _called(world, person, system, resource_id, chosen[1])
    return True


def _called(world: World, person: Engineer, system: str, resource_id: str, at: datetime) -> None:
    span = (at - timedelta(minutes=20), timedelta(minutes=70))
    incident(world, person.team, span, person.engineer_id)
    made = access(world, person.engineer_id, system, resource_id, (at, _LENGTH), 8, tag="benign")
    resemble(world, "paged_at_night", made, "At night, but a page had called.")


def _is_stray(world: World, person: Engineer, system: str, resource_id: str, made: Access) -> bool:
    """Tell whether a session of the routine would spoil the habit."""
    is_own = (made.engineer_id, made.system) == (person.engineer_id, system)
    is_free = made.resource_id == resource_id and not made.tag
    is_early = not 9 <= _local(person, made.started_at) <= 17
    return is_own and is_free and is_early and not _is_paged(world, person, made.started_at)


def _unpaged(
    world: World, person: Engineer, system: str, accesses: list[Access]
) -> Iterator[datetime]:
    for made in accesses:
        is_own = (made.engineer_id, made.system) == (person.engineer_id, system)
        if is_own and not _is_paged(world, person, made.started_at):
            yield made.started_at


def _apart(nights: list[datetime], wanted: int) -> list[datetime]:
    chosen: list[datetime] = []
    for at in nights:
        if all(abs(at - other) > timedelta(hours=10) for other in chosen):
            chosen.append(at)
    return chosen[:wanted]


def _spans(world: World, person: Engineer, resource_id: str) -> list[Span]:
    """Return when somebody may use a resource and its log is there."""
    heard = {day.date() for day in days_from(world, 1)}
    return [
        (start, end)
        for start, end in allowed(world, person.engineer_id, resource_id)
        if start.date() in heard or end.date() in heard
    ]


def _starts(world: World, person: Engineer, spans: list[Span]) -> Iterator[datetime]:
    heard = {day.date() for day in days_from(world, 1)}
    for start, end in spans:
        at = start.replace(minute=0, second=0) + timedelta(hours=2)
        while at + _LENGTH + timedelta(minutes=20) < end:
            if at.date() in heard and calm.is_patient(world, person.engineer_id, at, at + _LENGTH):
                yield at
            at += timedelta(hours=1)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _local(person: Engineer, at: datetime) -> int:
    return at.astimezone(ZoneInfo(person.time_zone)).hour


def _working_hours(world: World, person: Engineer, spans: list[Span]) -> Iterator[datetime]:
    found = [a for a in _starts(world, person, spans) if 9 <= _local(person, a) <= 17]
    yield from found[:_WANTED] if len(found) >= _WANTED else ()


def _nights(world: World, person: Engineer, spans: list[Span]) -> Iterator[datetime]:
    for at in _starts(world, person, spans):
        around = (at - _NEAR / 2, at, at + _NEAR / 2)
        is_calm = not any(_is_paged(world, person, each) for each in around)
        if _local(person, at) in (23, 0, 1, 2, 3, 4) and is_calm:
            yield at + timedelta(minutes=7)


def _is_paged(world: World, person: Engineer, at: datetime) -> bool:
    """Tell whether a page that somebody answered is near, or its incident open."""
    for broken in world.incidents:
        if person.engineer_id in broken.responders:
            joined = dict(broken.joined).get(person.engineer_id, broken.started_at)
            if broken.started_at - _NEAR <= at < max(joined + _NEAR, broken.ended_at):
                return True
    return False


def _is_odd(person: Engineer, habit: list[datetime], at: datetime) -> bool:
    """Tell whether an hour is far from every habit, by twice the margin that is needed."""
    earlier = [each for each in habit if each < at]
    hours = [_local(person, each) for each in earlier]
    east, north = (sum(turn(hour) for hour in hours) for turn in (_east, _north))
    return (
        len(hours) >= 34
        and len({each.date() for each in earlier}) >= 6
        and (east * east + north * north) ** 0.5 / len(hours) > 0.3
        and _density(person, habit, at) < 1 / 480
    )


def _density(person: Engineer, habit: list[datetime], at: datetime) -> float:
    """Return how much of what was before lies in the hour of `at`, as the rule would smooth it."""
    hours = [_local(person, each) for each in habit if each < at]
    return sum(_bell(hour - _local(person, at)) for hour in hours) / len(hours)


def _bell(apart: int) -> float:
    whole = sum(exp(8 * (cos(tau * hour / 24) - 1)) for hour in range(24))
    return exp(8 * (cos(tau * apart / 24) - 1)) / whole


def _east(hour: int) -> float:
    return cos(tau * hour / 24 - pi / 2)


def _north(hour: int) -> float:
    return cos(tau * hour / 24)
