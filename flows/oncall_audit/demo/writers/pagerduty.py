"""Writes an export of PagerDuty: the answers of its API, taken night after night."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oncall_audit.demo.model import Engineer, Incident, Override, Rotation, Shift, World
from oncall_audit.demo.schedule import final_shifts
from oncall_audit.demo.writers.files import night_snapshots, stamp, utc, write_json

_BEHIND = timedelta(days=3)
_AHEAD = timedelta(days=8)


def write_pagerduty(world: World, root: Path) -> None:
    """Write users, schedules, overrides, on-calls, incidents and their log entries."""
    folder = root / "exports" / "pagerduty"
    nights = night_snapshots(world.since, world.until, 1)
    _users(world, folder, nights)
    for rotation in world.rotations:
        changes = [o for o in world.overrides if o.schedule == rotation.schedule]
        known: tuple[list[Override], list[Shift]] = ([], final_shifts(world, rotation, nights[0]))
        for night in nights:
            recorded = [o for o in changes if o.recorded_at <= night]
            if recorded != known[0]:
                _changed(world, folder, rotation, [o for o in recorded if o not in known[0]], night)
                known = (recorded, final_shifts(world, rotation, night))
            _schedule(world, folder, rotation, known, night)
    for night in nights:
        _oncalls(world, folder, night)
        _incidents(world, folder, night)


def _reference(person: Engineer) -> dict[str, str]:
    return {"id": person.pager_id, "type": "user_reference", "summary": person.name}


def _users(world: World, folder: Path, nights: list[datetime]) -> None:
    for night in (nights[0], *nights[7::7], nights[-1]):
        users = [
            {
                "id": person.pager_id,
                "type": "user",
                "name": person.name,
                "email": person.email,
                "role": "limited_user",
                "time_zone": person.time_zone,
                "teams": [{"id": f"PT{person.team.upper()}", "type": "team_reference"}],
            }
            for person in (*world.engineers.values(), *world.strangers.values())
            if person.started_at <= night
        ]
        write_json(
            folder / "users" / f"{stamp(night)}.json",
            {"users": users, "limit": 100, "offset": 0, "total": None, "more": False},
        )


def _entry(world: World, shift: Shift | Override, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "start": shift.started_at.astimezone(zone).isoformat(),
        "end": shift.ended_at.astimezone(zone).isoformat(),
        "user": _reference(world.person(shift.engineer_id)),
    }


def _schedule(
    world: World,
    folder: Path,
    rotation: Rotation,
    known: tuple[list[Override], list[Shift]],
    night: datetime,
) -> None:
    zone = ZoneInfo(rotation.time_zone)
    since, until = night - _BEHIND, night + _AHEAD
    entries = [
        _entry(world, shift, zone)
        for shift in known[1]
        if shift.started_at < until and shift.ended_at > since
    ]
    laid_over = [
        {"id": o.override_id, **_entry(world, o, zone)}
        for o in known[0]
        if o.started_at < until and o.ended_at > since
    ]
    reference = {"id": rotation.schedule_id, "type": "schedule", "summary": rotation.schedule}
    window = {"since": utc(since), "until": utc(until)}
    schedule = {
        **reference,
        "name": rotation.schedule,
        "time_zone": rotation.time_zone,
        "final_schedule": {"name": "Final Schedule", "rendered_schedule_entries": entries},
    }
    name = f"{rotation.schedule_id}-{stamp(night)}.json"
    write_json(folder / "schedules" / name, {"schedule": schedule, **window})
    if laid_over:
        answer = {"overrides": laid_over, "schedule_id": rotation.schedule_id, **window}
        write_json(folder / "overrides" / name, answer)


def _changed(
    world: World, folder: Path, rotation: Rotation, made: list[Override], night: datetime
) -> None:
    """Tell who entered overrides: who hands over, but for a time gone by who says they stood in."""
    records = [
        {
            "id": f"{override.override_id}A",
            "execution_time": utc(override.recorded_at),
            "actors": [_reference(world.person(_enters(override)))],
            "method": {"type": "browser"},
            "root_resource": {"id": rotation.schedule_id, "type": "schedule_reference"},
            "action": "update",
            "details": {"resource": {"id": override.override_id, "type": "override_reference"}},
        }
        for override in sorted(made, key=lambda o: o.recorded_at, reverse=True)
    ]
    name = f"{rotation.schedule_id}-{stamp(night)}.json"
    answer = {"records": records, "next_cursor": None, "limit": 100}
    write_json(folder / "audit_records" / name, answer)


def _enters(override: Override) -> str:
    is_late = override.recorded_at > override.started_at
    return override.engineer_id if is_late else override.replaces


def _oncalls(world: World, folder: Path, night: datetime) -> None:
    levels = {rotation.schedule: rotation for rotation in world.rotations}
    rows = [
        {
            "escalation_policy": {"id": f"PE{levels[shift.schedule].team.upper()}"},
            "escalation_level": levels[shift.schedule].level,
            "schedule": {"id": levels[shift.schedule].schedule_id, "summary": shift.schedule},
            "user": _reference(world.person(shift.engineer_id)),
            "start": utc(shift.started_at),
            "end": utc(shift.ended_at),
        }
        for shift in world.shifts
        if shift.started_at <= night < shift.ended_at
    ]
    rows.append(_always_called(world))
    write_json(folder / "oncalls" / f"{stamp(night)}.json", {"oncalls": rows, "more": False})


def _always_called(world: World) -> dict[str, Any]:
    """Return who is called for the data team's services at any time, when nobody else answers."""
    return {
        "escalation_policy": {"id": "PEDATA"},
        "escalation_level": 3,
        "schedule": None,
        "user": _reference(world.members("data")[0]),
        "start": None,
        "end": None,
    }


