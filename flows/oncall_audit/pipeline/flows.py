"""The same stages as Prefect flows. Parameters are plain values: Prefect records them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from pydantic import Field

from oncall_audit.errors import ConfigurationError, SourceError, SourceMissing
from oncall_audit.pipeline import limits, stages, watching
from oncall_audit.pipeline.run import Outcome, Progress, Run, plan, restore, silent
from oncall_audit.pipeline.runner import TRIES, perform
from oncall_audit.pipeline.windows import incident_window
from oncall_audit.workspace import Workspace

Plain = dict[str, Any]

# What a run says on a terminal is no parameter, for those are recorded.
_listener: ContextVar[Progress] = ContextVar("_listener", default=silent)


@contextmanager
def heard_by(report: Progress) -> Iterator[None]:
    """Tell `report` too what the flows that are called here log."""
    token = _listener.set(report)
    try:
        yield
    finally:
        _listener.reset(token)


def heard() -> Progress:
    """Return what tells the run's log, and whoever called the flow, how far it is."""
    # Bound here: dbt reports from threads of its own, which know of no flow run.
    logger, listener = get_run_logger(), _listener.get()

    def report(stage: str, detail: str) -> None:
        logger.info(detail)
        listener(stage, detail)

    return report


def _may_pass(_task: Any, _run: Any, state: State[Any]) -> bool:
    error = state.result(raise_on_failure=False)
    return isinstance(error, SourceError) and not isinstance(error, SourceMissing)


@task(
    name="extract-source",
    task_run_name="extract-{source}",
    retries=TRIES - 1,
    retry_delay_seconds=[1, 2],
    retry_condition_fn=_may_pass,
    cache_policy=NO_CACHE,
    persist_result=False,
)
def extract_source(run: Plain, source: str) -> Plain:
    """Land one source."""
    return stages.extract_source(restore(run), source, heard())


@flow(name="extract", persist_result=False)
def extract(run: Plain, done: Plain) -> Plain:
    """Land every source."""
    return stages.extract(
        restore(run), done, heard(), one=lambda _run, name, _: extract_source(run, name)
    )


@flow(name="build", persist_result=False)
def build(run: Plain, done: Plain) -> Plain:
    """Build the warehouse."""
    return stages.build(restore(run), done, heard())


@flow(name="check", persist_result=False)
def check(run: Plain, done: Plain) -> Plain:
    """Hold the tables against their expectations."""
    return stages.check(restore(run), done, heard())


@flow(name="publish", persist_result=False)
def publish(run: Plain, done: Plain) -> Plain:
    """Publish tables and reports."""
    published = stages.publish(restore(run), done, heard())
    try:
        _show(Path(published["publication"]), published)
    except Exception as error:  # noqa: BLE001 - it is published, whatever becomes of the server
        get_run_logger().warning("Prefect does not show the report: %s", error)
    return published


def _show(publication: Path, published: Plain) -> None:
    about = "incident" if published["incident"] else "audit"
    create_markdown_artifact(
        key=f"oncall-{about}-report",
        markdown=(publication / "report.md").read_text(encoding="utf-8"),
        description=f"Run {published['run_id']}; in full: {publication / 'report.html'}",
    )
    create_table_artifact(
        key=f"oncall-{about}-sources",
        table=[{name: source.get(name) for name in _SHOWN} for source in published["sources"]],
        description=f"What run {published['run_id']} read.",
    )


_SHOWN = ("source", "state", "records", "landed", "duplicates", "ignored", "quarantined", "message")
_FLOWS = {"extract": extract, "build": build, "check": check, "publish": publish}


def _call(name: str, run: Run, done: stages.Done) -> stages.Result:
    limits.check(run.started_at)
    return _FLOWS[name](run.plain(), dict(done))


_LIMITS: dict[str, Any] = {
    "timeout_seconds": limits.timeout_seconds(),
    "retries": limits.retries(),
    "retry_delay_seconds": limits.RETRY_DELAY_SECONDS,
    "persist_result": False,
}


@flow(name="audit", **_LIMITS)
def audit(
    workspace: str = ".",
    since: datetime | None = None,
    until: datetime | None = None,
    full_refresh: bool = False,
) -> Plain:
    """Audit a workspace's window; by default everything since the last published audit.

    Args:
        workspace: The workspace's folder, on the machine of the worker.
        since: Begin of the window; UTC without a zone.
        until: End of the window, exclusive; UTC without a zone.
        full_refresh: Build every table anew from what has landed.
    """
    root = workspace_root(workspace)
    run = plan(root, since=_utc(since), until=_utc(until), full_refresh=full_refresh)
    return _summary(perform(run, _call, report=heard()))


@flow(name="incident", **_LIMITS)
def incident(
    incident_id: Annotated[str, Field(min_length=1)],
    workspace: str = ".",
    since: datetime | None = None,
    until: datetime | None = None,
    unless_audited_since: datetime | None = None,
) -> Plain:
    """Audit the window of an incident and publish its own report.

    Args:
        incident_id: As the incident source names it.
        workspace: The workspace's folder, on the machine of the worker.
        since: Begin of the window, UTC without a zone; else the incident's, an hour earlier.
        until: End of the window, exclusive, UTC without a zone; else the incident's, an hour later.
        unless_audited_since: Do nothing if a run that began then or later is published already.
    """
    root = workspace_root(workspace)
    done_since = _utc(unless_audited_since)
    if done_since and (run_id := watching.audited_by(Workspace(root), incident_id, done_since)):
        get_run_logger().info("Run %s has audited incident %s already.", run_id, incident_id)
        return {"run_id": run_id, "state": "audited already"}
    window = incident_window(root, incident_id, _utc(since), _utc(until))
    run = plan(root, since=window.since, until=window.until, incident=incident_id)
    return _summary(perform(run, _call, report=heard()))


def workspace_root(workspace: str) -> Path:
    """Return the folder of a workspace; raise `ConfigurationError` if it is none."""
    root = Path(workspace).absolute()
    if not Workspace(root).config.exists():
        raise ConfigurationError(
            f"{root} is no workspace. Set ONCALL_AUDIT_WORKSPACE to one where the worker is"
            " started, or give its folder as the parameter `workspace`."
        )
    return root


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _summary(outcome: Outcome) -> Plain:
    for message in outcome.messages:
        get_run_logger().warning(message)
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
