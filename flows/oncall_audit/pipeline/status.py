"""Which run is published and, if a later one failed, since when that is stale and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from oncall_audit.workspace import Workspace

Status = dict[str, Any]


def read_status(workspace: Workspace) -> Status:
    """Return `data/status.json`, or nothing before the first run."""
    path = workspace.data / "status.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def mark_published(workspace: Workspace, run_id: str) -> None:
    """Note that this run is the one that is published."""
    _write(workspace, {"run_id": run_id, "stale_since": None})


def mark_stale(workspace: Workspace, since: datetime, reason: str) -> None:
    """Note that a run failed: the publication is stale since the first one that did."""
    status = read_status(workspace)
    if status.get("stale_since") is None:
        status["stale_since"] = since.isoformat()
    _write(workspace, {**status, "reason": reason})


def staleness(workspace: Workspace) -> str | None:
    """Say since when what is published is stale and why; None while the last run published."""
    status = read_status(workspace)
    if status.get("stale_since") is None or not workspace.published.exists():
        return None
    since = datetime.fromisoformat(status["stale_since"]).astimezone(UTC)
    return f"Stale since {since:%Y-%m-%d %H:%M} UTC: {status.get('reason') or 'a run failed.'}"


def _write(workspace: Workspace, status: Status) -> None:
    temporary = workspace.data / ".status.json"
    temporary.write_text(json.dumps(status, indent=1), encoding="utf-8")
    temporary.replace(workspace.data / "status.json")
