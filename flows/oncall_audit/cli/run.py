"""`run` and `incident`: the whole audit, of a window or of an incident."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from oncall_audit.cli.options import SEVERITIES, json_option, window_options, workspace_option
from oncall_audit.cli.output import print_json, progress
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.pipeline.run import Outcome

_FAIL_ON = click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="End with status 1 if an open finding is this severe or worse.",
)
_PREFECT = click.option(
    "--prefect", "insists_on_prefect", is_flag=True, help="Insist on running through Prefect."
)


@click.command()
@workspace_option
@window_options
@click.option("--full-refresh", is_flag=True, help="Build every table anew from what has landed.")
@_FAIL_ON
@_PREFECT
@json_option
@click.pass_context
def run(
    ctx: click.Context,
    workspace: Workspace,
    since: datetime | None,
    until: datetime | None,
    full_refresh: bool,
    fail_on: str | None,
    insists_on_prefect: bool,
    as_json: bool,
) -> None:
    """Run the whole audit and publish it.

    Without --since it goes on where the last published audit ended; without --until it ends now.
    """
    from oncall_audit.warehouse import aside

    # First of all: it takes as long as everything before the build.
    aside.warm()
    from oncall_audit.pipeline.start import audit

    with progress() as show:
        outcome = audit(
            workspace.root,
            since=since,
            until=until,
            full_refresh=full_refresh,
            prefect=insists_on_prefect,
            report=show,
        )
    tell(outcome, as_json=as_json)
    ctx.exit(outcome.exit_code(fail_on))


@click.command()
@click.argument("incident_id", metavar="ID")
@workspace_option
@window_options
@_FAIL_ON
@_PREFECT
@json_option
@click.pass_context
def incident(
    ctx: click.Context,
    incident_id: str,
    workspace: Workspace,
    since: datetime | None,
    until: datetime | None,
    fail_on: str | None,
    insists_on_prefect: bool,
    as_json: bool,
) -> None:
    """Audit the window of one incident.

    The report of incident ID stands beside the last published audit. Its window is the incident's
    own, with an hour before and after, if it is not given.
    """
    from oncall_audit.warehouse import aside

    # First of all: it takes as long as everything before the build.
    aside.warm()
    from oncall_audit.pipeline.start import audit_incident

    with progress() as show:
        outcome = audit_incident(
            workspace.root,
            incident_id,
            since=since,
            until=until,
            prefect=insists_on_prefect,
            report=show,
        )
    tell(outcome, as_json=as_json)
    ctx.exit(outcome.exit_code(fail_on))


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """Say what an audit came to and where its report lies."""
    if as_json:
        print_json(_plain(outcome))
        return
    from oncall_audit.documents import display

    for message in outcome.messages:
        click.echo(message, err=True)
    since, until = outcome.window.since, outcome.window.until
    click.echo(f"Audited {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC: {outcome.state}.")
    click.echo(f"Findings: {counted(outcome.findings)}; {outcome.new_findings} new.")
    if outcome.publication:
        click.echo(f"Report: {display(outcome.publication / 'report.html')}")
    times = ", ".join(
        f"{stage} {seconds:.1f} s" for stage, seconds in outcome.stage_seconds.items()
    )
    way = "through Prefect" if outcome.through_prefect else "in this process"
    click.echo(f"Ran {way}: {times}.")


def counted(findings: dict[str, int]) -> str:
    """Say how many findings there are of each severity, worst first."""
    found = [
        f"{findings[severity]} {severity}" for severity in SEVERITIES if findings.get(severity)
    ]
    return ", ".join(found) or "none"


def _plain(outcome: Outcome) -> dict[str, object]:
    return {
        "run_id": outcome.run_id,
        "since": outcome.window.since.isoformat(),
        "until": outcome.window.until.isoformat(),
        "state": outcome.state,
        "publication": outcome.publication,
        "findings": outcome.findings,
        "new_findings": outcome.new_findings,
        "messages": outcome.messages,
        "stage_seconds": outcome.stage_seconds,
        "through_prefect": outcome.through_prefect,
    }
