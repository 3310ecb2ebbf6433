"""What everybody rightly does: on shift, in incidents, under approved requests."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.demo.inventory import log_source, standing
from oncall_audit.demo.model import Incident, Request, Shift, World
from oncall_audit.demo.records import access, incident, minutes, mistype, override, request
from oncall_audit.demo.schedule import final_shifts
from oncall_audit.demo.windows import allowed, covers

_SYSTEMS = ("linux", "linux", "teleport", "teleport", "postgresql", "aws")


def substitutions(world: World) -> None:
    """Let people take over single shifts from each other, typed in well before."""
    for rotation in world.rotations:
        if rotation.turn != "daily":
            continue
        shifts = [s for s in final_shifts(world, rotation) if s.started_at > world.since]
        wanted = max(2, len(list(world.days())) // 12)
        picked = world.random.sample([s for s in shifts if s.ended_at < world.until], wanted)
        for shift in sorted(picked, key=lambda each: each.started_at):
            others = [m for m in rotation.members if m != shift.engineer_id]
            override(world, shift, world.random.choice(others), minutes(world, 1500, 5000))


def on_call(world: World, service: str, at: datetime) -> str:
    """Return who holds the first level for `service` at `at`."""
    schedule = world.services[service].schedules[0]
    return next(
        shift.engineer_id
        for shift in world.shifts
        if shift.schedule == schedule and shift.started_at <= at < shift.ended_at
    )


def incidents(world: World) -> None:
    """Break something about every third day in each service; half of the time somebody helps."""
    services = ("payments", "search", "platform", "data")
    for day in world.days():
        for service in services:
            if world.random.random() < 0.3:
                _break(world, service, day + minutes(world, 20, 1200))


def _break(world: World, service: str, started_at: datetime) -> None:
    helpers = []
    if world.random.random() < 0.5:
        team = world.random.choice([service, service, "platform"])
        others = [e.engineer_id for e in world.members(team)]
        helpers.append((world.random.choice(others), started_at + minutes(world, 8, 15)))
    assigned = on_call(world, service, started_at)
    incident(
        world,
        service,
        (started_at, minutes(world, 45, 180)),
        assigned,
        tuple(h for h in helpers if h[0] != assigned),
    )


def requests(world: World) -> None:
    """Ask for access every other day: mostly approved, and used only then."""
    resources = ("payments-db", "search-hosts", "platform-hosts", "data-warehouse", "search-db")
    for day in list(world.days())[1:-1:2]:
        resource_id = world.random.choice(resources)
        team = world.resources[resource_id].team
        people = world.members(team)
        asking, deciding = world.random.sample(people, 2)
        status = world.random.choice(("approved", "approved", "approved", "denied", "expired"))
        start = day + minutes(world, 480, 1100)
        request(
            world, (asking.engineer_id, deciding.engineer_id), resource_id, start, status=status
        )


def routine(world: World) -> None:
    """Fill shifts, incidents and approved requests with sessions and a few typing errors."""
    for shift in world.shifts:
        if shift.ended_at > world.since and shift.started_at < world.until:
            _work(world, shift)
    for each in world.incidents:
        for number, engineer_id in enumerate(each.responders):
            _repair(world, each, engineer_id, number)
    for each_request in world.requests:
        if each_request.status == "approved":
            _maintain(world, each_request)


def _work(world: World, shift: Shift) -> None:
    hours = (shift.ended_at - shift.started_at) / timedelta(hours=1)
    per_hour = 0.6 if hours < 16 else 0.33 if "primary" in shift.schedule else 0.04
    service = shift.schedule.split()[0].lower()
    for _ in range(round(hours * per_hour)):
        length = minutes(world, 4, 50)
        start = shift.started_at + minutes(world, 3, int(hours * 60) - 53)
        if world.since <= start and start + length < world.until:
            system, resource_id = _choice(world, service)
            runs_bus = shift.schedule in world.services["messaging"].schedules
            if runs_bus and world.random.random() < 0.08:
                system, resource_id = "linux", "message-bus"
            actions = world.random.randint(3, 13)
            made = access(world, shift.engineer_id, system, resource_id, (start, length), actions)
            if world.random.random() < 0.08:
                mistype(world, made, world.random.choice((1, 1, 2)))


def _choice(world: World, service: str) -> tuple[str, str]:
    own = [r for r in world.resources.values() if r.service == service and r.tier < 3]
    system = world.random.choice(_SYSTEMS)
    fitting = [r.resource_id for r in own if system in r.targets]
    return (system, world.random.choice(fitting)) if fitting else _choice(world, service)


def _repair(world: World, broken: Incident, engineer_id: str, number: int) -> None:
    system, resource_id = _choice(world, broken.service)
    span = (broken.started_at + minutes(world, 16 + number, 25), minutes(world, 20, 60))
    if covers(allowed(world, engineer_id, resource_id), span[0], span[0] + span[1]):
        access(world, engineer_id, system, resource_id, span, world.random.randint(12, 40))


def _maintain(world: World, agreed: Request) -> None:
    system = min(set(world.resources[agreed.resource_id].targets) - {"aws"})
    span = (agreed.started_at + minutes(world, 2, 30), minutes(world, 20, 100))
    access(world, agreed.requester, system, agreed.resource_id, span, world.random.randint(5, 14))


def visits(world: World) -> None:
    """Let everybody use each of their standing permissions in the last four weeks."""
    for engineer in world.engineers.values():
        held = standing(engineer.team)
        if engineer.team == "platform":
            held.append(("aws", "platform-cloud", "ReadOnlyAccess"))
        for system, resource_id, _ in held if engineer.is_rostered else ():
            _visit(world, engineer.engineer_id, system, resource_id)


def _visit(world: World, engineer_id: str, system: str, resource_id: str) -> None:
    length = minutes(world, 5, 15)
    spans = [
        (max(start, world.until - timedelta(days=26)), min(end, world.until) - length)
        for start, end in allowed(world, engineer_id, resource_id)
    ]
    spans = [span for span in spans if span[1] - span[0] > timedelta(hours=1)]
    for start, end in reversed(spans):
        at = start + (end - start) * world.random.uniform(0.1, 0.9)
        at = at.replace(microsecond=0)
        if not is_silent(world, system, resource_id, at, at + length):
            access(world, engineer_id, system, resource_id, (at, length), 5)
            return
    # Nobody has them on call for so long: they ask for an hour to look after it.
    at = world.until - timedelta(days=world.random.randint(2, 12)) - minutes(world, 300, 900)
    approver = next(e for e in world.members(world.engineers[engineer_id].team)[::-1])
    people = (engineer_id, approver.engineer_id)
    request(
        world, people, resource_id, at, permission="read", hours=1, reason="Yearly restore test"
    )
    access(world, engineer_id, system, resource_id, (at + minutes(world, 2, 20), length), 5)


def is_silent(world: World, system: str, resource_id: str, start: datetime, end: datetime) -> bool:
    """Tell whether the log of a resource is missing in any part of the span."""
    targets = world.resources[resource_id].targets[system]
    sources = {log_source(system, target) for target in targets}
    return any(
        silence.source in sources and start < silence.ended_at and silence.started_at < end
        for silence in world.silences
    )
