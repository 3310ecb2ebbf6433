"""Carries out an approved plan: each step recorded before and after, each safe to do again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from oncall_audit.control import plans, records
from oncall_audit.control.approval import approval_of, refuse_stale
from oncall_audit.control.model import Change, Plan
from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ConfigurationError, ControlError
from oncall_audit.policy import Policy
from oncall_audit.workspace import Workspace

TRIES = 3
_DONE = ("applied", "verified", "warned", "skipped")

Still = Callable[[Change], str | None]
Report = Callable[[str, str], None]


@dataclass
class Applied:
    """What became of a plan's changes, by change id."""

    steps: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Application:
    """One attempt to carry out a plan. `clock` gives aware times, `wait` takes seconds.

    `obstacle` looks at a change once more just before it is made, and says what speaks against it
    by now.
    """

    workspace: Workspace
    policy: Policy
    providers: Mapping[str, Provider]
    obstacle: Still
    report: Report = lambda _stage, _detail: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    wait: Callable[[float], None] = time.sleep

    def apply(self, plan: Plan) -> Applied:
        """Make every change that is not made yet; raise where the plan may not be applied."""
        digest = plans.sha256(plan)
        known = records.read(self.workspace)
        approval = approval_of(known, digest)
        if approval is None:
            raise ConfigurationError(
                "Nobody has approved this plan. See what it does with 'oncall-audit access show',"
                " then 'oncall-audit access approve PLAN --by WHO'."
            )
        refuse_stale(plan, self.policy, self.clock())
        self._refuse_unknown(plan)
        result, last = Applied(), records.last_steps(known, digest)
        for change in _grants_first(plan.changes):
            before = last.get(change.change_id, {}).get("step")
            step = before if before in _DONE else self._make(digest, change, approval["by"], result)
            result.steps[change.change_id] = str(step)
        return result

    def _refuse_unknown(self, plan: Plan) -> None:
        systems = {it.right.system for it in plan.changes if it.action != "warn"}
        if missing := sorted(systems - set(self.providers)):
            raise ConfigurationError(
                f"Nothing under `control:` in {self.workspace.config.name} changes"
                f" {', '.join(missing)}. Name a target for it, or take it out of `managed`."
            )

    def _make(self, digest: str, change: Change, approver: str, result: Applied) -> records.Step:
        self.report("apply", f"{change.action} {change.right.permission} {change.right.account}")
        if against := self.obstacle(change):
            self._note("skipped", digest, change, approver, against)
            return "skipped"
        if change.action == "warn":
            self._note("warned", digest, change, approver, change.explanation)
            return "warned"
        self._note("started", digest, change, approver)
        try:
            self._try(change)
        except ControlError as error:
            self._note("failed", digest, change, approver, str(error))
            result.problems.append(str(error))
            return "failed"
        self._note("applied", digest, change, approver)
        return "applied"

    def _try(self, change: Change) -> None:
        provider = self.providers[change.right.system]
        # Jitter spreads retries; nothing secret depends on it.
        spread = Random(change.change_id)  # noqa: S311
        for attempt in range(1, TRIES + 1):
            try:
                if change.action == "grant":
                    provider.grant(change.right, change.until)
                else:
                    provider.revoke(change.right)
            except ControlError:
                if attempt == TRIES:
                    raise
                self.wait(2.0**attempt * spread.uniform(0.5, 1))
            else:
                return

    def _note(
        self, step: records.Step, digest: str, change: Change, by: str, message: str = ""
    ) -> None:
        records.write(
            self.workspace, step, digest, by=by, at=self.clock(), change=change, message=message
        )


def _grants_first(changes: Iterable[Change]) -> list[Change]:
    # At a hand-over nobody may be left without access, if only for a moment.
    return sorted(changes, key=lambda it: it.action != "grant")
