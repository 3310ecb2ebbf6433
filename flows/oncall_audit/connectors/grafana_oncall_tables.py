"""How the answers of Grafana OnCall become rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from oncall_audit.connectors.base import Decode, SnapshotTable
from oncall_audit.connectors.records import (
    Row,
    UnreadableError,
    columns,
    listed,
    required,
    rows,
)
from oncall_audit.connectors.times import read_time

_SECOND = timedelta(seconds=1)


def decode_shifts(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each final shift; one of nobody where there is none in the whole span."""
    found = listed(document, "results")
    head = {
        "schedule_id": required(context, "schedule_id"),
        "schedule_name": context.get("schedule_name"),
        "window_since": read_time(required(context, "window_since")),
        "window_until": read_time(required(context, "window_until")),
    }
    if not found:
        # That nobody is on call is an answer too, and takes the place of an earlier one.
        yield {**head, "user_id": None}
    yield from rows(found, lambda shift: _shift(shift, head))


def _shift(shift: Row, head: Row) -> Iterator[Row]:
    started, ended = _span(shift, "shift_start", "shift_end")
    until = head["window_until"]
    if until - _SECOND <= ended < until:
        # The last day that is asked for ends at 23:59:59, and so does whatever goes on.
        ended = until
    yield {
        **head,
        "user_id": required(shift, "user_pk"),
        "email": shift.get("user_email"),
        "username": shift.get("user_username"),
        "started_at": started,
        "ended_at": ended,
    }


def _swap(swap: Row) -> Iterator[Row]:
    if not swap.get("benefactor"):
        yield {"_ignored": "a swap that nobody has taken"}
        return
    started, ended = _span(swap, "swap_start", "swap_end")
    yield {
        "swap_id": required(swap, "id"),
        "schedule_id": required(swap, "schedule"),
        "beneficiary": swap.get("beneficiary"),
        "benefactor": swap["benefactor"],
        "started_at": started,
        "ended_at": ended,
    }


def _group(group: Row) -> Iterator[Row]:
    yield {
        "alert_group_id": required(group, "id"),
        "integration_id": group.get("integration_id"),
        "title": group.get("title"),
        "state": group.get("state"),
        "created_at": read_time(required(group, "created_at")),
        "acknowledged_at": read_time(group.get("acknowledged_at")),
        "acknowledged_by": group.get("acknowledged_by"),
        "resolved_at": read_time(group.get("resolved_at")),
        "resolved_by": group.get("resolved_by"),
    }


def _step(step: Row) -> Iterator[Row]:
    yield {
        "chain_id": required(step, "escalation_chain_id"),
        "position": step.get("position"),
        "step_type": required(step, "type"),
        "schedule_id": step.get("notify_on_call_from_schedule"),
    }


def _integration(integration: Row) -> Iterator[Row]:
    yield {"integration_id": required(integration, "id"), "name": integration.get("name")}


def _user(user: Row) -> Iterator[Row]:
    names = ("email", "username", "role")
    yield {"user_id": required(user, "id"), **{name: user.get(name) for name in names}}


def _span(record: Row, start: str, end: str) -> tuple[datetime, datetime]:
    started, ended = read_time(required(record, start)), read_time(required(record, end))
    if started is None or ended is None or started >= ended:
        raise UnreadableError("it ends before it starts")
    return started, ended


def _each(row: Callable[[Row], Iterator[Row]]) -> Decode:
    return lambda document, _context: rows(listed(document, "results"), row)


TABLES = (
    SnapshotTable("users", columns("user_id email username role"), _each(_user)),
    SnapshotTable(
        "shifts",
        columns(
            "schedule_id schedule_name user_id email username",
            "started_at ended_at window_since window_until",
        ),
        decode_shifts,
    ),
    SnapshotTable(
        "swaps",
        columns("swap_id schedule_id beneficiary benefactor", "started_at ended_at"),
        _each(_swap),
    ),
    SnapshotTable(
        "escalation_steps",
        columns("chain_id step_type schedule_id", position="BIGINT"),
        _each(_step),
    ),
    SnapshotTable("integrations", columns("integration_id name"), _each(_integration)),
    SnapshotTable(
        "alert_groups",
        columns(
            "alert_group_id integration_id title state acknowledged_by resolved_by",
            "created_at acknowledged_at resolved_at",
        ),
        _each(_group),
    ),
)
