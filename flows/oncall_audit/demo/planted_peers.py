"""Plants days on which somebody does far more than the rest of their team, and days like them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import cycle, product
from zoneinfo import ZoneInfo

from oncall_audit.demo.answers import Answer
from oncall_audit.demo.behaviour import is_silent
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.occasions import SILENT_DAYS
from oncall_audit.demo.records import access, incident, request, resemble
from oncall_audit.demo.windows import allowed, covers

_RULE = "peer_outlier"
_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
_APART = timedelta(hours=4)
# The hours of a waking day: others would be a question of their own.
_AWAKE = range(8, 22)
_ENOUGH = 10
# Days after which the colleagues' days are enough to compare with, some of them idle.
_WARM = 17
# One more action, and a session would be unusually busy by itself.
_MOST = 49
_FEW = 4


@dataclass(frozen=True, slots=True)
class _LongDay:
    who: str
    service: str
    hours: tuple[datetime, ...]


def plant_peers(world: World) -> None:
    """Plant everything of this module, as late as can be: habits before it stay what they are."""
    # Where a team's days are as different as in the other two, such a day sets nobody apart.
    for service in ("payments", "platform"):
        made = _roam(world, _long_day(world, service), _RULE)
        note = "Everywhere at once, all day long, a little each time."
        world.answers.append(
            Answer(_RULE, made.engineer_id, None, None, None, made.started_at, note)
        )
    _resemble(world)


def _resemble(world: World) -> None:
    busy = _roam(world, _long_day(world, "data"), "benign", each_hour=1, actions=7)
    resemble(world, "busy_day", busy, "A full day, as the team has them now and then.")
    repairing = _long_day(world, "payments", "data", hours=_ENOUGH)
    incident(world, repairing.service, _around(repairing), repairing.who)
    made = _roam(world, repairing, "benign")
    resemble(world, "day_of_an_incident", made, "As much as that, but all of it for an incident.")
    # Longer than twelve hours, a request would be a question of its own.
    moving = _long_day(world, "platform", hours=_ENOUGH)
    start, length = _around(moving)
    people = (moving.who, _colleague(world, moving.who))
    request(world, people, "platform-hosts", start, hours=length / _HOUR)
    made = _roam(world, moving, "benign", only="platform-hosts")
    resemble(world, "day_of_a_migration", made, "As much as that, but by an approved request.")


def _colleague(world: World, who: str) -> str:
    team = world.members(world.engineers[who].team)
    return next(each.engineer_id for each in team if each.engineer_id != who)


def _around(found: _LongDay) -> tuple[datetime, timedelta]:
    start = found.hours[0] - _HOUR / 4
    return start, found.hours[-1] + _HOUR - start


def _long_day(world: World, *services: str, hours: int | None = None) -> _LongDay:
    """Return who has a service's first level for long on a late day, and so many hours of it."""
    for service, day in product(services, _late_days(world)):
        team = {each.engineer_id for each in world.members(service)}
        for shift in world.shifts:
            start, end = max(day, shift.started_at), min(day + _DAY, shift.ended_at)
            is_own = shift.schedule == f"{service.title()} primary" and shift.engineer_id in team
            if is_own and start < end:
                awake = tuple(_awake(world, shift.engineer_id, start, end))
                found = _LongDay(shift.engineer_id, service, awake[:hours])
                if len(awake) >= _ENOUGH and _is_fit(world, found):
                    return found
    raise LookupError(f"nobody has a long and quiet day for {' or '.join(services)}")


def _late_days(world: World) -> Iterator[datetime]:
    days = list(world.days())
    for number in range(len(days) - 1, _WARM, -1):
        if number not in SILENT_DAYS:
            yield days[number]


def _awake(world: World, who: str, start: datetime, end: datetime) -> Iterator[datetime]:
    zone = ZoneInfo(world.engineers[who].time_zone)
    at = start.replace(minute=0, second=0) + _HOUR / 6
    while at + _HOUR <= end + _HOUR / 4:
        if start <= at and at.astimezone(zone).hour in _AWAKE:
            yield at
        at += _HOUR


def _is_fit(world: World, found: _LongDay) -> bool:
    """Tell whether what is planted then changes nothing that is known of them otherwise."""
    start, end = found.hours[0], found.hours[-1] + _HOUR
    hosts = f"{found.service}-hosts"
    own = [made for made in world.accesses if made.engineer_id == found.who]
    is_known = any(made.tag in ("unusual_hour", _RULE) for made in own)
    is_free = not any(
        made.tag and start - _APART < made.ended_at and made.started_at < end + _APART
        for made in own
    )
    is_called = any(
        found.who in each.responders and each.started_at < end and start < each.ended_at + 2 * _HOUR
        for each in world.incidents
    )
    is_agreed = any(
        found.who == each.requester and each.started_at < end and start < each.ended_at
        for each in world.requests
    )
    return (
        is_free
        and not (is_known or is_called or is_agreed)
        and covers(allowed(world, found.who, hosts), start, end)
        and _typing_errors(world, found.who, start, end) < _FEW
        and not is_silent(world, "linux", hosts, start, end)
    )


def _typing_errors(world: World, who: str, start: datetime, end: datetime) -> int:
    person = world.engineers[who]
    accounts = {
        person.login,
        *(person.account(system) for system in ("linux", "postgresql", "aws")),
    }
    return sum(
        each.repeated
        for each in world.failures
        if each.account in accounts and start - _HOUR < each.at < end + _HOUR
    )


def _roam(
    world: World,
    found: _LongDay,
    tag: str,
    *,
    each_hour: int = 6,
    actions: int = _MOST,
    only: str = "",
) -> Access:
    """Let somebody use all of their service so many times each hour, and return the first time."""
    places = cycle(_places(world, found.service, only))
    made = []
    for hour in found.hours:
        for turn in range(each_hour):
            system, resource_id, target = next(places)
            at = hour + turn * _HOUR / each_hour + timedelta(seconds=world.random.randint(0, 90))
            span = (at, timedelta(minutes=9))
            one = access(world, found.who, system, resource_id, span, actions, tag=tag)
            made.append(replace(one, target=target))
            world.accesses[-1] = made[-1]
    return made[0]


def _places(world: World, service: str, only: str) -> list[tuple[str, str, str]]:
    """Return where each session is one by itself: the trail of a cloud joins what is close."""
    return [
        (system, resource.resource_id, target)
        for resource in world.resources.values()
        if resource.service == service and resource.tier < 3 and only in ("", resource.resource_id)
        for system, targets in sorted(resource.targets.items())
        if system != "aws"
        for target in targets
    ]
