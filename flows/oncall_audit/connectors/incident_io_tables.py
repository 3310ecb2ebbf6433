"""How the answers of incident.io become rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.records import (
    Row,
    UnreadableError,
    columns,
    listed,
    part,
    required,
    rows,
)
from oncall_audit.connectors.times import read_time

# An incident in one of these is over, or never was one.
_OVER = {"learning", "closed", "declined", "merged", "canceled"}
_PRACTICE = {"test", "tutorial"}
_ENDS = ("Resolved at", "Closed at", "Declined at", "Merged at", "Canceled at")
_DEEPEST = 20


def decode_entries(document: Any, context: Row) -> Iterator[Row]:
    """Yield the shifts in force, and the overrides that made them so."""
    entries = part(document, "schedule_entries") if isinstance(document, Mapping) else {}
    if not isinstance(entries.get("final"), list):
        raise UnreadableError("it has no list `final`")
    head = {
        "schedule_id": required(context, "schedule_id"),
        "schedule_name": context.get("schedule_name"),
        "window_since": read_time(required(context, "window_since")),
        "window_until": read_time(required(context, "window_until")),
    }
    if context.get("has_nobody"):
        # That nobody is on call is an answer too, and takes the place of an earlier one.
        yield {**head, "entry_kind": "final", "person": None}
    for key, kind in (("final", "final"), ("overrides", "override")):
        yield from rows(entries.get(key) or [], partial(_entry, head=head | {"entry_kind": kind}))


def _entry(entry: Row, head: Row) -> Iterator[Row]:
    user = part(entry, "user")
    if not user:
        yield {"_ignored": "an entry of nobody"}
        return
    start, end = read_time(required(entry, "start_at")), read_time(required(entry, "end_at"))
    if start is None or end is None or start >= end:
        raise UnreadableError("the shift ends before it starts")
    yield {
        **head,
        "rotation_id": entry.get("rotation_id"),
        "person": _person(user),
        "started_at": start,
        "ended_at": end,
    }


def decode_paths(document: Any, _context: Row) -> Iterator[Row]:
    """Yield at which level each escalation path calls whoever is on call in a schedule."""
    return rows(listed(document, "escalation_paths"), _levels)


def _levels(path: Row) -> Iterator[Row]:
    head = {"path_id": required(path, "id"), "path_name": path.get("name")}
    found = list(_targets(path.get("path") or [], 1, 0))
    if not found:
        yield {"_ignored": "a path that calls no schedule"}
    for schedule, level in found:
        yield {**head, "schedule_id": schedule, "level": level}


def _targets(nodes: list[Any], level: int, depth: int) -> Iterator[tuple[str, int]]:
    if depth > _DEEPEST:
        raise UnreadableError(f"its branches lie more than {_DEEPEST} deep")
    for node in (part({"node": it}, "node") for it in nodes):
        for branch in ("then_path", "else_path"):
            yield from _targets(part(node, "if_else").get(branch) or [], level, depth + 1)
        told = part(node, "level")
        for target in _objects(told, "targets"):
            if target.get("type") == "schedule":
                yield str(required(target, "id")), level
        level += 1 if told else 0


@dataclass(frozen=True, slots=True)
class Incidents:
    """Reads incidents; the custom field `field` names their services."""

    field: str = "Service"

    def __call__(self, document: Any, _context: Row) -> Iterator[Row]:
        """Yield a row for each incident and service that it struck."""
        return rows(listed(document, "incidents"), self._incident)

    def _incident(self, incident: Row) -> Iterator[Row]:
        if incident.get("mode") in _PRACTICE:
            yield {"_ignored": f"incident for practice ({incident['mode']})"}
            return
        identifier = str(required(incident, "id"))
        status = part(incident, "incident_status")
        is_over = status.get("category") in _OVER
        for number, service in enumerate(self._services(incident) or [None]):
            yield {
                # An incident has one service here: for each further one it counts once more.
                "incident_id": f"{identifier}/{service}" if number else identifier,
                "reference": incident.get("reference"),
                "title": incident.get("name"),
                "service_name": service,
                "severity": part(incident, "severity").get("name"),
                "status": status.get("name") or status.get("category"),
                "responders": list(_responders(incident)),
                "created_at": read_time(required(incident, "created_at")),
                "resolved_at": read_time(_ended(incident)) if is_over else None,
            }

    def _services(self, incident: Row) -> list[str]:
        return [
            name
            for entry in _objects(incident, "custom_field_entries")
            if part(entry, "custom_field").get("name") == self.field
            for value in _objects(entry, "values")
            if (name := _value(value))
        ]


def _value(value: Row) -> str | None:
    named = (
        part(value, "value_catalog_entry").get("name"),
        part(value, "value_option").get("value"),
        value.get("value_text"),
    )
    return next((str(it) for it in named if it), None)


def _responders(incident: Row) -> Iterator[Row]:
    for assignment in _objects(incident, "incident_role_assignments"):
        assignee = part(assignment, "assignee")
        if assignee:
            role = part(assignment, "role").get("name")
            yield {"person": _person(assignee), "role": role, "joined_at": None}


def _ended(incident: Row) -> Any:
    told = {
        part(it, "incident_timestamp").get("name"): part(it, "value").get("value")
        for it in _objects(incident, "incident_timestamp_values")
    }
    return next((told[name] for name in _ENDS if told.get(name)), incident.get("updated_at"))


def _person(user: Row) -> str:
    return str(user.get("email") or required(user, "id"))


def _objects(record: Row, key: str) -> list[Row]:
    return [it for it in record.get(key) or [] if isinstance(it, Mapping)]


def incidents(decode: Incidents) -> SnapshotTable:
    """Declare the table of incidents, read as the source says."""
    return SnapshotTable(
        "incidents",
        columns(
            "incident_id reference title service_name severity status responders",
            "created_at resolved_at",
        ),
        decode,
    )


TABLES = (
    SnapshotTable(
        "schedule_entries",
        columns(
            "schedule_id schedule_name rotation_id entry_kind person",
            "started_at ended_at window_since window_until",
        ),
        decode_entries,
    ),
    SnapshotTable(
        "escalation_levels",
        columns("path_id path_name schedule_id", level="BIGINT"),
        decode_paths,
    ),
)
