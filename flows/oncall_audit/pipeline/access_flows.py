"""Access control as Prefect flows: changes that wait for a person, and those of a shift."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect import flow, get_run_logger, pause_flow_run, runtime
from prefect.artifacts import create_table_artifact
from prefect.deployments import run_deployment
from prefect.input import RunInput
from pydantic import Field

from oncall_audit.control import plans
from oncall_audit.control.model import Plan
from oncall_audit.errors import ConfigurationError, ControlError
from oncall_audit.pipeline import access as stages
from oncall_audit.pipeline.flows import heard, workspace_root
from oncall_audit.policy import load_policy
from oncall_audit.workspace import Workspace

Plain = dict[str, Any]

_RETRY_AFTER = timedelta(hours=1)
_SHOWN = ("action", "permission", "resource_name", "system", "account", "why")


class Approval(RunInput):
    """Who answers for the plan, and the plan that they mean."""

    approved_by: str = Field(description="Your id or e-mail, as the directory has it.")
    sha256: str = Field(description="The hash of the plan that you have read.")


@flow(name="access", persist_result=False)
def access(workspace: str = ".") -> Plain:
    """Plan the changes of access that are due, wait for an approval, make and prove them.

    Args:
        workspace: The workspace's folder, on the machine of the worker.
    """
    place = Workspace(workspace_root(workspace))
    made, path = stages.plan(place, report=heard())
    digest = plans.sha256(made)
    if not made.changes:
        return {"plan": str(path), "sha256": digest, "approved_by": None, "steps": {}}
    _show(made, digest)
    # Nothing is open here: a run that waits holds neither a lock nor a database.
    said: Approval = pause_flow_run(
        wait_for_input=Approval.with_initial_data(description=_about(made, digest)),
        timeout=int(load_policy(place).control.plan_valid_hours * 3600) or 1,
    )
    if said.sha256.strip() != digest:
        raise ConfigurationError(
            f"The approval is of another plan than {path.name}, so nothing was changed."
        )
    by = stages.approve(place, made, said.approved_by, report=heard())
    carried = stages.carry_out(place, made, report=heard())
    for reminder in carried.reminders:
        get_run_logger().warning("Reminder to send: %s", reminder)
    proof = stages.prove(place, report=heard())
    for it in proof.undone:
        get_run_logger().warning("Undone by somebody: %s %s", it["action"], it["account"])
    if problems := carried.applied.problems:
        raise ControlError(" ".join(problems))
    return {
        "plan": str(path),
        "sha256": digest,
        "approved_by": by,
        "steps": carried.applied.steps,
        "proven": len(proof.verified),
    }


@flow(name="shifts", persist_result=False)
def shifts(workspace: str = ".") -> Plain:
    """Make the changes that the policy lets happen by themselves, and come again for the next.

    Args:
        workspace: The workspace's folder, on the machine of the worker.
    """
    place = Workspace(workspace_root(workspace))
    next_at: datetime | None = datetime.now(UTC) + _RETRY_AFTER
    try:
        done = stages.shift(place, report=heard())
        next_at = done.next_at
    finally:
        _come_again(workspace, next_at)
    if done.alarms:
        raise ControlError(" ".join(done.alarms))
    return {"steps": done.applied.steps, "next_at": next_at.isoformat() if next_at else None}


def _come_again(workspace: str, at: datetime | None) -> None:
    """Schedule the next run of this deployment; once, however many runs ask for it."""
    deployment = runtime.deployment.id
    if at is None or deployment is None:
        get_run_logger().info("No further run was scheduled.")
        return
    run_deployment(
        UUID(deployment),
        parameters={"workspace": workspace},
        scheduled_time=at,
        timeout=0,
        idempotency_key=f"shifts {deployment} {at:%Y-%m-%dT%H:%M}",
        as_subflow=False,
    )
    get_run_logger().info("The next change is due at %s UTC.", f"{at:%Y-%m-%d %H:%M}")


def _show(made: Plan, digest: str) -> None:
    create_table_artifact(
        key="oncall-access-plan",
        table=[{name: it[name] for name in _SHOWN} for it in plans.document(made)["changes"]],
        description=f"The changes of plan {digest}",
    )


def _about(made: Plan, digest: str) -> str:
    lines = [
        f"- {it.action} {it.right.permission} on {it.right.resource_name} ({it.right.system}),"
        f" {it.right.account}: {it.explanation}"
        for it in made.changes
    ]
    return "\n".join([f"Plan `{digest}`", "", *lines])
