"""Plants grants that nobody approved, and others that outlive their time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.answers import LookAlike
from oncall_audit.demo.changes import Renaming
from oncall_audit.demo.model import Grant, Request, World
from oncall_audit.demo.notes import ask_colleague, gateway_logs, resembles, snapshot_after, violates
from oncall_audit.demo.occasions import off_duty
from oncall_audit.demo.records import access, minutes, plant, request, resemble
from oncall_audit.demo.writers.files import utc

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def plant_approvals(world: World) -> None:
    """Plant everything of this module."""
    _unapproved(world)
    _only_resemble_grants(world)
    _outlived(world)
    _used_after_the_end(world)
    _renewed(world)
    _long_lived(world)


def _unapproved(world: World) -> None:
    """Give rights by hand: to a program, to a newcomer, and with a request typed in afterwards."""
    rule = "unapproved_grant"
    at = world.until - 9 * _DAY + 11 * _HOUR
    where = ("postgresql", "app_report", None, "payments-db", "write", "direct")
    world.grants.append(Grant(*where, False, at))
    note = "An administrator gave it to the program by hand."
    violates(
        world, rule, "app_report", ("postgresql", "payments-db"), snapshot_after(world, at), note
    )
    at = world.until - 5 * _DAY + 15 * _HOUR
    for engineer_id, reason in (
        ("c06", "The team may have it, but nobody asked and no program gave it."),
        ("c04", "The request for it turned up in the exports days later."),
    ):
        person = world.engineers[engineer_id]
        resource_id, account = f"{person.team}-hosts", person.account("linux")
        world.grants.append(
            Grant("linux", account, engineer_id, resource_id, "login", "direct", False, at)
        )
        violates(world, rule, person, ("linux", resource_id), snapshot_after(world, at), reason)
    approver = world.members("data")[1].engineer_id
    asked = request(
        world, (engineer_id, approver), resource_id, at - _HOUR, permission="login", hours=8
    )
    world.requests[-1] = replace(asked, recorded_at=world.until - 30 * _HOUR)


def _only_resemble_grants(world: World) -> None:
    half = snapshot_after(world, world.until - 15 * _DAY)
    world.partial_exports.add(("linux", half))
    why = "Two rows of five were missing one night and there again the next."
    resembles(world, "half_read_export", None, ("linux", None), half, why)
    renamed = snapshot_after(world, world.until - 10 * _DAY)
    world.renamed.append(Renaming("linux", "message-bus", "login", "bus-login", renamed))
    why = "The right has another name from that night on."
    resembles(world, "renamed_right", None, ("linux", "message-bus"), renamed, why)


def _granted(world: World, asked: Request, removed_at: datetime) -> Grant:
    person = world.engineers[asked.requester]
    held = Grant(
        system="postgresql",
        account=person.account("postgresql"),
        engineer_id=person.engineer_id,
        resource_name=asked.resource_id,
        permission=asked.permission,
        granted_via=f"request:{asked.request_id}",
        is_privileged=False,
        granted_at=asked.started_at,
        removed_at=removed_at,
        expires_at=asked.ended_at,
    )
    world.grants.append(held)
    return held


def _outlived(world: World) -> None:
    """Leave rights in place after their end, once for less than the four hours allowed."""
    rule = "expired_grant_present"
    person, _, asked = ask_colleague(world, "payments", "payments-db", 16)
    asked = world.requests[-1] = replace(asked, permission="restore")
    _granted(world, asked, asked.ended_at + 60 * _HOUR)
    around, place = snapshot_after(world, asked.ended_at + 5 * _HOUR), ("postgresql", "payments-db")
    note = "The request ended, the right stayed for days."
    violates(world, rule, person, place, around, note, also=("entitlement_drift_policy",))
    start = world.since + 4 * _DAY + 20 * _HOUR
    where = ("linux", "backup", None, "data-hosts", "login", "group:restore-window")
    end = start + 8 * _HOUR
    world.grants.append(Grant(*where, False, start, end + 45 * _HOUR, end))
    note = "A program's window of eight hours that was never closed."
    violates(
        world, rule, "backup", ("linux", "data-hosts"), snapshot_after(world, end + 5 * _HOUR), note
    )
    person, _, asked = ask_colleague(world, "search", "search-db", 11)
    night = snapshot_after(world, asked.started_at)
    start = night - timedelta(hours=4, minutes=20)
    asked = world.requests[-1] = replace(
        asked, permission="restore", started_at=start, ended_at=start + 3 * _HOUR
    )
    _granted(world, asked, night + _HOUR)
    why = "The snapshot came 80 minutes after the end, the removal an hour later."
    resembles(world, "removed_soon_after_its_end", person, (None, "search-db"), night, why)


def _used_after_the_end(world: World) -> None:
    rule = "expired_grant_used"
    for team, system, resource_id, first, hours in (
        ("search", "teleport", "search-hosts", 22, 2),
        ("payments", "linux", "payments-hosts", 25, 20),
    ):
        engineer_id, at = off_duty(world, world.members(team), first)
        approver = next(e for e in world.members(team) if e.engineer_id != engineer_id)
        start = at - (hours + 3) * _HOUR
        request(world, (engineer_id, approver.engineer_id), resource_id, start, hours=3)
        span = (at, minutes(world, 15, 30))
        made = access(world, engineer_id, system, resource_id, span, 6, tag=rule)
        plant(world, rule, made, f"The request for it had ended {hours} hours before.")


def _renewed(world: World) -> None:
    engineer_id, at = off_duty(world, world.members("data"), 24)
    approver = next(e for e in world.members("data") if e.engineer_id != engineer_id)
    people = (engineer_id, approver.engineer_id)
    request(world, people, "data-hosts", at - 4 * _HOUR, hours=3)
    request(world, people, "data-hosts", at - _HOUR, hours=3, reason="Goes on: kernel update")
    span = (at, minutes(world, 15, 30))
    made = access(world, engineer_id, "teleport", "data-hosts", span, 6, tag="benign")
    resemble(world, "renewed_under_another_id", made, "A second request took over from the first.")


def _certificate(world: World, at: datetime, account: str, lasts: timedelta) -> None:
    identity: dict[str, object] = {"user": account, "roles": ["access"], "expires": utc(at + lasts)}
    if account.startswith("bot-"):
        identity["bot_name"] = account.removeprefix("bot-")
    gateway_logs(world, at, "cert.create", "TC000I", None, cert_type="user", identity=identity)


def _long_lived(world: World) -> None:
    rule, place = "long_lived_credential", ("teleport", None)
    person, other, *_ = world.members("data")
    at = world.until - 10 * _DAY + 9 * _HOUR
    _certificate(world, at, person.account("teleport"), 30 * _DAY)
    violates(world, rule, person, place, at, "A certificate for a month.")
    _certificate(world, at + _HOUR, "bot-ci", timedelta(hours=200))
    violates(world, rule, "bot-ci", place, at + _HOUR, "Longer than even a bot's limit.")
    asking, _, asked = ask_colleague(world, "payments", "payments-hosts", 4)
    asked = world.requests[-1] = replace(asked, ended_at=asked.started_at + 30 * _HOUR)
    note = "A request for a day and more."
    violates(world, rule, asking, (None, "payments-hosts"), asked.started_at, note)
    _certificate(world, at - 9 * _DAY, "bot-ci", timedelta(hours=150))
    why = "A bot has a limit of its own."
    world.look_alikes.append(
        LookAlike("bot_with_its_own_limit", None, "bot-ci", *place, at - 9 * _DAY, why)
    )
    _certificate(world, at, other.account("teleport"), timedelta(hours=12, seconds=4))
    resembles(world, "usual_certificate", other, place, at, "Twelve hours, and the time it takes.")
