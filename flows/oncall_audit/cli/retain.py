"""`oncall-audit retain`: removes what is kept no longer, or shows what that would be."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, print_table, progress
from oncall_audit.workspace import Workspace

_PATIENCE_SECONDS = 60.0


@click.command()
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and remove nothing.")
@json_option
@workspace_option
def retain(dry_run: bool, as_json: bool, workspace: Workspace) -> None:
    """Remove what is kept no longer; every run does so at its end.

    How long that is says `retention:` in oncall-audit.yml. The register, hashes and what an open
    finding rests on stay.
    """
    from oncall_audit.pipeline import retaining
    from oncall_audit.pipeline.lock import exclusive
    from oncall_audit.settings import load

    retention, now = load(workspace).retention, datetime.now(UTC)
    if dry_run:
        found = retaining.planned(workspace, retention, now)
    else:
        with (
            progress() as show,
            exclusive(
                workspace,
                patience_seconds=_PATIENCE_SECONDS,
                on_wait=lambda words: show("wait", words),
            ),
        ):
            found = retaining.retain(workspace, retention, now)
    rows = [removal.as_dict() for removal in found]
    if as_json:
        print_json(rows)
    elif rows:
        print_table(list(rows[0]), [list(row.values()) for row in rows])
        click.echo("Nothing was removed." if dry_run else "Removed, and noted in the register.")
    else:
        click.echo("Nothing is kept longer than it should be.")
