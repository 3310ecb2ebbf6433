"""Plants permissions that nobody should still hold, or should ever have held."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.answers import Answer
from oncall_audit.demo.changes import Exemption
from oncall_audit.demo.inventory import SHIFT_PERMISSIONS
from oncall_audit.demo.model import Engineer, Grant, Shift, World
from oncall_audit.demo.occasions import shifts_from
from oncall_audit.demo.windows import shift_spans

_DRIFT = ("entitlement_drift_policy",)
# Nobody approved what has no reason.
_UNASKED = (*_DRIFT, "unapproved_grant")


def plant_grants(world: World) -> None:
    """Plant everything of this module."""
    _lingering(world)
    _standing(world)
    _drifted(world)
    _dormant(world)


def snapshot_times(world: World) -> list[datetime]:
    """Return when permissions were exported: every night at two, from before the period on."""
    first = world.since - timedelta(days=1) + timedelta(hours=2)
    return [first + timedelta(days=n) for n in range((world.until - first).days + 1)]


def _add(
    world: World,
    rule_id: str,
    grant: Grant,
    resource_id: str | None,
    note: str,
    *,
    around: datetime | None = None,
    also: tuple[str, ...] = (),
) -> None:
    world.grants.append(grant)
    seen = next(t for t in snapshot_times(world) if t >= grant.granted_at and t >= world.since)
    world.answers.append(
        Answer(
            rule_id=rule_id,
            engineer_id=grant.engineer_id,
            account=grant.account,
            system=grant.system,
            resource_id=resource_id,
            around=around or seen,
            note=note,
            also=also,
        )
    )


def _grant(
    person: Engineer, system: str, resource: str, permission: str, granted_at: datetime
) -> Grant:
    return Grant(
        system=system,
        account=person.account(system),
        engineer_id=person.engineer_id,
        resource_name=resource,
        permission=permission,
        granted_via="direct",
        is_privileged=permission in ("admin", "sudo", "root", "superuser"),
        granted_at=granted_at,
    )


def _lingering(world: World) -> None:
    wanted = (
        ("Search primary", "postgresql", "search-db", 5),
        ("Data primary", "teleport", "data-warehouse", 13),
        ("Search primary", "linux", "search-hosts", 11),
    )
    for schedule, system, resource_id, first in wanted:
        shift, seen = _forgotten(world, schedule, first)
        person = world.engineers[shift.engineer_id]
        permission = SHIFT_PERMISSIONS[system]
        held = _grant(person, system, resource_id, permission, shift.started_at)
        forgotten = replace(
            held,
            granted_via="on-call",
            removed_at=seen + timedelta(hours=30),
            expires_at=seen + timedelta(days=5),
            tag="lingering_elevation",
        )
        hours = round((seen - shift.ended_at) / timedelta(hours=1))
        note = f"Still held {hours} hours after the shift."
        _add(world, "lingering_elevation", forgotten, resource_id, note, around=seen, also=_DRIFT)


def _forgotten(world: World, schedule: str, first: int) -> tuple[Shift, datetime]:
    """Return a shift that nothing follows for two days, and the snapshot that shows it."""
    service = schedule.partition(" ")[0].lower()
    taken = {(a.engineer_id, a.around) for a in world.answers}
    for shift in shifts_from(world, schedule, first):
        limit = shift.ended_at + timedelta(hours=5)
        seen = next((t for t in snapshot_times(world) if t >= limit), None)
        spans = shift_spans(world, shift.engineer_id, service)
        near = [s for s in spans if s[1] > shift.ended_at and s[0] < limit + timedelta(days=3)]
        if seen and not near and (shift.engineer_id, seen) not in taken:
            return shift, seen
    raise LookupError(f"the shifts of {schedule} follow each other too soon")


def _standing(world: World) -> None:
    day = world.until - timedelta(days=16)
    wanted = (
        ("payments", 2, "postgresql", "payments-db", "superuser", 0),
        ("data", 1, "linux", "data-hosts", "root", 3),
        ("platform", 3, "aws", "platform-cloud", "AdministratorAccess", 5),
    )
    for team, place, system, resource_id, permission, later in wanted:
        person = world.members(team)[place]
        granted_at = day + timedelta(days=later, hours=11)
        grant = _grant(person, system, resource_id, permission, granted_at)
        note = f"{permission} without an end, and on nobody's list."
        _add(
            world,
            "standing_privilege",
            grant,
            # What IAM gives holds for a whole account; not every reading names a resource for it.
            resource_id if system != "aws" else None,
            note,
            also=_UNASKED,
        )


def _drifted(world: World) -> None:
    day = world.until - timedelta(days=18)
    wanted = (
        ("payments", 3, "postgresql", "search-db", "read", 0),
        ("data", 2, "teleport", "search-hosts", "access", 4),
        ("search", 4, "linux", "platform-hosts", "login", 7),
    )
    for team, place, system, resource_id, permission, later in wanted:
        person = world.members(team)[place]
        granted_at = day + timedelta(days=later, hours=15)
        grant = _grant(person, system, resource_id, permission, granted_at)
        note = f"Nothing gives the {team} team {permission} here."
        _add(world, "entitlement_drift_policy", grant, resource_id, note, also=_UNASKED)


def _dormant(world: World) -> None:
    wanted = (
        ("payments", 4, "access", 210),
        ("search", 2, "access", 140),
        ("data", 3, "admin", 95),
    )
    for team, place, permission, age in wanted:
        person = world.members(team)[place]
        old = world.until - timedelta(days=age)
        held = _grant(person, "teleport", "archive-db", permission, old)
        world.exemptions.append(
            Exemption(
                person.engineer_id, "archive-db", permission, "Head of Data", "Yearly restore test"
            )
        )
        note = f"Never used in the {(world.until - world.since).days} days that the logs cover."
        around = snapshot_times(world)[-1]
        _add(world, "dormant_entitlement", held, "archive-db", note, around=around)
