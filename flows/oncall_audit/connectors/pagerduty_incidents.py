"""How PagerDuty's incidents and their logs become rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from oncall_audit.connectors.records import Row, listed, part, required, rows
from oncall_audit.connectors.times import read_time

_ACTED = {"acknowledge_log_entry": "acknowledged", "resolve_log_entry": "resolved"}
_ASSIGNED = {"assign_log_entry", "reassign_log_entry", "escalate_log_entry", "delegate_log_entry"}
# Names of the schedule or incident stand in file names before the time of the export.
_NAMED = re.compile(r"(?:overrides|log_entries)?[-_.]?(?P<name>[A-Z][A-Z0-9]{2,})(?![A-Za-z0-9])")


def decode_incidents(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each incident."""
    return rows(listed(document, "incidents"), _incident)


def decode_log_entries(document: Any, context: Row) -> Iterator[Row]:
    """Yield who was assigned, acknowledged, joined or resolved; other entries are ignored."""
    known = context.get("incident_id") or name_in(context)
    return rows(listed(document, "log_entries"), lambda entry: _responders(entry, known))


def _incident(incident: Row) -> Iterator[Row]:
    service, priority = part(incident, "service"), part(incident, "priority")
    status = incident.get("status")
    resolved = incident.get("resolved_at")
    if status == "resolved" and not resolved:
        resolved = incident.get("last_status_change_at")
    yield {
        "incident_id": required(incident, "id"),
        "title": incident.get("title") or incident.get("summary"),
        "service_id": service.get("id"),
        "service_name": service.get("summary") or service.get("name"),
        "urgency": incident.get("urgency"),
        "priority": priority.get("summary") or priority.get("name"),
        "status": status,
        "created_at": read_time(required(incident, "created_at")),
        "resolved_at": read_time(resolved),
    }


def _responders(entry: Row, known: object) -> Iterator[Row]:
    kind = str(required(entry, "type")).removesuffix("_reference")
    role, people = _role(kind, entry)
    found = [person for person in people if _is_user(person)]
    if role is None or not found:
        yield {"_ignored": kind if role is None else f"{kind} by no user"}
        return
    head = {
        "incident_id": part(entry, "incident").get("id") or known,
        "role": role,
        "joined_at": read_time(required(entry, "created_at")),
    }
    required(head, "incident_id")
    for person in found:
        yield {**head, "user_id": required(person, "id")}


def _role(kind: str, entry: Row) -> tuple[str | None, list[Row]]:
    if kind in _ACTED:
        return _ACTED[kind], [part(entry, "agent")]
    if kind in _ASSIGNED:
        return "assigned", [
            item for item in entry.get("assignees") or [] if isinstance(item, Mapping)
        ]
    if "responder" in kind and ("accept" in kind or "join" in kind):
        return "joined", [part(entry, "user") or part(entry, "responder") or part(entry, "agent")]
    return None, []


def _is_user(reference: Row) -> bool:
    return str(reference.get("type", "user")).startswith("user")


def name_in(context: Row) -> str | None:
    """Return the name of a schedule or an incident by which a file is called."""
    match = _NAMED.match(Path(str(context.get("path", ""))).name)
    return match["name"] if match else None
