"""Adds single facts to the organisation: an access, an override, an incident, a request."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.demo.answers import Answer, LookAlike
from oncall_audit.demo.model import Access, Incident, LoginFailure, Override, Request, Shift, World

_TITLES = (
    "Error rate above 5 %",
    "Replication lag",
    "Disk almost full",
    "Queue is not drained",
    "Latency of the 99th percentile",
    "Certificate about to expire",
)
_REASONS = ("Index maintenance", "Kernel update", "Backfill of a column", "Capacity test")


def minutes(world: World, least: int, most: int) -> timedelta:
    """Return a random whole number of seconds between `least` and `most` minutes."""
    return timedelta(seconds=world.random.randint(least * 60, most * 60))


def access(
    world: World,
    engineer_id: str,
    system: str,
    resource_id: str,
    span: tuple[datetime, timedelta],
    actions: int,
    *,
    tag: str = "",
    form: str = "",
) -> Access:
    """Record that a person used a resource from `span[0]` for `span[1]` and return it."""
    engineer = world.engineers[engineer_id]
    form = form or _form(world, engineer_id, system, resource_id)
    made = Access(
        system=system,
        account=engineer.login if form == "user" else engineer.account(system),
        engineer_id=engineer_id,
        target=world.random.choice(world.resources[resource_id].targets[system]),
        resource_id=resource_id,
        started_at=span[0],
        ended_at=span[0] + span[1],
        actions=actions,
        address=engineer.address,
        form=form,
        tag=tag,
    )
    world.accesses.append(made)
    return made


def _form(world: World, engineer_id: str, system: str, resource_id: str) -> str:
    if system == "teleport":
        return "db" if world.resources[resource_id].kind == "database" else "ssh"
    if system != "aws":
        return ""
    if world.resources[resource_id].kind == "server":
        return "shell"
    owns_user = world.engineers[engineer_id].team == "platform" and resource_id == "platform-cloud"
    return "user" if owns_user else "role"


def override(world: World, shift: Shift, engineer_id: str, ahead: timedelta) -> Override:
    """Give `shift` to somebody else, recorded `ahead` of its start."""
    made = Override(
        override_id=f"PO{len(world.overrides) + 1:05d}",
        schedule=shift.schedule,
        engineer_id=engineer_id,
        replaces=shift.engineer_id,
        started_at=shift.started_at,
        ended_at=shift.ended_at,
        recorded_at=shift.started_at - ahead,
    )
    world.overrides.append(made)
    return made


def incident(
    world: World,
    service: str,
    span: tuple[datetime, timedelta],
    assigned: str,
    joined: tuple[tuple[str, datetime], ...] = (),
    title: str = "",
) -> Incident:
    """Record an incident from `span[0]` for `span[1]`."""
    number = len(world.incidents) + 1
    made = Incident(
        incident_id=f"Q{number:04d}{''.join(world.random.choices('ABCDEFGHJK', k=6))}",
        title=title or f"{world.random.choice(_TITLES)} in {service}",
        service=service,
        urgency=world.random.choice(("high", "high", "low")),
        started_at=span[0],
        ended_at=span[0] + span[1],
        assigned=assigned,
        joined=joined,
    )
    world.incidents.append(made)
    return made


def request(
    world: World,
    people: tuple[str, str],
    resource_id: str,
    started_at: datetime,
    *,
    status: str = "approved",
    permission: str = "write",
    hours: float = 3,
    reason: str = "",
) -> Request:
    """Record that `people[0]` asked for access and `people[1]` decided."""
    made = Request(
        request_id=f"req-{len(world.requests) + 1:04d}",
        requester=people[0],
        approver=people[1],
        resource_id=resource_id,
        permission=permission,
        status=status,
        requested_at=started_at - minutes(world, 90, 600),
        started_at=started_at,
        ended_at=started_at + timedelta(hours=hours),
        reason=reason or world.random.choice(_REASONS),
    )
    world.requests.append(made)
    return made


def mistype(world: World, made: Access, times: int) -> None:
    """Let the log-in of a session fail `times` times just before it succeeds."""
    if made.system == "aws" and made.form != "user":
        # Wrong passwords of federated people are in the provider's log, not in the trail.
        return
    for number in range(times):
        at = made.started_at - timedelta(seconds=20 + 12 * number)
        world.failures.append(
            LoginFailure(made.system, made.account, made.target, at, made.address)
        )


def plant(
    world: World, rule_id: str, made: Access, note: str, *, also: tuple[str, ...] = ()
) -> None:
    """Note that an access breaks a rule."""
    world.answers.append(
        Answer(
            rule_id=rule_id,
            engineer_id=made.engineer_id,
            account=made.account,
            system=made.system,
            resource_id=made.resource_id,
            around=made.started_at,
            note=note,
            also=also,
        )
    )


def resemble(world: World, name: str, made: Access, why: str) -> None:
    """Note that an access only looks as if it broke a rule."""
    world.look_alikes.append(
        LookAlike(
            name=name,
            engineer_id=made.engineer_id,
            account=made.account,
            system=made.system,
            resource_id=made.resource_id,
            around=made.started_at,
            why=why,
        )
    )
