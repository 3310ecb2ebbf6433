"""`oncall-audit replay`: reads again what a source has delivered."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, print_table, progress
from oncall_audit.workspace import Workspace

_SHOWN = 5


@click.command()
@click.argument("source", metavar="SOURCE")
@workspace_option
@json_option
def replay(source: str, workspace: Workspace, as_json: bool) -> None:
    """Read again what SOURCE has delivered, as the connector of today reads it.

    For when a newer version reads what an older one did not, or not rightly. It asks no system:
    it reads files where they lie and answers as they were kept. The next audit builds from it.
    """
    from oncall_audit.pipeline import replaying

    with progress() as show:
        outcome = replaying.replay(workspace, source, datetime.now(UTC), show)
    totals = outcome.totals()
    if as_json:
        print_json({"source": source, **totals, "kept": outcome.kept})
        return
    rows = [[name, *counts.values()] for name, counts in totals.items()]
    print_table(["", *totals["before"]], rows)
    if outcome.kept:
        click.echo(
            f"{len(outcome.kept):,} files and answers cannot be read again as they were delivered,"
            " and stay as they had landed: " + _some(outcome.kept)
        )
    click.echo("The next audit builds everything from it: oncall-audit run")


def _some(paths: list[str]) -> str:
    rest = len(paths) - _SHOWN
    more = f" and {rest:,} more (--json names them)" if rest > 0 else ""
    return ", ".join(paths[:_SHOWN]) + more
