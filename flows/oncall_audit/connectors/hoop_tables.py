"""What hoop tells: sessions, changes of the gateway itself, and reviews as access requests."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from oncall_audit.connectors.base import LogTable, SnapshotTable
from oncall_audit.connectors.expressions import joined, moment
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

# As long as hoop lets in whoever does not say for how long.
_ALLOWED = timedelta(minutes=30)
_APPROVALS = (
    "list_transform(list_filter(json_extract(review, '$.review_groups_data[*]'),"
    " lambda it: it ->> '$.status' = 'APPROVED'), lambda it: it ->> '$.review_date')"
)
_SESSION = (
    "id", "user", "user_name", "identity_type", "type", "connection", "connection_subtype",
    "role_name", "resource_name", "verb", "status", "start_date", "end_date", "exit_code",
)  # fmt: skip
_CHANGE = (
    "id", "created_at", "actor_subject", "actor_email", "actor_name", "resource_type", "action",
    "http_method", "http_path", "http_status", "client_ip", "outcome", "error_message",
)  # fmt: skip

SESSIONS = LogTable(
    name="sessions",
    framing="json",
    records="data",
    fields={
        **dict.fromkeys(_SESSION, "VARCHAR"),
        **dict.fromkeys(("script", "review", "guardrails_info"), "JSON"),
    },
    occurred_at=moment("start_date"),
    # A session is told again when it has ended, or somebody has decided about it.
    identity=joined(
        "id", "start_date", "end_date", "status", "exit_code", "review ->> '$.status'",
        "guardrails_info",
    ),
    rejected="case when id is null then 'no id in it' end",
    columns={
        "session_id": "id",
        "user_email": '"user"',
        "identity_type": "identity_type",
        "connection": "coalesce(nullif(connection, ''), nullif(role_name, ''))",
        "connection_type": '"type"',
        "resource_name": "nullif(resource_name, '')",
        "verb": "verb",
        "status": "status",
        "script": "nullif(script ->> '$.data', '')",
        "exit_code": "exit_code",
        "guardrail": "guardrails_info ->> '$[0].rule_name'",
        "review_id": "review ->> '$.id'",
        "review_status": "review ->> '$.status'",
        "approved_at": moment(f"list_max({_APPROVALS})"),
        "ended_at": moment("end_date"),
    },
    types={"exit_code": "BIGINT", "approved_at": "TIMESTAMP", "ended_at": "TIMESTAMP"},
)  # fmt: skip

CHANGES = LogTable(
    name="changes",
    framing="json",
    records="data",
    fields=dict.fromkeys(_CHANGE, "VARCHAR"),
    occurred_at=moment("created_at"),
    identity=joined("id", "created_at"),
    rejected="case when id is null then 'no id in it' end",
    columns={
        "change_id": "id",
        "actor_subject": "actor_subject",
        "actor_email": "nullif(actor_email, '')",
        "actor_name": "actor_name",
        "resource_type": "resource_type",
        "action": '"action"',
        "http_method": "http_method",
        "http_path": "http_path",
        "http_status": "http_status",
        "source_ip": "client_ip",
        "is_success": "outcome",
        "error": "error_message",
    },
    types={"http_status": "BIGINT", "is_success": "BOOLEAN"},
)


def _decode(document: Any, _context: Row) -> Iterator[Row]:
    return rows(listed(document, "reviews"), _review)


REVIEWS = SnapshotTable(
    "reviews",
    columns(
        "review_id review_type status requester approver connection session_id reviews",
        "requested_at started_at ended_at",
    ),
    _decode,
)


def _review(review: Row) -> Iterator[Row]:
    groups = listed(review.get("review_groups_data") or [], "review_groups_data")
    told = (part({"group": it}, "group") for it in groups)
    decided = map(_decision, (it for it in told if it.get("reviewed_by")))
    decisions = sorted(decided, key=lambda it: str(it["reviewed_at"]))
    approved = [it for it in decisions if it["decision"] == "approved"]
    # Whose word was the last: only with it access began.
    approved_at = read_time(approved[-1]["reviewed_at"]) if approved else None
    ended_at = read_time(review.get("revoke_at"))
    if approved_at and ended_at is None:
        ended_at = _end(approved_at, review.get("access_duration"))
    yield {
        "review_id": required(review, "id"),
        "review_type": review.get("type"),
        "status": required(review, "status"),
        "requester": required(part(review, "review_owner"), "email"),
        "approver": decisions[-1]["reviewer"] if decisions else None,
        "connection": required(part(review, "review_connection"), "name"),
        "session_id": review.get("session"),
        "reviews": decisions,
        "requested_at": read_time(required(review, "created_at")),
        "started_at": approved_at,
        "ended_at": ended_at,
    }


def _decision(group: Row) -> Row:
    who = part(group, "reviewed_by")
    return {
        "reviewer": who.get("email") or required(who, "id"),
        "reviewed_at": group.get("review_date"),
        "decision": str(required(group, "status")).lower(),
        "group": group.get("group"),
    }


def _end(approved_at: datetime, nanoseconds: Any) -> datetime:
    """Return when access ends; of a single execution hoop tells no length."""
    if nanoseconds in (None, 0):
        return approved_at + _ALLOWED
    if not isinstance(nanoseconds, int) or nanoseconds < 0:
        raise UnreadableError(f"its `access_duration` {nanoseconds!r:.40} is no duration")
    try:
        return approved_at + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        raise UnreadableError("its `access_duration` ends after all time") from None
