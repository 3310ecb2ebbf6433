"""Writes the exports without a vendor: directory, permissions and requests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from oncall_audit.demo.changes import Employment
from oncall_audit.demo.inventory import SERVICE_ACCOUNTS
from oncall_audit.demo.model import Engineer, Grant, Request, World
from oncall_audit.demo.planted_accounts import break_glass_account, break_glass_owners
from oncall_audit.demo.planted_grants import snapshot_times
from oncall_audit.demo.writers.files import stamp, utc, write_json, write_lines
from oncall_audit.demo.writers.sshd import fingerprint


def write_exports(world: World, root: Path) -> None:
    """Write all three below `root`."""
    folder = root / "exports"
    owners = break_glass_owners(world)
    for night in snapshot_times(world):
        people = [
            _person(world, engineer, said, owners, night)
            for engineer in world.engineers.values()
            if (said := _employment(world, engineer, night))
        ]
        people += [
            _listed(stranger, said, [])
            for stranger in world.strangers.values()
            if (said := _employment(world, stranger, night))
        ]
        write_json(folder / "directory" / f"{stamp(night)}.json", [*people, *_programs()])
        for system in ("postgresql", "linux", "teleport"):
            path = folder / "permissions" / system / f"{stamp(night)}.json"
            write_json(path, _held(world, system, night))
    _requests(world, folder / "requests")


def _employment(world: World, person: Engineer, night: datetime) -> Employment | None:
    """Return what the directory says that night; None where it leaves the person out."""
    plain = Employment(person.started_at, person.started_at)
    said = [
        e for e in world.employments.get(person.engineer_id, (plain,)) if e.recorded_at <= night
    ]
    return said[-1] if said and said[-1].is_listed else None


def _end(ended_at: datetime | date | None) -> str | None:
    if isinstance(ended_at, datetime):
        return utc(ended_at)
    return ended_at.isoformat() if ended_at else None


def _person(
    world: World, person: Engineer, said: Employment, owners: dict[str, str], night: datetime
) -> dict[str, Any]:
    accounts = [
        {"system": system, "account": person.account(system), "kind": "human"}
        for system in ("linux", "postgresql", "teleport", "aws")
    ]
    accounts.append({"system": "pagerduty", "account": person.pager_id, "kind": "human"})
    if person.team == "platform":
        accounts.append({"system": "aws", "account": person.login, "kind": "human"})
    if system := owners.get(person.engineer_id):
        account = break_glass_account(world, person.engineer_id, system)
        accounts.append({"system": system, "account": account, "kind": "human"})
    return {
        **_listed(person, said, accounts),
        "devices": [fingerprint(person.engineer_id), *_devices(world, person, night)],
        "travel": list(_travel(world, person, night)),
    }


def _listed(person: Engineer, said: Employment, accounts: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "engineer_id": person.engineer_id,
        "name": person.name,
        "email": person.email,
        "team": person.team,
        "role": person.role,
        "time_zone": person.time_zone,
        "started_at": utc(said.started_at),
        "ended_at": _end(said.ended_at),
        "accounts": accounts,
    }


def _devices(world: World, person: Engineer, night: datetime) -> Iterator[str]:
    for each in world.devices:
        if each.engineer_id == person.engineer_id and each.recorded_at <= night:
            yield each.device_id


def _travel(world: World, person: Engineer, night: datetime) -> Iterator[dict[str, str]]:
    for trip in world.trips:
        if trip.engineer_id == person.engineer_id and trip.recorded_at <= night:
            days = {"from": trip.first.isoformat(), "until": trip.last.isoformat()}
            yield {"country": trip.country, **days}


def _programs() -> list[dict[str, Any]]:
    return [
        {"name": account, "accounts": [{"system": system, "account": account, "kind": kind}]}
        for system, account, kind in SERVICE_ACCOUNTS
    ]


def _held(world: World, system: str, night: datetime) -> list[dict[str, Any]]:
    rows: dict[tuple[str, str, str], dict[str, Any]] = {}
    for grant in world.grants:
        if grant.system == system and _is_held(grant, night):
            # Two reasons for one permission are one row; the later end counts.
            key = (grant.account, grant.resource_name, grant.permission)
            known = rows.get(key)
            if known is None or (known["expires_at"] or "9999") < _ending(grant):
                rows[key] = _permission(world, grant, night)
    found = list(rows.values())
    return found[: len(found) * 3 // 5] if (system, night) in world.partial_exports else found


def _is_held(grant: Grant, night: datetime) -> bool:
    return grant.granted_at <= night and (grant.removed_at is None or night < grant.removed_at)


def _ending(grant: Grant) -> str:
    return utc(grant.expires_at) if grant.expires_at else "9999"


def _name(world: World, grant: Grant, night: datetime) -> str:
    named = (grant.system, grant.resource_name, grant.permission)
    for new in world.renamed:
        if named == (new.system, new.resource_name, new.permission) and new.at <= night:
            return new.new_permission
    return grant.permission


def _permission(world: World, grant: Grant, night: datetime) -> dict[str, Any]:
    return {
        "account": grant.account,
        "resource_name": grant.resource_name,
        "permission": _name(world, grant, night),
        "granted_via": grant.granted_via,
        "is_privileged": grant.is_privileged,
        "is_enabled": grant.disabled_at is None or night < grant.disabled_at,
        "granted_at": utc(grant.granted_at),
        "expires_at": utc(grant.expires_at) if grant.expires_at else None,
        "last_used_at": utc(grant.last_used_at) if grant.last_used_at else None,
    }


def _requests(world: World, folder: Path) -> None:
    """Export every night what was asked for or decided on the day before."""
    nights: defaultdict[datetime, list[dict[str, Any]]] = defaultdict(list)
    first = world.since - timedelta(days=1)
    for each in world.requests:
        asked, decided = _night(max(each.requested_at, first)), _night(each.started_at)
        if each.recorded_at:
            nights[_night(each.recorded_at)].append(_request(world, each, each.status))
            continue
        if asked < decided:
            nights[asked].append(_request(world, each, "pending"))
        nights[decided].append(_request(world, each, each.status))
    for night, rows in sorted(nights.items()):
        if night - timedelta(days=1) < world.until:
            write_lines(folder / f"{stamp(night)}.jsonl", rows)


def _night(moment: datetime) -> datetime:
    """Return when what happened at `moment` was exported."""
    return moment.replace(hour=2, minute=30, second=0, microsecond=0) + timedelta(days=1)


def _request(world: World, each: Request, status: str) -> dict[str, Any]:
    approver = world.engineers.get(each.approver)
    return {
        "request_id": each.request_id,
        "requester": world.engineers[each.requester].email,
        "approver": None if status == "pending" else approver.email if approver else each.approver,
        "resource_name": each.resource_id,
        "permission": each.permission,
        "status": status,
        "requested_at": utc(each.requested_at),
        "started_at": utc(each.started_at),
        "ended_at": utc(each.ended_at),
        "reason": each.reason,
        "reviews": [] if status == "pending" else list(each.reviews),
    }
