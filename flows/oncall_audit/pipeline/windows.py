"""Which span of time an incident's audit covers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from oncall_audit.connectors.base import Window
from oncall_audit.errors import ConfigurationError
from oncall_audit.warehouse.connection import connect_published, literal
from oncall_audit.workspace import Workspace

# Access that belongs to an incident begins before anyone opens it and ends after it is resolved.
MARGIN = timedelta(hours=1)


def incident_window(
    root: Path, incident_id: str, since: datetime | None, until: datetime | None
) -> Window:
    """Return the given window, or the incident's own as last published, with a margin."""
    if since and until:
        return Window(since, until)
    begun, ended = _published_times(Workspace(root.resolve()), incident_id)
    return Window(since or begun - MARGIN, until or min(ended + MARGIN, datetime.now(UTC)))


def _published_times(workspace: Workspace, incident_id: str) -> tuple[datetime, datetime]:
    remedy = "Run `oncall-audit run` first, or give both --since and --until."
    if not workspace.published.exists():
        raise ConfigurationError(f"Nothing is published yet in {workspace.root}. {remedy}")
    with connect_published(workspace.published) as published:
        try:
            row = published.execute(
                "select started_at, ended_at from audit.incidents"
                f" where incident_id = {literal(incident_id)}"
            ).fetchone()
        except duckdb.Error:
            row = None
    if row is None:
        raise ConfigurationError(
            f"Incident {incident_id} is not in the published audit of {workspace.root}. {remedy}"
        )
    begun, ended = (value.replace(tzinfo=UTC) if value else None for value in row)
    return begun or datetime.now(UTC), ended or datetime.now(UTC)
