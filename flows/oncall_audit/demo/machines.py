"""What programs do day and night."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.demo.inventory import CLOUDS, PREFIXES
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.oddities import QUIET_NIGHT

HOSTS = (
    *(f"{prefix}-app-{number}" for prefix in PREFIXES.values() for number in (1, 2, 3)),
    "bus-1",
    "bus-2",
)


def machines(world: World) -> None:
    """Let every program work through the whole period."""
    for day in world.days():
        for place, host in enumerate(HOSTS):
            _every(world, "linux", "deploy", host, (day, 3 + place % 3 / 2), 1)
        _every(world, "postgresql", "app_payments", "payments", (day, 1.0), 3)
        _every(world, "postgresql", "app_search", "catalog", (day, 1.2), 3)
        _every(world, "teleport", "bot-ci", "plat-app-2", (day, 0.9), 2)
        for place, (team, cloud) in enumerate(CLOUDS.items()):
            # One after another: a trail that is silent for two hours is taken for lost.
            start = day + timedelta(minutes=40 * place)
            _every(world, "aws", f"app-{team}", cloud, (start, 3.0), 10)
        for hours in (2.5, 14.1):
            start = day + timedelta(hours=hours)
            _run(world, "aws", "terraform", CLOUDS["platform"], start, 12)


def _every(
    world: World, system: str, account: str, target: str, pace: tuple[datetime, float], actions: int
) -> None:
    day, hours = pace
    quiet = system == "teleport" and (day - world.since).days == QUIET_NIGHT
    for number in range(int(24 / hours)):
        start = day + timedelta(seconds=int(3600 * hours * number) + world.random.randint(0, 500))
        if not (quiet and 1 <= start.hour < 6):
            _run(world, system, account, target, start, actions)


def _run(
    world: World, system: str, account: str, target: str, start: datetime, actions: int
) -> None:
    form = {"aws": "user" if account == "terraform" else "program", "teleport": "ssh"}.get(system)
    world.accesses.append(
        Access(
            system=system,
            account=account,
            engineer_id=None,
            target=target,
            resource_id=None,
            started_at=start,
            ended_at=start + timedelta(seconds=world.random.randint(20, 240)),
            actions=actions,
            address="192.0.2.20",
            form=form or "",
        )
    )
