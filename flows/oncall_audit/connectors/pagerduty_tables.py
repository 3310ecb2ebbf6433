"""How PagerDuty's answers become rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.pagerduty_entries import decode_schedules
from oncall_audit.connectors.pagerduty_incidents import decode_incidents, decode_log_entries
from oncall_audit.connectors.records import Row, columns, listed, part, required, rows
from oncall_audit.connectors.times import read_time


def decode_users(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each user."""
    return rows(listed(document, "users"), _user)


def decode_oncalls(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each entry of `GET /oncalls`; no start or no end means a permanent one."""
    return rows(listed(document, "oncalls"), _oncall)


def decode_changes(document: Any, _context: Row) -> Iterator[Row]:
    """Yield who changed a schedule and when, a row for each actor of an audit record."""
    return rows(listed(document, "records"), _change)


def _change(record: Row) -> Iterator[Row]:
    schedule = part(record, "root_resource")
    kind = str(required(schedule, "type")).removesuffix("_reference")
    if kind not in ("schedule", "schedule_v3"):
        yield {"_ignored": f"change of a {kind}"}
        return
    head = {
        "change_id": required(record, "id"),
        "schedule_id": required(schedule, "id"),
        "action": record.get("action"),
        "changed_what": part(part(record, "details"), "resource").get("type"),
        "changed_at": read_time(required(record, "execution_time")),
    }
    for actor in record.get("actors") or [{}]:
        yield {
            **head,
            "actor_id": actor.get("id"),
            "actor_name": actor.get("summary"),
            "actor_kind": actor.get("type"),
        }


def _user(user: Row) -> Iterator[Row]:
    names = ("name", "email", "role", "time_zone")
    yield {"id": required(user, "id"), **{name: user.get(name) for name in names}}


def _oncall(oncall: Row) -> Iterator[Row]:
    yield {
        "schedule_id": part(oncall, "schedule").get("id"),
        "escalation_policy_id": part(oncall, "escalation_policy").get("id"),
        "escalation_level": oncall.get("escalation_level"),
        "user_id": required(part(oncall, "user"), "id"),
        "started_at": read_time(oncall.get("start")),
        "ended_at": read_time(oncall.get("end")),
    }


TABLES = (
    SnapshotTable("users", columns("id name email role time_zone"), decode_users),
    SnapshotTable(
        "schedule_entries",
        columns(
            "schedule_id schedule_name entry_kind user_id user_name",
            "started_at ended_at window_since window_until",
        ),
        decode_schedules,
    ),
    SnapshotTable(
        "oncalls",
        columns(
            "schedule_id escalation_policy_id user_id",
            "started_at ended_at",
            escalation_level="BIGINT",
        ),
        decode_oncalls,
    ),
    SnapshotTable(
        "schedule_changes",
        columns(
            "change_id schedule_id action changed_what actor_id actor_name actor_kind",
            "changed_at",
        ),
        decode_changes,
    ),
    SnapshotTable(
        "incidents",
        columns(
            "incident_id title service_id service_name urgency priority status",
            "created_at resolved_at",
        ),
        decode_incidents,
    ),
    SnapshotTable(
        "incident_responders",
        columns("incident_id user_id role", "joined_at"),
        decode_log_entries,
    ),
)
