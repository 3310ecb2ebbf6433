"""Who may approve a plan, and whether one was approved and may still be applied."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from oncall_audit.control import plans, records
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.model import Plan
from oncall_audit.control.records import Record
from oncall_audit.errors import ConfigurationError
from oncall_audit.policy import Policy
from oncall_audit.reports.published import Row
from oncall_audit.workspace import Workspace


def approve(workspace: Workspace, knowledge: Knowledge, plan: Plan, who: str, at: datetime) -> str:
    """Record that somebody approves exactly this plan; return the directory's id of them.

    Raise `ConfigurationError` if they are not employed people of the directory, if the plan
    changes their own access, or if it is stale.
    """
    approver = person(knowledge, who)
    own = [change for change in plan.changes if change.engineer_id == approver]
    if own:
        raise ConfigurationError(
            f"{who} cannot approve this plan, for it changes their own access"
            f" ({own[0].action} {own[0].right.permission} on {own[0].right.resource_name})."
            " Somebody else has to."
        )
    refuse_stale(plan, knowledge.policy, at)
    digest = plans.sha256(plan)
    if approval_of(records.read(workspace), digest) is None:
        for change in plan.changes:
            records.write(workspace, "planned", digest, by="oncall-audit", at=at, change=change)
        records.write(workspace, "approved", digest, by=approver, at=at)
    return approver


def person(knowledge: Knowledge, who: str) -> str:
    """Return the id of the one person of the directory with this id or e-mail."""
    said = who.strip().casefold()
    found = [
        row
        for row in knowledge.people.values()
        if said in (str(row["engineer_id"]).casefold(), str(row["email"] or "").casefold())
    ]
    if len(found) != 1:
        raise ConfigurationError(
            f"The directory does not know '{who}'. Give the id or the e-mail of one of its people."
        )
    if not _is_employed(found[0], knowledge.at):
        raise ConfigurationError(f"{who} is not employed any more, so they can approve nothing.")
    return str(found[0]["engineer_id"])


def refuse_stale(plan: Plan, policy: Policy, now: datetime) -> None:
    """Raise `ConfigurationError` when the plan is too old, of a time to come, or another policy."""
    age = now - plan.as_of
    if age < timedelta(0):
        raise ConfigurationError(
            f"The plan is of a time to come, {plan.as_of:%Y-%m-%d %H:%M} UTC. Make one then: what"
            " is due may have changed by that time."
        )
    if age > timedelta(hours=policy.control.plan_valid_hours):
        raise ConfigurationError(
            f"The plan is of {plan.as_of:%Y-%m-%d %H:%M} UTC and stale: the policy lets one be"
            f" applied for {policy.control.plan_valid_hours:g} h. Make a new one."
        )
    if plan.policy_sha256 != policy.sha256:
        raise ConfigurationError("The policy was changed since the plan was made. Make a new one.")


def approval_of(found: Iterable[Record], digest: str) -> Record | None:
    """Return the record of the approval of a plan, or None."""
    return next(
        (it for it in found if it["step"] == "approved" and it["plan_sha256"] == digest), None
    )


def _is_employed(row: Row, at: datetime) -> bool:
    now = at.replace(tzinfo=UTC)
    started, ended = (
        row[name].replace(tzinfo=UTC) if row[name] else None for name in ("started_at", "ended_at")
    )
    return (started is None or started <= now) and (ended is None or ended > now)
