"""What the incident sources say now, before any audit has read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from oncall_audit.connectors.base import Connector, File, Page, SnapshotTable, Window
from oncall_audit.connectors.times import read_time
from oncall_audit.landing.peek import peek
from oncall_audit.settings import Settings
from oncall_audit.workspace import Workspace

# What systems call one thing, as the model of observed incidents has it.
_TABLE = "incidents"
_SEVERITY = ("severity", "priority", "urgency")
_SERVICE = ("service", "service_name")
_BEGUN = ("started_at", "created_at")
_ENDED = ("ended_at", "resolved_at")


@dataclass(frozen=True, slots=True)
class Seen:
    """One incident as its system has it; `ended_at` is None while it is open."""

    incident_id: str
    severity: str | None
    services: tuple[str, ...]
    started_at: datetime
    ended_at: datetime | None
    observed_at: datetime


def read(workspace: Workspace, settings: Settings, window: Window) -> dict[str, Seen]:
    """Return the incidents of the window by id, each as it was last seen.

    Raise `SourceError` if a source cannot be read: no incident is not the same as not knowing.
    """
    found: dict[str, Seen] = {}
    for it in _all(workspace, settings, window):
        known = found.get(it.incident_id)
        if known is None or it.observed_at >= known.observed_at:
            found[it.incident_id] = it
    return found


def has_source(workspace: Workspace, settings: Settings) -> bool:
    """Say whether any source tells of incidents."""
    return any(_table(it.connector(workspace.root)) for it in settings.sources)


def _all(workspace: Workspace, settings: Settings, window: Window) -> Iterator[Seen]:
    for source in settings.sources:
        connector = source.connector(workspace.root)
        if table := _table(connector):
            for row in peek(table, _items(connector, window)):
                yield from _seen(row)


def _table(connector: Connector) -> SnapshotTable | None:
    tables = (it for it in connector.tables if isinstance(it, SnapshotTable))
    return next((it for it in tables if it.name == _TABLE), None)


def _items(connector: Connector, window: Window) -> Iterable[File | Page]:
    alone = getattr(connector, "read_incidents", None)
    found: Iterable[File | Page] = alone(window) if alone else connector.read(window)
    return found


def _seen(row: dict[str, Any]) -> Iterator[Seen]:
    started_at = read_time(_first(row, _BEGUN))
    if started_at and row.get("incident_id"):
        service = _first(row, _SERVICE)
        yield Seen(
            str(row["incident_id"]),
            _first(row, _SEVERITY),
            tuple(it for it in (service, row.get("service_id")) if it),
            started_at,
            read_time(_first(row, _ENDED)),
            row["observed_at"],
        )


def _first(row: dict[str, Any], names: Iterable[str]) -> Any:
    return next((row[name] for name in names if row.get(name)), None)
