"""How the answers of LinkedIn's oncall become rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

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


@dataclass(frozen=True, slots=True)
class Events:
    """Reads the events of a team; `roles` tells in which somebody is called, and at which level."""

    roles: Mapping[str, int]

    def __call__(self, document: Any, context: Row) -> Iterator[Row]:
        """Yield a row for each shift, and one of nobody for each role without any."""
        found = listed(document, "events")
        head = {
            "team": required(context, "team"),
            "window_since": read_time(required(context, "window_since")),
            "window_until": read_time(required(context, "window_until")),
        }
        yield from rows(found, lambda event: self._event(event, head))
        taken = {it.get("role") for it in found if isinstance(it, Mapping)}
        for role in self.roles.keys() - taken:
            # That nobody is on call is an answer too, and takes the place of an earlier one.
            yield {**head, "role": role, "level": self.roles[role], "username": None}

    def _event(self, event: Row, head: Row) -> Iterator[Row]:
        role = str(required(event, "role"))
        if role not in self.roles:
            yield {"_ignored": f"an event of a role that is not called ({role:.40})"}
            return
        if required(event, "team") != head["team"]:
            raise UnreadableError("it is of another team than was asked for")
        started, ended = _span(event)
        yield {
            **head,
            "event_id": str(required(event, "id")),
            "role": role,
            "level": self.roles[role],
            "username": required(event, "user"),
            "full_name": event.get("full_name"),
            "started_at": started,
            "ended_at": ended,
        }


def decode_changes(document: Any, _context: Row) -> Iterator[Row]:
    """Yield the events that an override made, or a swap gave to somebody else."""
    return rows(listed(document, "audit"), _change)


def _change(entry: Row) -> Iterator[Row]:
    action = str(required(entry, "action"))
    if action not in {"event_substituted", "event_swapped"}:
        yield {"_ignored": f"no change of who is called ({action:.40})"}
        return
    told = orjson.loads(str(required(entry, "context")))
    for event in _changed(action, told):
        yield {
            "event_id": str(required(event, "id")),
            "action": action,
            "team": entry.get("team"),
            "changed_by": entry.get("owner"),
            "changed_at": read_time(required(entry, "timestamp")),
        }


def _changed(action: str, told: Any) -> list[Row]:
    context = part({"context": told}, "context")
    if action == "event_swapped":
        sides = context.get("events_swapped") or []
        return [event for side in sides for event in _objects(side)]
    # An override also lists what is left of the events that it cut: those are the others'.
    taker = part(context, "request_body").get("user")
    return [it for it in _objects(context.get("new_events")) if it.get("user") == taker]


def _objects(found: Any) -> list[Row]:
    return [it for it in found if isinstance(it, Mapping)] if isinstance(found, list) else []


def _span(event: Row) -> tuple[datetime, datetime]:
    started, ended = read_time(required(event, "start")), read_time(required(event, "end"))
    if started is None or ended is None or started >= ended:
        raise UnreadableError("the shift ends before it starts")
    return started, ended


def events(decode: Events) -> SnapshotTable:
    """Declare the table of events, read as the source says."""
    return SnapshotTable(
        "events",
        columns(
            "event_id team role username full_name",
            "started_at ended_at window_since window_until",
            level="BIGINT",
        ),
        decode,
    )


CHANGES = SnapshotTable(
    "changed_events",
    columns("event_id action team changed_by", "changed_at"),
    decode_changes,
)