def _incidents(world: World, folder: Path, night: datetime) -> None:
    """Export what was open in the three days before the night, as it stood then."""
    recent = [i for i in world.incidents if i.started_at < night and i.ended_at > night - _BEHIND]
    body = [_incident(world, each, night) for each in recent]
    write_json(folder / "incidents" / f"{stamp(night)}.json", {"incidents": body, "more": False})
    entries = [entry for each in recent for entry in _log(world, each) if entry[0] <= night]
    answer = {"log_entries": [entry for _, entry in sorted(entries, key=lambda e: e[0])]}
    write_json(folder / "log_entries" / f"{stamp(night)}.json", {**answer, "more": False})


def _incident(world: World, broken: Incident, night: datetime) -> dict[str, Any]:
    is_over = broken.ended_at <= night
    assigned = _reference(world.engineers[broken.assigned])
    return {
        "id": broken.incident_id,
        "type": "incident",
        "title": broken.title,
        "status": "resolved" if is_over else "acknowledged",
        "urgency": broken.urgency,
        "priority": {"summary": "P1"} if broken.urgency == "high" else None,
        "service": {
            "id": f"PX{broken.service.upper()}",
            "type": "service_reference",
            "summary": broken.service,
        },
        "created_at": utc(broken.started_at),
        "resolved_at": utc(broken.ended_at) if is_over else None,
        "last_status_change_at": utc(broken.ended_at if is_over else broken.started_at),
        # Empty once resolved: only the log still tells who worked on it.
        "assignments": [] if is_over else [{"at": utc(broken.started_at), "assignee": assigned}],
        "acknowledgements": [],
    }


def _log(world: World, broken: Incident) -> list[tuple[datetime, dict[str, Any]]]:
    assigned = _reference(world.engineers[broken.assigned])
    system = {"id": f"PX{broken.service.upper()}", "type": "service_reference"}
    steps: list[tuple[datetime, str, dict[str, Any]]] = [
        (broken.started_at, "trigger", {"agent": system}),
        (broken.started_at, "assign", {"agent": system, "assignees": [assigned]}),
        (broken.started_at + timedelta(minutes=3), "acknowledge", {"agent": assigned}),
        (broken.ended_at, "resolve", {"agent": assigned}),
    ]
    for who, at in broken.joined:
        helper = _reference(world.engineers[who])
        steps.append((at, "responder_accept", {"agent": helper, "user": helper}))
    counted: defaultdict[str, int] = defaultdict(int)
    entries = []
    for at, kind, rest in steps:
        counted[kind] += 1
        entry = {
            "id": f"R{broken.incident_id}{kind[:3].upper()}{counted[kind]}",
            "type": f"{kind}_log_entry",
            "created_at": utc(at),
            "incident": {"id": broken.incident_id, "type": "incident_reference"},
            **rest,
        }
        entries.append((at, entry))
    return entries
