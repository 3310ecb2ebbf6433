"""How PagerDuty's answers become rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.pagerduty_incidents import (
    decode_incidents,
    decode_log_entries,
    name_in,
)
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

Span = tuple[datetime | None, datetime | None]


def decode_users(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each user."""
    return rows(listed(document, "users"), _user)


def decode_schedules(document: Any, context: Row) -> Iterator[Row]:
    """Yield the shifts of `GET /schedules/{id}` or of `GET /schedules/{id}/overrides`."""
    if isinstance(document, list) and not _is_answers(document):
        document = {"overrides": document}
    for answer in document if isinstance(document, list) else [document]:
        if isinstance(answer, Mapping) and isinstance(answer.get("overrides"), list):
            yield from _overrides(answer, context)
        elif isinstance(answer, Mapping) and isinstance(answer.get("schedule"), Mapping):
            yield from _schedule(answer, context)
        else:
            raise UnreadableError(
                "it is neither an answer of GET /schedules/{id} nor of its overrides"
            )


def decode_oncalls(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each entry of `GET /oncalls`; no start or no end means a permanent one."""
    return rows(listed(document, "oncalls"), _oncall)


def decode_changes(document: Any, _context: Row) -> Iterator[Row]:
    """Yield who changed a schedule and when, a row for each actor of an audit record."""
    return rows(listed(document, "records"), _change)


def _change(record: Row) -> Iterator[Row]:
    schedule = part(record, "root_resource")
    kind = str(required(schedule, "type")).removesuffix("_reference")
    if kind != "schedule":
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


def _is_answers(document: list[Any]) -> bool:
    return all(
        isinstance(item, Mapping) and item.keys() & {"schedule", "overrides"} for item in document
    )


def _user(user: Row) -> Iterator[Row]:
    names = ("name", "email", "role", "time_zone")
    yield {"id": required(user, "id"), **{name: user.get(name) for name in names}}


def _schedule(answer: Row, context: Row) -> Iterator[Row]:
    schedule = part(answer, "schedule")
    final = part(schedule, "final_schedule").get("rendered_schedule_entries")
    if not isinstance(final, list):
        raise UnreadableError(
            "it has no rendered entries: ask GET /schedules/{id} with since and until"
        )
    head = {
        "schedule_id": required(schedule, "id"),
        "schedule_name": schedule.get("name") or schedule.get("summary"),
        **_window(answer, context, final),
    }
    yield from rows(final, lambda entry: _entry(entry, {**head, "entry_kind": "final"}))
    if not final and head["window_since"] and head["window_until"]:
        # That nobody is on call is an answer too, and takes the place of an earlier one.
        nobody = dict.fromkeys(("user_id", "user_name", "started_at", "ended_at"))
        yield {**head, "entry_kind": "final", **nobody}
    if not context.get("has_own_overrides"):
        laid_over = part(schedule, "overrides_subschedule").get("rendered_schedule_entries") or []
        yield from rows(laid_over, lambda entry: _entry(entry, {**head, "entry_kind": "override"}))


def _overrides(answer: Row, context: Row) -> Iterator[Row]:
    schedule = part(answer, "schedule")
    identifier = (
        schedule.get("id")
        or answer.get("schedule_id")
        or context.get("schedule_id")
        or name_in(context)
    )
    if not identifier:
        raise UnreadableError("it names no schedule: call the file overrides-<schedule id>.json")
    entries = answer["overrides"]
    head = {
        "schedule_id": identifier,
        "schedule_name": schedule.get("summary") or context.get("schedule_name"),
        "entry_kind": "override",
        **_window(answer, context, entries),
    }
    yield from rows(entries, lambda entry: _entry(entry, head))


def _entry(entry: Row, head: Row) -> Iterator[Row]:
    user = part(entry, "user")
    start, end = read_time(required(entry, "start")), read_time(required(entry, "end"))
    if start is None or end is None or start >= end:
        raise UnreadableError("the shift ends before it starts")
    yield {
        **head,
        "user_id": required(user, "id"),
        "user_name": user.get("summary") or user.get("name"),
        "started_at": start,
        "ended_at": end,
    }


def _window(answer: Row, context: Row, entries: Iterable[Any]) -> dict[str, datetime | None]:
    """Return the span the answer covers: as asked, else as far as its entries reach."""
    since = read_time(context.get("window_since") or answer.get("since"))
    until = read_time(context.get("window_until") or answer.get("until"))
    if since is None or until is None:
        spans = [_span(entry) for entry in entries]
        since = since or min((start for start, _ in spans if start), default=None)
        until = until or max((end for _, end in spans if end), default=None)
    return {"window_since": since, "window_until": until}


def _span(entry: Any) -> Span:
    try:
        return read_time(entry.get("start")), read_time(entry.get("end"))
    except (AttributeError, ValueError):
        return None, None


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
