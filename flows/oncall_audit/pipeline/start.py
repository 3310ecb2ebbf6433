"""Starts an audit: through Prefect where a server is configured, and otherwise in this process."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from oncall_audit.connectors.base import Window
from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.pipeline import limits, served, server
from oncall_audit.pipeline.run import Outcome, Progress, Run, plan, silent
from oncall_audit.pipeline.runner import directly, perform
from oncall_audit.pipeline.windows import incident_window
from oncall_audit.workspace import Workspace

# Both: either alone still calls out.
_NO_TELEMETRY = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
_DEFAULTS = {
    # All of it goes to the server, and failures come to the console in words of our own.
    "PREFECT_LOGGING_LEVEL": "INFO",
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
}


def audit(
    root: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    full_refresh: bool = False,
    prefect: bool = False,
    report: Progress = silent,
) -> Outcome:
    """Audit a workspace and publish; `prefect` insists on the flows even without a server."""
    run = plan(root, since=since, until=until, full_refresh=full_refresh)
    if not through_prefect(run.workspace, insists=prefect, report=report):
        return perform(run, directly(report), report=report)
    return _flow(
        run,
        report,
        lambda flows: flows.audit(
            workspace=str(run.workspace.root), since=since, until=until, full_refresh=full_refresh
        ),
    )


def audit_incident(
    root: Path,
    incident_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    prefect: bool = False,
    report: Progress = silent,
) -> Outcome:
    """Audit an incident's window and publish its own report beside the nightly one."""
    window = incident_window(root, incident_id, since, until)
    run = plan(root, since=window.since, until=window.until, incident=incident_id)
    if not through_prefect(run.workspace, insists=prefect, report=report):
        return perform(run, directly(report), report=report)
    return _flow(
        run,
        report,
        lambda flows: flows.incident(
            incident_id, workspace=str(run.workspace.root), since=window.since, until=window.until
        ),
    )


def through_prefect(
    workspace: Workspace, *, insists: bool = False, report: Progress = silent
) -> bool:
    """Say whether to go through Prefect: a server answers, or it is insisted on.

    The server is that of PREFECT_API_URL, else that of the `serve` that runs on the workspace.
    """
    url = os.environ.get("PREFECT_API_URL")
    if not url and (url := served.address(workspace)):
        os.environ["PREFECT_API_URL"] = url
    if not url:
        return insists
    if server.answers(url):
        return True
    if insists:
        raise ConfigurationError(
            f"The Prefect server at {url} does not answer; start it, or leave out --prefect."
        )
    report("start", "the Prefect server does not answer; going on in this process")
    return False


def _flow(run: Run, report: Progress, call: Callable[[Any], dict[str, Any]]) -> Outcome:
    os.environ.update(_NO_TELEMETRY)
    defaults = {**_DEFAULTS, "PREFECT_HOME": str(run.workspace.data / "prefect")}
    os.environ.update({name: os.environ.get(name) or said for name, said in defaults.items()})
    home = Path(os.environ["PREFECT_HOME"])
    # Prefect makes the folder, but none above it.
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    report("start", "starting Prefect")
    if not os.environ.get("PREFECT_API_URL"):
        os.environ["PREFECT_API_URL"] = server.start(home)
    # Prefect reads its settings when it is imported.
    from httpx import HTTPError
    from prefect.exceptions import PrefectException

    from oncall_audit.pipeline import flows

    try:
        with flows.heard_by(report):
            return replace(_outcome(call(flows)), through_prefect=True)
    except TimeoutError as error:
        raise AuditError(
            f"The run took longer than {limits.timeout_seconds() / 3600:g} hours, and was stopped."
            " Set ONCALL_AUDIT_TIMEOUT_HOURS if it needs more."
        ) from error
    except (HTTPError, PrefectException) as error:
        raise AuditError(
            f"Prefect broke off ({type(error).__name__}: {error}). See that its server runs, or"
            " leave PREFECT_API_URL and --prefect out to do without it; then run again."
        ) from error


def _outcome(plain: dict[str, Any]) -> Outcome:
    since, until = (datetime.fromisoformat(plain[key]) for key in ("since", "until"))
    return Outcome(
        run_id=plain["run_id"],
        window=Window(since, until),
        state=plain["state"],
        publication=Path(plain["publication"]),
        findings=plain["findings"],
        new_findings=plain["new_findings"],
        messages=plain["messages"],
        stage_seconds=plain["stage_seconds"],
    )
