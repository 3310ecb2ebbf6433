"""Grants for the shift and takes back after it: whatever is due by now, and when to look again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from oncall_audit.control import approval, looking, plans, records
from oncall_audit.control.applying import Application, Applied, Report
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.making import make
from oncall_audit.control.model import HeldBack, Plan
from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import Workspace

# Limits that say that what is known is too old or too little: somebody has to look at once.
_ALARMING = {"schedule", "snapshot", "audit", "max_changes", "max_percent"}
_OWN = ("owner", "The owner of automatic changes cannot approve changes of their own access.")


@dataclass
class ShiftRun:
    """What one run did, and when the next change is due (aware); None if none is known of."""

    plan: Plan
    applied: Applied = field(default_factory=Applied)
    alarms: list[str] = field(default_factory=list)
    next_at: datetime | None = None


def automatic_plan(
    workspace: Workspace, knowledge: Knowledge, providers: dict[str, Provider]
) -> Plan:
    """Return the plan of what the policy lets happen by itself; all else is held back."""
    control = knowledge.policy.control
    if not control.automatic:
        raise ConfigurationError(
            "The policy lets nothing happen by itself: name reasons in `control: automatic`."
        )
    owner = approval.person(knowledge, control.owner or "")
    plan = make(
        knowledge,
        records.read(workspace),
        created_at=knowledge.at.replace(tzinfo=UTC),
        live=looking.live(providers),
    )
    chosen = [it for it in plan.changes if it.reason in control.automatic]
    own = [it for it in chosen if it.engineer_id == owner]
    held_back = (*plan.held_back, *(HeldBack(it, *_OWN) for it in own))
    kept = tuple(it for it in chosen if it not in own)
    return replace(plan, changes=kept, held_back=held_back)


def run(
    workspace: Workspace,
    knowledge: Knowledge,
    providers: dict[str, Provider],
    *,
    report: Report = lambda _stage, _detail: None,
    wait: Callable[[float], None] = time.sleep,
) -> ShiftRun:
    """Make every automatic change that is due at the instant of `knowledge`, however late."""
    at = knowledge.at.replace(tzinfo=UTC)
    plan = automatic_plan(workspace, knowledge, providers)
    done = ShiftRun(plan, alarms=_alarms(knowledge, plan), next_at=next_boundary(knowledge))
    if plan.changes:
        plans.save(plan, workspace.plans / f"shifts-{at:%Y%m%dT%H%M%SZ}.yml")
        approval.approve(workspace, knowledge, plan, knowledge.policy.control.owner or "", at)
        application = Application(
            workspace,
            knowledge.policy,
            providers,
            looking.obstacle(knowledge, providers),
            report,
            clock=lambda: at,
            wait=wait,
        )
        done.applied = application.apply(plan)
    done.alarms += done.applied.problems
    for alarm in done.alarms:
        records.write(
            workspace, "alarmed", plans.sha256(plan), by="oncall-audit", at=at, message=alarm
        )
    return done


def next_boundary(knowledge: Knowledge) -> datetime | None:
    """Return when the next managed right begins or ends to be desired, after the instant."""
    bounds = (
        bound
        for row in knowledge.intervals
        if knowledge.native(row["resource_id"], row["permission"])
        for bound in (row["valid_from"], row["valid_until"])
    )
    later = min((bound for bound in bounds if bound and bound > knowledge.at), default=None)
    return later.replace(tzinfo=UTC) if later else None


def _alarms(knowledge: Knowledge, plan: Plan) -> list[str]:
    automatic = knowledge.policy.control.automatic
    return sorted(
        {
            it.explanation
            for it in plan.held_back
            if it.limit in _ALARMING and it.change.reason in automatic
        }
    )
