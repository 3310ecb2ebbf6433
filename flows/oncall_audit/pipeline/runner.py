"""Runs the stages in order: under the lock, timed, registered, and failures told to readers."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.errors import AuditError, SourceError, SourceMissing
from oncall_audit.evidence import register
from oncall_audit.pipeline import (
    evidence,
    failures,
    knowledge,
    measures,
    proof,
    retaining,
    standing,
    telling,
)
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.run import Outcome, Progress, Run, silent
from oncall_audit.pipeline.stages import (
    FAILED_CHECKS,
    STAGES,
    Done,
    Result,
    extract,
    extract_source,
)
from oncall_audit.policy import history

Call = Callable[[str, Run, Done], Result]

TRIES = 3
_PATIENCE_SECONDS = 3600.0


def perform(
    run: Run, call: Call, *, report: Progress = silent, patience_seconds: float = _PATIENCE_SECONDS
) -> Outcome:
    """Run every stage through `call`; on failure leave the last publication and mark it stale."""
    with exclusive(
        run.workspace,
        patience_seconds=patience_seconds,
        on_wait=lambda message: report("wait", message),
    ):
        _sweep(run)
        standing.begun(run)
        done: dict[str, Result] = {}
        seconds: dict[str, float] = {}
        try:
            # A mistake in the policy or a key that cannot sign is told before hours of reading.
            _ = run.policy
            evidence.signing_key(run.workspace, run.settings)
            for name in STAGES:
                began = time.monotonic()
                done[name] = call(name, run, done)
                seconds[name] = round(time.monotonic() - began, 2)
                standing.passed(run, name, seconds[name], done[name])
        except BaseException as error:
            # First, for what it holds may be what fills the disk.
            _remove_prepared(run)
            failure = failures.told(error, run.workspace.data)
            _record_failure(run, failure, done, seconds)
            if failure is error:
                raise
            raise failure from error
        _remove_prepared(run)
        outcome = _record_success(run, done, seconds)
        if run.incident:
            return outcome
        # After the switch, under the lock: two runs at once would tell of the same findings.
        undone = [*telling.tell(run, report), *_retained(run)]
        return replace(outcome, messages=[*outcome.messages, *undone])


def directly(report: Progress) -> Call:
    """Return the way to call a stage in this process, without an orchestrator."""

    def call(name: str, run: Run, done: Done) -> Result:
        if name == "extract":
            return extract(run, done, report, one=_with_retries)
        return STAGES[name](run, done, report)

    return call


def _with_retries(run: Run, name: str, report: Progress) -> Result:
    for attempt in range(1, TRIES):
        try:
            return extract_source(run, name, report)
        except SourceMissing:
            raise
        except SourceError:
            report("extract", f"{name}: try {attempt} of {TRIES} failed, once more")
            time.sleep(attempt)
    return extract_source(run, name, report)


def _record_success(run: Run, done: Done, seconds: dict[str, float]) -> Outcome:
    facts, measured = done["publish"], measures.record(done, seconds)
    register.append(
        run.workspace.register,
        {
            "kind": "run",
            **run.plain(),
            "workspace": run.workspace.root.name,
            "ended_at": datetime.now(UTC).isoformat(),
            "published": True,
            "state": facts["state"],
            "code_version": facts["code_version"],
            **history.record(run.policy),
            "findings": sum(facts["findings"].values()),
            "silent_rules": facts["silent_rules"],
            "measures": measured,
            # An incident's own report must not take a finding's novelty from the next nightly one.
            "new_findings": [] if run.incident else facts["new_findings"],
        },
    )
    undone: list[str] = []
    late = [f"Review {it['period']} is {it['sentence']}." for it in facts.get("reviews", ())]
    if not run.incident:
        (run.workspace.data / FAILED_CHECKS).unlink(missing_ok=True)
        undone = proof.prove(run)
    standing.published(run, facts, measured)
    return Outcome(
        run_id=run.run_id,
        window=run.window,
        state=facts["state"],
        publication=Path(facts["publication"]),
        findings=facts["findings"],
        new_findings=len(facts["new_findings"]),
        messages=[*facts["messages"], *undone, *late],
        stage_seconds=seconds,
    )


def _retained(run: Run) -> list[str]:
    """Remove what is kept no longer; what cannot be is told and tried again by the next run."""
    try:
        retaining.retain(run.workspace, run.settings.retention, run.started_at)
    except (AuditError, OSError) as error:
        return [f"Not everything was removed that is kept no longer: {error}"]
    return []


def _sweep(run: Run) -> None:
    # A killed run could not: nobody else writes here while the lock is held.
    for folder in run.workspace.publications.glob(".*"):
        shutil.rmtree(folder, ignore_errors=True)


def _remove_prepared(run: Run) -> None:
    shutil.rmtree(run.prepared, ignore_errors=True)


def _policy_seen(run: Run) -> dict[str, Any]:
    """Return what the register says of a policy that a failed run came to build under."""
    with contextlib.suppress(AuditError):
        if history.kept(run.policy, run.workspace.policies):
            return history.record(run.policy)
    return {}


def _record_failure(run: Run, error: BaseException, done: Done, seconds: dict[str, float]) -> None:
    reason = failures.reason(error)
    measured = measures.record(done, seconds)
    record = {
        "kind": "run",
        **run.plain(),
        "workspace": run.workspace.root.name,
        "ended_at": datetime.now(UTC).isoformat(),
        "published": False,
        "state": "failed",
        "reason": reason,
        "code_version": knowledge.code_version(),
        "measures": measured,
        **_policy_seen(run),
    }
    # On a full disk neither may be possible; the failure itself is what has to be told.
    with contextlib.suppress(OSError):
        register.append(run.workspace.register, record)
    stage = next((name for name in STAGES if name not in seconds), None)
    with contextlib.suppress(OSError):
        standing.failed(run, reason, measured, stage)
