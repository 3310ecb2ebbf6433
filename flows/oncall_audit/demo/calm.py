"""Finds times at which nothing else happens, so that what is added then moves nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from oncall_audit.demo.gaps import Vacancy
from oncall_audit.demo.inventory import elevated
from oncall_audit.demo.model import Engineer, Grant, Override, Shift, World
from oncall_audit.demo.occasions import days_from, is_unused
from oncall_audit.demo.windows import is_off_duty

_STEP = timedelta(minutes=30)
_MARGIN = timedelta(hours=3)
_APART = timedelta(hours=16)
_LINGERING = ("lingering_elevation", "standing_privilege", "dormant_entitlement")


def slot(
    world: World, schedule: str, first: int, length: timedelta, others: tuple[str, ...] = ()
) -> tuple[Shift, datetime]:
    """Return a shift and a start in it from which on nobody on the schedules does anything."""
    for shift, start in _slots(world, schedule, first, length):
        holders = {shift.engineer_id, *_holders(world, others, start, start + length)}
        if all(_is_idle(world, who, start, start + length) for who in holders):
            return shift, start
    raise LookupError(f"somebody is always at work on {schedule}")


def stand_in(
    world: World,
    schedule: str,
    first: int,
    length: timedelta,
    at: tuple[int, int] | None = None,
) -> tuple[Shift, datetime, str]:
    """Return such a shift and start, and a colleague who has nothing to do around it."""
    for shift, begin in _slots(world, schedule, first, length):
        start = begin if at is None else begin.replace(hour=at[0], minute=at[1])
        if not shift.started_at < start < shift.ended_at - length:
            continue
        if not _is_idle(world, shift.engineer_id, start, start + length):
            continue
        for colleague in world.members(world.engineers[shift.engineer_id].team):
            who = colleague.engineer_id
            if who != shift.engineer_id and _is_free(world, who, start, length):
                return shift, start, who
    raise LookupError(f"nobody can stand in on {schedule}")


def _slots(
    world: World, schedule: str, first: int, length: timedelta
) -> Iterator[tuple[Shift, datetime]]:
    own = [s for s in world.shifts if s.schedule == schedule]
    for day in days_from(world, first):
        # From four to ten in the evening: no snapshot is taken then, and three more nights follow.
        for half_hour in range(8, 45):
            start = day + half_hour * _STEP
            for shift in own:
                inside = shift.started_at < start and start + length < shift.ended_at
                if (
                    inside
                    and start + timedelta(days=3) < world.until
                    and _is_untouched(world, schedule, start, start + length)
                ):
                    yield shift, start


def _is_untouched(world: World, schedule: str, start: datetime, end: datetime) -> bool:
    """Tell whether nothing has been changed in the schedule around a span."""
    changes: list[Override | Vacancy] = [*world.overrides, *world.vacancies]
    return not any(
        each.schedule == schedule
        and each.started_at < end + _APART
        and start < each.ended_at + _APART
        for each in changes
    )


def _holders(
    world: World, schedules: tuple[str, ...], start: datetime, end: datetime
) -> Iterator[str]:
    for shift in world.shifts:
        if shift.schedule in schedules and shift.started_at < end and start < shift.ended_at:
            yield shift.engineer_id


def _is_idle(world: World, who: str, start: datetime, end: datetime) -> bool:
    return not any(
        made.engineer_id == who and made.started_at < end and start < made.ended_at
        for made in world.accesses
    )


def _is_free(world: World, who: str, start: datetime, length: timedelta) -> bool:
    middle = start + length / 2
    return (
        is_off_duty(world, who, middle, length / 2 + _MARGIN)
        and is_unused(world, who, middle, 8)
        and _is_idle(world, who, start - _MARGIN, start + length + _MARGIN)
        and is_patient(world, who, start, start + length)
    )


def is_patient(world: World, who: str, start: datetime, end: datetime) -> bool:
    """Tell whether no log-in of somebody fails around a span."""
    person, near = world.engineers[who], timedelta(hours=1)
    accounts = {person.login, *(person.account(s) for s in ("linux", "postgresql", "aws"))}
    return not any(
        failure.account in accounts and start - near < failure.at < end + near
        for failure in world.failures
    )


def unprivileged_shift(world: World, schedule: str, first: int) -> Shift:
    """Return a shift in which a snapshot is taken and whose person holds no other high right."""
    told = {a.engineer_id for a in world.answers if a.rule_id in _LINGERING}
    told |= {a.engineer_id for a in world.look_alikes if a.name == "release_within_the_limit"}
    for day in days_from(world, first):
        for shift in world.shifts:
            begins = shift.schedule == schedule and shift.started_at.date() == day.date()
            snapshot = (shift.started_at + timedelta(hours=22)).replace(hour=2, minute=0)
            is_seen = shift.started_at + timedelta(minutes=20) < snapshot < shift.ended_at
            is_whole = _is_untouched(world, schedule, shift.started_at, shift.ended_at)
            if begins and is_seen and is_whole and shift.engineer_id not in told:
                rest = [g for g in world.grants if not is_of_shift(g, shift)]
                if not any(_is_high(g, shift, snapshot) for g in rest):
                    return shift
    raise LookupError(f"everybody on {schedule} holds something")


def _is_high(grant: Grant, shift: Shift, at: datetime) -> bool:
    held = grant.granted_at <= at and (grant.removed_at is None or at < grant.removed_at)
    return held and grant.is_privileged and grant.engineer_id == shift.engineer_id


def is_of_shift(grant: Grant, shift: Shift) -> bool:
    """Tell whether a permission is one that the shift gave."""
    resources = {name for _, name, _ in elevated(shift.schedule.split()[0].lower())}
    return (
        grant.granted_via == "on-call"
        and grant.engineer_id == shift.engineer_id
        and grant.granted_at == shift.started_at
        and grant.resource_name in resources
        and not grant.tag
    )


def grants(
    person: Engineer, rights: list[tuple[str, str, str]], start: datetime, end: datetime
) -> Iterator[Grant]:
    """Yield permissions that a shift gives from `start` on, handed back minutes after `end`."""
    for system, resource_id, permission in rights:
        yield Grant(
            system=system,
            account=person.account(system),
            engineer_id=person.engineer_id,
            resource_name=resource_id,
            permission=permission,
            granted_via="on-call",
            is_privileged=True,
            granted_at=start,
            removed_at=end + timedelta(minutes=12),
            expires_at=end + timedelta(hours=1),
        )
