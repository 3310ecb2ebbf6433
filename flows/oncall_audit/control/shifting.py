"""Grants for the shift and takes back after it: whatever is due by now, and when to look again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from oncall_audit.control import approval, looking, plans, records
from oncall_audit.control.applying import Application, Applied, Report
from oncall_audit.control.guards import unknown_schedule
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.making import make
from oncall_audit.control.model import Change, Held, HeldBack, Plan
from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ConfigurationError, ControlError
from oncall_audit.workspace import Workspace

# Limits that say that what is known is too old or too little: somebody has to look at once.
_ALARMING = {"schedule", "snapshot", "audit", "max_changes", "max_percent", "unread"}
_OWN = ("owner", "The owner of automatic changes cannot approve changes of their own access.")
_RETRY_AFTER = timedelta(minutes=15)

Live = Mapping[str, Iterable[Held]]


@dataclass
class ShiftRun:
    """What one run did, and when the next one is due (aware); None if no change is known of."""

    plan: Plan
    applied: Applied = field(default_factory=Applied)
    alarms: list[str] = field(default_factory=list)
    next_at: datetime | None = None


def automatic_plan(workspace: Workspace, knowledge: Knowledge, live: Live) -> Plan:
    """Return the plan of what the policy lets happen by itself; all else is held back.

    `live` is what systems were seen to hold just now; in others nothing is changed.
    """
    control = knowledge.policy.control
    if not control.automatic:
        raise ConfigurationError(
            "The policy lets nothing happen by itself: name reasons in `control: automatic`."
        )
    owner = approval.person(knowledge, control.owner or "")
    created_at = knowledge.at.replace(tzinfo=UTC)
    plan = make(knowledge, records.read(workspace), created_at=created_at, live=live)
    kept: list[Change] = []
    held_back = list(plan.held_back)
    for change in plan.changes:
        if change.reason not in control.automatic:
            continue
        if change.right.system not in live:
            held_back.append(HeldBack(change, "unread", _unread(change.right.system)))
        elif change.engineer_id == owner:
            held_back.append(HeldBack(change, *_OWN))
        else:
            kept.append(change)
    return replace(plan, changes=tuple(kept), held_back=tuple(held_back))


def run(
    workspace: Workspace,
    knowledge: Knowledge,
    providers: Mapping[str, Provider],
    *,
    report: Report = lambda _stage, _detail: None,
    wait: Callable[[float], None] = time.sleep,
) -> ShiftRun:
    """Make every automatic change that is due at the instant of `knowledge`, however late."""
    at = knowledge.at.replace(tzinfo=UTC)
    live, unread = _read(providers)
    plan = automatic_plan(workspace, knowledge, live)
    done = ShiftRun(plan, alarms=[*unread, *_alarms(knowledge, plan)])
    if plan.changes:
        plans.save(plan, workspace.plans / f"shifts-{at:%Y%m%dT%H%M%SZ}.yml")
        approval.approve(workspace, knowledge, plan, knowledge.policy.control.owner or "", at)
        application = Application(
            workspace,
            knowledge.policy,
            providers,
            looking.obstacle(knowledge, live),
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
    is_to_retry = bool(unread or done.applied.problems)
    done.next_at = _next(knowledge, live, at + _RETRY_AFTER if is_to_retry else None)
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


def _next(knowledge: Knowledge, live: Live, retry_at: datetime | None) -> datetime | None:
    at = knowledge.at.replace(tzinfo=UTC)
    # A right may end by itself before it should, as when a shift has grown since.
    ends = (
        it.expires_at
        for rights in live.values()
        for it in rights
        if it.expires_at and it.expires_at > at and knowledge.is_managed(it.right)
    )
    return min((it for it in (next_boundary(knowledge), retry_at, *ends) if it), default=None)


def _read(providers: Mapping[str, Provider]) -> tuple[dict[str, list[Held]], list[str]]:
    """Return what each system says is held, and of those that cannot be asked, why."""
    live, problems = {}, []
    for system, provider in providers.items():
        try:
            live[system] = list(provider.held())
        except ControlError as error:
            problems.append(str(error))
    return live, problems


def _unread(system: str) -> str:
    return f"What {system} holds cannot be read, or nothing under `control:` changes it."


def _alarms(knowledge: Knowledge, plan: Plan) -> list[str]:
    automatic = knowledge.policy.control.automatic
    held_back = {
        it.explanation
        for it in plan.held_back
        if it.limit in _ALARMING and it.change.reason in automatic
    }
    # Also where nothing is held back for it: a shift that is not known of gives nobody anything.
    problem = unknown_schedule(knowledge)
    return sorted(held_back | ({problem} if problem else set()))
