"""Runs the stages in order: under the lock, timed, registered, and failures told to readers."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.errors import AuditError, SourceError
from oncall_audit.evidence import register
from oncall_audit.pipeline import knowledge
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.run import Outcome, Progress, Run, silent
from oncall_audit.pipeline.stages import STAGES, Done, Result, extract, extract_source

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
        done: dict[str, Result] = {}
        seconds: dict[str, float] = {}
        try:
            for name in STAGES:
                began = time.monotonic()
                done[name] = call(name, run, done)
                seconds[name] = round(time.monotonic() - began, 2)
        except BaseException as error:
            _record_failure(run, error)
            raise
        finally:
            shutil.rmtree(run.prepared, ignore_errors=True)
        return _record_success(run, done, seconds)


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
        except SourceError:
            report("extract", f"{name}: try {attempt} of {TRIES} failed, once more")
            time.sleep(attempt)
    return extract_source(run, name, report)


def _record_success(run: Run, done: Done, seconds: dict[str, float]) -> Outcome:
    facts = done["publish"]
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
            "policy_sha256": facts["policy_sha256"],
            "findings": sum(facts["findings"].values()),
            # An incident's own report must not take a finding's novelty from the next nightly one.
            "new_findings": [] if run.incident else facts["new_findings"],
        },
    )
    if not run.incident:
        _write_status(run.workspace.data, {"run_id": run.run_id, "stale_since": None})
    return Outcome(
        run_id=run.run_id,
        window=run.window,
        state=facts["state"],
        publication=Path(facts["publication"]),
        findings=facts["findings"],
        new_findings=len(facts["new_findings"]),
        messages=facts["messages"],
        stage_seconds=seconds,
    )


def _record_failure(run: Run, error: BaseException) -> None:
    reason = str(error) if isinstance(error, AuditError) else type(error).__name__
    register.append(
        run.workspace.register,
        {
            "kind": "run",
            **run.plain(),
            "workspace": run.workspace.root.name,
            "ended_at": datetime.now(UTC).isoformat(),
            "published": False,
            "state": "failed",
            "reason": reason,
            "code_version": knowledge.code_version(),
        },
    )
    _mark_stale(run.workspace.data, run, reason)


def _mark_stale(data: Path, run: Run, reason: str) -> None:
    status = read_status(data)
    if status.get("stale_since") is None:
        status["stale_since"] = run.started_at.isoformat()
    _write_status(data, {**status, "reason": reason})


def read_status(data: Path) -> dict[str, Any]:
    """Return which run is published and, if a later one failed, since when it is stale and why."""
    path = data / "status.json"
    return dict(json.loads(path.read_text())) if path.exists() else {}


def _write_status(data: Path, status: dict[str, Any]) -> None:
    temporary = data / ".status.json"
    temporary.write_text(json.dumps(status, indent=1))
    temporary.replace(data / "status.json")
