"""The watch over incidents as a Prefect flow: it starts the audits of those that are over."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from prefect import flow, get_run_logger
from prefect.deployments import run_deployment

from oncall_audit.pipeline import incidents, lateness, watching
from oncall_audit.pipeline.flows import workspace_root
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

Plain = dict[str, Any]

_AUDIT = "incident/incident"


@flow(name="watch", persist_result=False, timeout_seconds=600)
def watch(workspace: str = ".") -> Plain:
    """Start the audit of each major incident that is over, and a day later once more.

    Args:
        workspace: The workspace's folder, on the machine of the worker.
    """
    place = Workspace(workspace_root(workspace))
    now = datetime.now(UTC)
    late = lateness.late(place, load(place))
    if late:
        get_run_logger().warning(late)
    if not incidents.has_source(place, load(place)):
        get_run_logger().info("No source tells of incidents, so there is nothing to watch.")
        return {"started": []}
    due = watching.look(place, now)
    for it in due:
        # Killed between the two, it asks again, and the server knows the key.
        run_deployment(
            _AUDIT,
            parameters={
                "incident_id": it.incident_id,
                "workspace": workspace,
                "unless_audited_since": it.since,
            },
            timeout=0,
            idempotency_key=it.key,
            as_subflow=False,
        )
        watching.note(place, it, now)
        get_run_logger().info("Incident %s is audited: %s.", it.incident_id, _WHY[it.why])
    return {"started": [it.key for it in due]}


_WHY = {
    "resolved": "it is resolved",
    "late_logs": "logs that came late may tell more",
}
