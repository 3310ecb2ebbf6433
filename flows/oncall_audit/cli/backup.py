"""`oncall-audit backup`: copies what cannot be made again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, progress
from oncall_audit.workspace import Workspace


@click.command()
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path))
@workspace_option
@json_option
def backup(target: Path, workspace: Workspace, as_json: bool) -> None:
    """Copy what cannot be made again to the new folder TARGET.

    It waits for a run to end, and holds off the next one. The copy is a workspace of its own; to
    restore, copy it back. It holds the secrets and the signing key: keep it as safe as these.
    """
    from oncall_audit.pipeline.backup import SUMS, back_up

    with progress() as show:
        made = back_up(workspace, target, show)
    if as_json:
        print_json(asdict(made))
        return
    click.echo(
        f"{made.files:,} files, {made.bytes / 1e6:,.1f} MB, are in {made.folder},"
        f" with their hashes in {SUMS}.\n"
        "It holds the secrets and the key that signs: keep it as safe as these.\n"
        f"{made.elsewhere:,} files that the sources named stay where they are, outside of it."
    )
