"""Plants log-ins that fail, accounts that belong to nobody, emergency access and missing logs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.answers import Answer
from oncall_audit.demo.gaps import Silence
from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.occasions import off_duty, quiet_minute
from oncall_audit.demo.records import access, minutes, plant

BREAK_GLASS_ROLE = "BreakGlassAdmin"


def break_glass_account(world: World, engineer_id: str, system: str) -> str:
    """Return the account that somebody uses in an emergency."""
    engineer = world.engineers[engineer_id]
    if system == "aws":
        return f"assumed-role/{BREAK_GLASS_ROLE}/{engineer.email}"
    return f"breakglass_{engineer.account(system)}"


def silence(world: World) -> None:
    """Take two sources away for longer than their limit of six hours."""
    for source, system, day, hour, hours in (
        ("search_hosts", "linux", 9, 2, 11),
        ("search_db", "postgresql", 20, 19, 9),
    ):
        start = world.since + timedelta(days=day, hours=hour, minutes=7)
        end = start + timedelta(hours=hours)
        world.silences.append(Silence(source, start, end))
        world.answers.append(
            Answer(
                rule_id="log_gap",
                engineer_id=None,
                account=None,
                system=system,
                resource_id=None,
                around=start + timedelta(hours=3),
                note=f"{source} delivered nothing for {hours} hours.",
                source=source,
            )
        )


def plant_accounts(world: World) -> None:
    """Plant everything of this module but the silences."""
    _strangers(world)
    _bursts(world)
    _guessed(world)
    _emergencies(world)


def _strangers(world: World) -> None:
    twin = next(iter(world.members("platform")))
    # A Cyrillic letter for the first Latin "a": to people it reads like their colleague.
    confusable = twin.email.replace("a", "\N{CYRILLIC SMALL LETTER A}", 1)
    wanted = (
        ("linux", "kai.contract", "data-app-2", "data-hosts", "", 6),
        ("postgresql", "tmp_etl", "payments", "payments-db", "", 14),
        ("teleport", confusable, "plat-app-1", "platform-hosts", "ssh", 19),
        ("aws", "ci-test", "444455556666", "search-cloud", "user", 26),
    )
    for number, (system, account, target, resource_id, form, day) in enumerate(wanted):
        start = world.since + timedelta(days=day, hours=9) + minutes(world, 0, 300)
        made = Access(
            system=system,
            account=account,
            engineer_id=None,
            target=target,
            resource_id=resource_id,
            started_at=start,
            ended_at=start + minutes(world, 10, 40),
            actions=6,
            address=f"198.51.100.{41 + number}",
            form=form,
            tag="unknown_identity",
        )
        world.accesses.append(made)
        note = "The directory has no such account."
        world.answers.append(Answer("unknown_identity", None, account, system, None, start, note))


def fail(
    world: World, system: str, account: str, target: str, at: datetime, times: int, address: str
) -> None:
    """Let a log-in fail `times` times within nine minutes."""
    step = timedelta(minutes=9) / times
    # The daemon folds what repeats: one line stands for five of the failures.
    folded = 5 if system == "linux" and times > 5 else 0
    for number in range(times - folded):
        failure = LoginFailure(system, account, target, at + step * number, address)
        world.failures.append(failure)
    if folded:
        last = at + step * (times - folded)
        world.failures.append(LoginFailure(system, account, target, last, address, folded))


def _login_name(world: World, engineer_id: str, system: str) -> str:
    engineer = world.engineers[engineer_id]
    return engineer.login if system == "aws" else engineer.account(system)


def _bursts(world: World) -> None:
    rule = "failed_login_burst"
    wanted = (
        ("search", "linux", "srch-app-1", 14, 4),
        ("data", "teleport", "", 12, 12),
        ("payments", "postgresql", "payments", 11, 19),
        ("platform", "aws", "123456789012", 13, 25),
    )
    for number, (team, system, target, times, first) in enumerate(wanted):
        engineer_id, at = off_duty(world, world.members(team), first)
        account = _login_name(world, engineer_id, system)
        fail(world, system, account, target, at, times, f"198.51.100.{91 + number}")
        note = f"{times} failures within nine minutes and no success."
        world.answers.append(Answer(rule, engineer_id, account, system, None, at, note))


def _guessed(world: World) -> None:
    rule = "failed_then_success"
    wanted = (
        ("Payments primary", "linux", "payments-hosts", 7, 2),
        ("Search primary", "teleport", "search-hosts", 6, 14),
        ("Platform primary", "aws", "platform-cloud", 5, 27),
    )
    for number, (schedule, system, resource_id, times, first) in enumerate(wanted):
        engineer_id, at = quiet_minute(world, schedule, system, first)
        span = (at, minutes(world, 15, 30))
        made = access(world, engineer_id, system, resource_id, span, 6, tag=rule)
        address = f"198.51.100.{131 + number}"
        made = _from(world, made, address)
        before = at - timedelta(minutes=11)
        fail(world, system, made.account, made.target, before, times, address)
        plant(world, rule, made, f"{times} failures, then a success from an address never seen.")


def _from(world: World, made: Access, address: str) -> Access:
    world.accesses[-1] = replace(made, address=address)
    return world.accesses[-1]


def _emergencies(world: World) -> None:
    rule = "break_glass_no_incident"
    wanted = (
        ("platform", "aws", "platform-cloud", 9 + 1),
        ("payments", "postgresql", "payments-db", 16),
    )
    for team, system, resource_id, first in wanted:
        owners = [e for e in world.members(team) if e.engineer_id in break_glass_owners(world)]
        engineer_id, at = off_duty(world, owners, first)
        span = (at, minutes(world, 15, 45))
        form = "emergency" if system == "aws" else ""
        made = access(world, engineer_id, system, resource_id, span, 8, tag=rule, form=form)
        account = break_glass_account(world, engineer_id, system)
        world.accesses[-1] = replace(made, account=account)
        note = "Emergency access with no incident that the person answered."
        plant(world, rule, world.accesses[-1], note, also=("off_shift_access",))


def break_glass_owners(world: World) -> dict[str, str]:
    """Return who holds emergency access, and in which system."""
    pairs = [(e.engineer_id, "aws") for e in world.members("platform")[:3]]
    pairs += [(e.engineer_id, "postgresql") for e in world.members("payments")[:3]]
    return dict(pairs)
