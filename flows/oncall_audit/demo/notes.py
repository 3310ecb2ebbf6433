"""Notes what was planted, and adds what several planters need: requests and gateway events."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.demo.answers import Answer, LookAlike
from oncall_audit.demo.changes import GatewayEvent
from oncall_audit.demo.model import Engineer, Request, World
from oncall_audit.demo.planted_grants import snapshot_times
from oncall_audit.demo.records import minutes, request


def snapshot_after(world: World, at: datetime) -> datetime:
    """Return the first permission snapshot at or after `at`."""
    return next(t for t in snapshot_times(world) if t >= at)


def violates(
    world: World,
    rule_id: str,
    who: Engineer | str,
    place: tuple[str | None, str | None],
    around: datetime,
    note: str,
    also: tuple[str, ...] = (),
) -> None:
    """Note that somebody broke a rule in `place`: a system and a resource."""
    system, resource_id = place
    engineer_id = None if isinstance(who, str) else who.engineer_id
    account = who if isinstance(who, str) else who.account(system or "")
    world.answers.append(
        Answer(rule_id, engineer_id, account, system, resource_id, around, note, also=also)
    )


def resembles(
    world: World,
    name: str,
    who: Engineer | None,
    place: tuple[str | None, str | None],
    around: datetime,
    why: str,
) -> None:
    """Note that something in `place` only looks as if a rule was broken."""
    engineer_id = who.engineer_id if who else None
    account = who.account(place[0] or "") if who else None
    world.look_alikes.append(LookAlike(name, engineer_id, account, *place, around, why))


def ask_colleague(
    world: World, team: str, resource_id: str, days: int
) -> tuple[Engineer, Engineer, Request]:
    """Let one of a team ask for something that another approves."""
    one, two = world.random.sample(world.members(team), 2)
    start = world.until - days * timedelta(days=1) + minutes(world, 480, 900)
    people = (one.engineer_id, two.engineer_id)
    return one, two, request(world, people, resource_id, start, hours=2)


def gateway_logs(
    world: World, at: datetime, event: str, code: str, who: str | None, **told: object
) -> None:
    """Let the gateway log that it gave something, or will."""
    world.gateway_events.append(GatewayEvent(at, event, code, who, told))
