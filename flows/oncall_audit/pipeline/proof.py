"""After an audit: whether the changes of access that were made show in its snapshots."""

from __future__ import annotations

from datetime import UTC, datetime

from oncall_audit.control import looking, records
from oncall_audit.control.knowledge import know
from oncall_audit.pipeline.run import Run


def prove(run: Run) -> list[str]:
    """Verify every change by what was published; return a sentence for each that was undone."""
    if not any(it["step"] == "applied" for it in records.read(run.workspace)):
        return []
    now = datetime.now(UTC)
    result = looking.prove(run.workspace, know(run.workspace, run.policy, now), now)
    return [
        f"Somebody has undone a change of access: to {it['action']} {it['permission']} on"
        f" {it['resource_name']} for {it['account']}."
        for it in result.undone
    ]
