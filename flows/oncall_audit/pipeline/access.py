"""Access control as plain functions, each under the workspace's lock: verbs and flows call them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from oncall_audit.control import approval, looking, plans, records, shifting, targets
from oncall_audit.control.applying import Application, Applied
from oncall_audit.control.knowledge import Knowledge, know
from oncall_audit.control.making import make
from oncall_audit.control.model import Plan
from oncall_audit.control.providers.base import Provider
from oncall_audit.control.shifting import ShiftRun
from oncall_audit.control.verifying import Verified, verify
from oncall_audit.control.warning import reminder
from oncall_audit.errors import AuditError, CheckFailed
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.run import Progress, silent
from oncall_audit.pipeline.status import staleness
from oncall_audit.policy import load_policy
from oncall_audit.workspace import Workspace

_PATIENCE_SECONDS = 3600.0


@dataclass(frozen=True)
class Carried:
    """What became of a plan, and the reminders to send."""

    applied: Applied
    reminders: list[Path]


def opened(workspace: Workspace, at: datetime | None) -> Knowledge:
    """Return what is published, as of `at` or now; raise `CheckFailed` while that is stale."""
    if stale := staleness(workspace):
        raise CheckFailed(f"Nothing is planned or changed by an old audit. {stale}")
    return know(workspace, load_policy(workspace), at or datetime.now(UTC))


def systems(workspace: Workspace) -> dict[str, Provider]:
    """Return the provider of every system that the configuration lets be changed."""
    return looking.providers(targets.load(workspace))


def plan(
    workspace: Workspace,
    *,
    at: datetime | None = None,
    by_snapshot: bool = False,
    out: Path | None = None,
    report: Progress = silent,
) -> tuple[Plan, Path]:
    """Write a plan of what is due at an instant, now if not given; return it and where it is."""
    knowledge = opened(workspace, at)
    report("plan", "reading what is held")
    # What is held now says nothing of another instant.
    live = {} if by_snapshot or at else looking.live(systems(workspace))
    now = at or datetime.now(UTC)
    made = make(knowledge, records.read(workspace), created_at=now, live=live)
    path = out or workspace.plans / f"{made.as_of:%Y%m%dT%H%M%SZ}.yml"
    plans.save(made, path)
    return made, path


def approve(workspace: Workspace, made: Plan, who: str, *, report: Progress = silent) -> str:
    """Record that somebody approves exactly this plan; return the directory's id of them."""
    with _alone(workspace, report):
        now = datetime.now(UTC)
        return approval.approve(workspace, opened(workspace, now), made, who, now)


def is_approved(workspace: Workspace, made: Plan) -> bool:
    """Say whether somebody has approved exactly this plan."""
    return approval.approval_of(records.read(workspace), plans.sha256(made)) is not None


def carry_out(workspace: Workspace, made: Plan, *, report: Progress = silent) -> Carried:
    """Make every change of an approved plan that is not made yet, as far as it is still due."""
    with _alone(workspace, report):
        knowledge = opened(workspace, None)
        providers = systems(workspace)
        obstacle = looking.obstacle(knowledge, providers)
        attempt = Application(workspace, knowledge.policy, providers, obstacle, report)
        applied = attempt.apply(made)
        return Carried(applied, _remind(workspace, knowledge, made, applied.steps))


def prove(
    workspace: Workspace, *, by_snapshot: bool = False, report: Progress = silent
) -> Verified:
    """Prove every change that was made: by what systems say now, else by the last snapshot."""
    with _alone(workspace, report):
        report("verify", "reading what is held")
        now = datetime.now(UTC)
        knowledge = opened(workspace, now)
        seen = looking.seen_in_snapshots(knowledge)
        if not by_snapshot:
            seen |= looking.seen_live(looking.live(systems(workspace)), now)
        desired = looking.desired_at(knowledge)
        return verify(workspace, seen, by="oncall-audit", at=now, desired=desired)


def shift(workspace: Workspace, *, report: Progress = silent) -> ShiftRun:
    """Make what the policy lets happen by itself as shifts begin and end; record a failure."""
    with _alone(workspace, report):
        now = datetime.now(UTC)
        try:
            return shifting.run(
                workspace, opened(workspace, now), systems(workspace), report=report
            )
        except AuditError as error:
            records.write(workspace, "alarmed", "", by="oncall-audit", at=now, message=str(error))
            raise


def shift_plan(workspace: Workspace, at: datetime) -> Plan:
    """Return what `shift` would do at an instant, if what is held now were held then."""
    live = looking.live(systems(workspace))
    return shifting.automatic_plan(workspace, opened(workspace, at), live)


@contextmanager
def _alone(workspace: Workspace, report: Progress) -> Iterator[None]:
    with exclusive(
        workspace,
        patience_seconds=_PATIENCE_SECONDS,
        on_wait=lambda message: report("wait", message),
    ):
        yield


def _remind(
    workspace: Workspace, knowledge: Knowledge, made: Plan, steps: dict[str, str]
) -> list[Path]:
    written = []
    for change in made.changes:
        if steps.get(change.change_id) == "warned":
            path = workspace.plans / f"reminder-{change.change_id}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(reminder(knowledge, change), encoding="utf-8")
            written.append(path)
    return written
