"""How the audit stands: what is published, since when that is stale and why, and what ran last.

Kept in `data/status.json`; the status page and the metrics are two ways to show it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.workspace import Workspace

Status = dict[str, Any]


def read_status(workspace: Workspace) -> Status:
    """Return `data/status.json`, or nothing before the first run."""
    path = workspace.data / "status.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def mark_published(workspace: Workspace, run_id: str, last: Status) -> None:
    """Note that this run is the one that is published, and what it came to."""
    said = {"run_id": run_id, "stale_since": None, "published": last, "last": last}
    _write(workspace, said)


def mark_stale(workspace: Workspace, since: datetime, reason: str, last: Status) -> None:
    """Note that a run failed: the publication is stale since the first one that did."""
    status = read_status(workspace)
    if status.get("stale_since") is None:
        status["stale_since"] = since.isoformat()
    try:
        _write(workspace, {**status, "reason": reason, "last": last})
    except OSError:
        # Where the disk is full, what readers must know may still find room.
        short = {name: status.get(name) for name in ("run_id", "stale_since")}
        _write(workspace, {**short, "reason": reason})


def staleness(workspace: Workspace) -> str | None:
    """Say since when what is published is stale and why; None while the last run published."""
    status = read_status(workspace)
    if status.get("stale_since") is None or not workspace.published.exists():
        return None
    since = datetime.fromisoformat(status["stale_since"]).astimezone(UTC)
    return f"Stale since {since:%Y-%m-%d %H:%M} UTC: {status.get('reason') or 'a run failed.'}"


def replace(path: Path, text: str) -> None:
    """Write a file for others to read: they see the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def _write(workspace: Workspace, status: Status) -> None:
    replace(workspace.data / "status.json", json.dumps(status, indent=1, default=str))
