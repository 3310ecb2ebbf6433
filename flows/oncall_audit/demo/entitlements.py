"""What people rightly hold: by their team, by their shift while it lasts, and on request."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.answers import LookAlike
from oncall_audit.demo.changes import Exemption
from oncall_audit.demo.inventory import elevated, standing
from oncall_audit.demo.model import Grant, Request, Shift, World
from oncall_audit.demo.windows import shift_spans

_HANDED_BACK = timedelta(minutes=12)


def hold(world: World) -> None:
    """Give everybody what they may have."""
    _by_team(world)
    for shift in world.shifts:
        world.grants += _by_shift(world, shift)
    for each in world.requests:
        world.grants += _by_request(world, each)
    _handed_back_late(world)
    _on_the_list(world)
    _programs(world)


def _by_team(world: World) -> None:
    for engineer in world.engineers.values():
        since = engineer.started_at + timedelta(hours=8)
        for system, resource_id, permission in standing(engineer.team):
            world.grants.append(
                Grant(
                    system=system,
                    account=engineer.account(system),
                    engineer_id=engineer.engineer_id,
                    resource_name=resource_id,
                    permission=permission,
                    granted_via=f"group:{engineer.team}",
                    is_privileged=False,
                    granted_at=since,
                )
            )


def _by_shift(world: World, shift: Shift) -> Iterator[Grant]:
    person = world.engineers[shift.engineer_id]
    for system, resource_id, permission in elevated(shift.schedule.split()[0].lower()):
        yield Grant(
            system=system,
            account=person.account(system),
            engineer_id=person.engineer_id,
            resource_name=resource_id,
            permission=permission,
            granted_via="on-call",
            is_privileged=True,
            granted_at=shift.started_at,
            removed_at=shift.ended_at + _HANDED_BACK,
            expires_at=shift.ended_at + timedelta(hours=1),
        )


def _by_request(world: World, agreed: Request) -> Iterator[Grant]:
    """Let what was approved stand in the permissions for exactly its time."""
    person = world.engineers[agreed.requester]
    targets = world.resources[agreed.resource_id].targets
    if agreed.status == "approved" and agreed.permission == "write" and "postgresql" in targets:
        yield Grant(
            system="postgresql",
            account=person.account("postgresql"),
            engineer_id=person.engineer_id,
            resource_name=agreed.resource_id,
            permission=agreed.permission,
            granted_via=f"request:{agreed.request_id}",
            is_privileged=False,
            granted_at=agreed.started_at,
            removed_at=agreed.ended_at,
            expires_at=agreed.ended_at,
        )


def _handed_back_late(world: World) -> None:
    """Hand one shift's permission back three hours late: within the limit of four."""
    shift = next(s for s in reversed(world.shifts) if _ends_before_snapshot(world, s))
    held = next(_by_shift(world, shift))
    world.grants.append(_until(held, shift.ended_at + timedelta(hours=3, minutes=20)))
    world.look_alikes.append(
        LookAlike(
            name="release_within_the_limit",
            engineer_id=held.engineer_id,
            account=held.account,
            system=held.system,
            resource_id=held.resource_name,
            around=_snapshot_after(shift),
            why="The snapshot is less than four hours after the shift.",
        )
    )


def _snapshot_after(shift: Shift) -> datetime:
    return shift.ended_at.replace(hour=2, minute=0)


def _ends_before_snapshot(world: World, shift: Shift) -> bool:
    snapshot = _snapshot_after(shift)
    late = snapshot - shift.ended_at
    spans = shift_spans(world, shift.engineer_id, "platform")
    return (
        shift.schedule == "Platform primary"
        and any(end == shift.ended_at for _, end in spans)
        and timedelta(0) < late < timedelta(hours=3)
        and world.since < snapshot < world.until - timedelta(days=1)
    )


def _until(held: Grant, end: datetime) -> Grant:
    return replace(held, removed_at=end, expires_at=end)


def _on_the_list(world: World) -> None:
    """Let a database's keeper be its superuser for good, as the policy says by name."""
    person = world.members("payments")[1]
    reason = "Keeper of the database"
    world.exemptions.append(
        Exemption(person.engineer_id, "payments-db", "superuser", "Head of Payments", reason)
    )
    granted_at = world.since - timedelta(days=300)
    account = person.account("postgresql")
    world.grants.append(
        Grant(
            "postgresql",
            account,
            person.engineer_id,
            "payments-db",
            "superuser",
            "direct",
            True,
            granted_at,
        )
    )
    world.look_alikes.append(
        LookAlike(
            "listed_exception",
            person.engineer_id,
            account,
            "postgresql",
            "payments-db",
            world.since + timedelta(hours=2),
            "The policy names this person for it, with an owner and an end.",
        )
    )


def _programs(world: World) -> None:
    granted_at = world.since - timedelta(days=700)
    for system, account, resource, permission in (
        ("postgresql", "app_payments", "payments-db", "write"),
        ("postgresql", "app_search", "search-db", "write"),
        ("postgresql", "app_report", "payments-db", "read"),
        *(("linux", "deploy", f"{team}-hosts", "sudo") for team in ("payments", "search")),
        ("teleport", "bot-ci", "platform-hosts", "access"),
    ):
        is_privileged = permission == "sudo"
        world.grants.append(
            Grant(system, account, None, resource, permission, "direct", is_privileged, granted_at)
        )
