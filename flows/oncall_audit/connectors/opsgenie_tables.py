"""How the answers of Opsgenie and of Jira Service Management become rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.opsgenie_incidents import (
    ALERTS,
    SERVICES,
    objects,
    person,
    records,
)
from oncall_audit.connectors.records import (
    Row,
    UnreadableError,
    columns,
    part,
    required,
    rows,
)
from oncall_audit.connectors.times import read_time

_TIMELINES = {
    "final": "finalTimeline",
    "override": "overrideTimeline",
    "forwarding": "forwardingTimeline",
}
_NOBODY = {"", "none"}
_MINUTES = {"minutes": 1, "hours": 60, "days": 1440}
# Of the rules of an escalation these notify somebody else than who is on call.
_NOT_ON_CALL = {"next", "previous", "admins"}


def covered(document: Any) -> tuple[datetime | None, datetime | None]:
    """Return the span that a timeline tells of."""
    timeline = _timeline(document)
    return read_time(timeline.get("startDate")), read_time(timeline.get("endDate"))


def decode_timeline(document: Any, context: Row) -> Iterator[Row]:
    """Yield the shifts in force, and the overrides and forwardings that made them so."""
    timeline = _timeline(document)
    since, until = covered(document)
    if since is None or until is None:
        raise UnreadableError("it does not say of which span it tells")
    head = {
        "schedule_id": required(context, "schedule_id"),
        "schedule_name": context.get("schedule_name"),
        "window_since": since,
        "window_until": until,
    }
    final = _periods(part(timeline, "finalTimeline"))
    found = [dict(row) for row in rows(final, lambda it: _entries(it, head, "final"))]
    yield from found
    if not any("_rejected" in row or row.get("person") for row in found):
        # That nobody is on call is an answer too, and takes the place of an earlier one.
        yield {**head, "entry_kind": "final", "person": None}
    for kind in ("override", "forwarding"):
        laid_over = part(timeline, _TIMELINES[kind])
        if laid_over:
            yield from rows(_periods(laid_over), partial(_entries, head=head, kind=kind))


def decode_escalations(document: Any, _context: Row) -> Iterator[Row]:
    """Yield at which level each escalation calls whoever is on call in a schedule."""
    return rows(records(document), _levels)


def _timeline(document: Any) -> Row:
    if not isinstance(document, Mapping):
        raise UnreadableError("it is no timeline")
    return part(document, "data") or document


def _periods(timeline: Row) -> list[Any]:
    rotations = timeline.get("rotations")
    if not isinstance(rotations, list):
        raise UnreadableError("its timeline has no list `rotations`")
    if not all(isinstance(rotation, Mapping) for rotation in rotations):
        raise UnreadableError("its timeline has a rotation that is none")
    return [it for rotation in rotations for it in rotation.get("periods") or []]


def _entries(period: Row, head: Row, kind: str) -> Iterator[Row]:
    start, end = (read_time(required(period, key)) for key in ("startDate", "endDate"))
    if start is None or end is None or start >= end:
        raise UnreadableError("the shift ends before it starts")
    people = _people(period)
    if not people:
        yield {"_ignored": "a period of nobody"}
    for who in people:
        span = {"started_at": start, "ended_at": end}
        yield {**head, "entry_kind": kind, "person": who, **span}


def _people(period: Row) -> list[str]:
    recipient = part(period, "recipient") or part(period, "responder")
    kind = str(recipient.get("type") or "").lower()
    if kind in _NOBODY:
        return []
    if kind == "user":
        return [person(recipient)]
    flat = [it for it in objects(period, "flattenedRecipients") if it.get("type") == "user"]
    if not flat:
        raise UnreadableError(f"on call is a {kind:.20}, and it does not say who of it")
    return [person(it) for it in flat]


def _levels(escalation: Row) -> Iterator[Row]:
    rules = objects(escalation, "rules")
    delays = sorted({_delay(rule) for rule in rules})
    for rule in rules:
        recipient = part(rule, "recipient")
        if recipient.get("type") != "schedule" or rule.get("notifyType") in _NOT_ON_CALL:
            yield {"_ignored": "a rule that does not call who is on call"}
            continue
        yield {
            "escalation_id": required(escalation, "id"),
            "escalation_name": escalation.get("name"),
            "schedule_id": required(recipient, "id"),
            "level": delays.index(_delay(rule)) + 1,
        }


def _delay(rule: Row) -> float:
    delay = rule.get("delay") or 0
    if isinstance(delay, Mapping):
        unit = str(delay.get("timeUnit") or "minutes").lower()
        return float(delay.get("timeAmount") or 0) * _MINUTES.get(unit, 1)
    return float(delay)


TABLES = (
    SnapshotTable(
        "schedule_entries",
        columns(
            "schedule_id schedule_name entry_kind person",
            "started_at ended_at window_since window_until",
        ),
        decode_timeline,
    ),
    SnapshotTable(
        "escalations",
        columns("escalation_id escalation_name schedule_id", level="BIGINT"),
        decode_escalations,
    ),
    SERVICES,
    ALERTS,
)
