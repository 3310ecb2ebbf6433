"""Tells how the audit stands, at the end of every run: status, status page, metrics, log."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from oncall_audit.errors import AuditError
from oncall_audit.pipeline import journal, measures, server, status
from oncall_audit.pipeline.run import Run
from oncall_audit.pipeline.status import Status
from oncall_audit.workspace import Workspace

Results = Mapping[str, Mapping[str, Any]]


def begun(run: Run) -> None:
    """Tell the log that a run begins."""
    plain = run.plain()
    about = {name: plain[name] for name in ("since", "until", "full_refresh", "incident")}
    journal.note(run, "run_started", **about)


def passed(run: Run, stage: str, seconds: float, result: Mapping[str, Any]) -> None:
    """Tell the log that a stage ended well."""
    journal.note(run, "stage", stage=stage, seconds=seconds, rows=measures.rows(result))


def published(run: Run, facts: Mapping[str, Any], measured: list[dict[str, Any]]) -> None:
    """Tell everybody that a run published. Of an incident's own report only the log knows."""
    counted = {"findings": facts["findings"], "new_findings": len(facts["new_findings"])}
    journal.note(run, "run_published", state=facts["state"], **counted)
    if run.incident:
        return
    said = {name: facts[name] for name in ("state", "messages", "blind_hours")}
    found = {**_about(run, measured), **counted, **said}
    status.mark_published(run.workspace, run.run_id, found)
    _show(run)


def failed(run: Run, reason: str, measured: list[dict[str, Any]], stage: str | None) -> None:
    """Tell everybody that a run failed, in which stage and why."""
    if not run.incident:
        # First: where the disk is full, the log finds no room.
        last = {**_about(run, measured), "state": "failed", "stage": stage}
        status.mark_stale(run.workspace, run.started_at, reason, last)
    journal.note(run, "run_failed", stage=stage, reason=reason)
    if not run.incident:
        _show(run)


def show(workspace: Workspace) -> None:
    """Write status page and metrics anew from the status, overdue reviews and the next run."""
    from oncall_audit.pipeline.metrics import exposition
    from oncall_audit.reports.status_page import status_page

    now = datetime.now(UTC)
    found: Status = {
        **status.read_status(workspace),
        "overdue_reviews": _overdue(workspace, now),
        "next_run": _next_run(now),
    }
    status.replace(workspace.status_page, status_page(found, workspace.root.name, now))
    status.replace(workspace.metrics, exposition(found))


def _show(run: Run) -> None:
    try:
        show(run.workspace)
    except Exception as error:  # noqa: BLE001 - neither a publication nor a failure may be lost by it
        journal.note(run, "status_not_shown", reason=f"{type(error).__name__}: {error}")


def _about(run: Run, measured: list[dict[str, Any]]) -> Status:
    return {
        "run_id": run.run_id,
        "started_at": run.started_at.isoformat(),
        "ended_at": datetime.now(UTC).isoformat(),
        "since": run.window.since.isoformat(),
        "until": run.window.until.isoformat(),
        "measures": measured,
    }


def _overdue(workspace: Workspace, now: datetime) -> list[str] | None:
    from oncall_audit.pipeline.reviews import desk

    with contextlib.suppress(AuditError):
        return [
            f"Review {it.period.name} is {it.sentence}." for it in desk(workspace).outstanding(now)
        ]
    return None


def _next_run(now: datetime) -> str | None:
    url = os.environ.get("PREFECT_API_URL")
    return server.next_run(url, now) if url else None
