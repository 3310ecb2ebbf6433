"""Which span of time an incident's audit covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from oncall_audit.connectors.base import Window
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.pipeline import incidents
from oncall_audit.settings import load
from oncall_audit.warehouse.connection import connect_published, literal
from oncall_audit.workspace import Workspace

# Access that belongs to an incident begins before anyone opens it and ends after it is resolved.
MARGIN = timedelta(hours=1)
# One that no audit has read yet is not older than that.
_RECENT = timedelta(days=30)

Times = tuple[datetime, datetime | None]


def incident_window(
    root: Path, incident_id: str, since: datetime | None, until: datetime | None
) -> Window:
    """Return the given window, or the incident's own with a margin.

    That is as last published; of one that is not, or was still open, as its source says now.
    """
    if since and until:
        return Window(since, until)
    now, workspace = datetime.now(UTC), Workspace(root.resolve())
    published = _published_times(workspace, incident_id)
    begun, ended = (
        published
        if published and published[1]
        else _told_times(workspace, incident_id, now, published)
    )
    return Window(since or begun - MARGIN, until or min((ended or now) + MARGIN, now))


def _told_times(
    workspace: Workspace, incident_id: str, now: datetime, published: Times | None
) -> Times:
    problem = ""
    try:
        seen = incidents.read(workspace, load(workspace), Window(now - _RECENT, now))
        if it := seen.get(incident_id):
            return it.started_at, it.ended_at
    except SourceError as error:
        problem = f" {error}"
    if published:
        return published
    raise ConfigurationError(
        f"Incident {incident_id} is neither in the published audit of {workspace.root} nor told by"
        f" an incident source.{problem} Look at the id, or give both --since and --until."
    )


def _published_times(workspace: Workspace, incident_id: str) -> Times | None:
    if not workspace.published.exists():
        return None
    with connect_published(workspace.published) as published:
        try:
            row = published.execute(
                "select started_at, ended_at from audit.incidents"
                f" where incident_id = {literal(incident_id)}"
            ).fetchone()
        except duckdb.Error:
            return None
    if row is None or row[0] is None:
        return None
    begun, ended = row
    return begun.replace(tzinfo=UTC), ended.replace(tzinfo=UTC) if ended else None
