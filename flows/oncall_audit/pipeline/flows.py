"""The same stages as Prefect flows. Parameters are plain values: Prefect records them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact

from oncall_audit.pipeline import stages
from oncall_audit.pipeline.run import Outcome, Run, plan, restore
from oncall_audit.pipeline.runner import TRIES, perform
from oncall_audit.pipeline.windows import incident_window

Plain = dict[str, Any]


def _log(_stage: str, detail: str) -> None:
    get_run_logger().info(detail)


@task(
    name="extract-source",
    task_run_name="extract-{source}",
    retries=TRIES - 1,
    retry_delay_seconds=[1, 2],
)
def extract_source(run: Plain, source: str) -> Plain:
    """Land one source."""
    return stages.extract_source(restore(run), source, _log)


@flow(name="extract")
def extract(run: Plain, done: Plain) -> Plain:
    """Land every source."""
    return stages.extract(
        restore(run), done, _log, one=lambda _run, name, _: extract_source(run, name)
    )


@flow(name="build")
def build(run: Plain, done: Plain) -> Plain:
    """Build the warehouse."""
    return stages.build(restore(run), done, _log)


@flow(name="check")
def check(run: Plain, done: Plain) -> Plain:
    """Hold the tables against their expectations."""
    return stages.check(restore(run), done, _log)


@flow(name="publish")
def publish(run: Plain, done: Plain) -> Plain:
    """Publish tables and reports."""
    published = stages.publish(restore(run), done, _log)
    _show(Path(published["publication"]), published)
    return published


def _show(publication: Path, published: Plain) -> None:
    create_markdown_artifact(
        key="oncall-audit-report",
        markdown=(publication / "report.md").read_text(),
        description=f"Audit {published['run_id']}; in full: {publication / 'report.html'}",
    )
    create_table_artifact(
        key="oncall-audit-stages",
        table=[{"source": s["source"], "state": s["state"]} for s in published["sources"]],
        description="What was read",
    )


_FLOWS = {"extract": extract, "build": build, "check": check, "publish": publish}


def _call(name: str, run: Run, done: stages.Done) -> stages.Result:
    return _FLOWS[name](run.plain(), dict(done))


@flow(name="audit", validate_parameters=True)
def audit(
    workspace: str = ".",
    since: datetime | None = None,
    until: datetime | None = None,
    full_refresh: bool = False,
) -> Plain:
    """Audit a workspace's window; by default everything since the last published audit."""
    run = plan(Path(workspace), since=since, until=until, full_refresh=full_refresh)
    return _summary(perform(run, _call, report=_log))


@flow(name="incident", validate_parameters=True)
def incident(
    incident_id: str,
    workspace: str = ".",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Plain:
    """Audit the window of an incident and publish its own report."""
    window = incident_window(Path(workspace), incident_id, since, until)
    run = plan(Path(workspace), since=window.since, until=window.until, incident=incident_id)
    return _summary(perform(run, _call, report=_log))


def _summary(outcome: Outcome) -> Plain:
    return {
        "run_id": outcome.run_id,
        "since": outcome.window.since.isoformat(),
        "until": outcome.window.until.isoformat(),
        "state": outcome.state,
        "publication": str(outcome.publication),
        "findings": outcome.findings,
        "new_findings": outcome.new_findings,
        "messages": outcome.messages,
        "stage_seconds": outcome.stage_seconds,
    }
