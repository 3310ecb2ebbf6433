"""`oncall-audit people`: what is kept about a person, for that person to have."""

from __future__ import annotations

from pathlib import Path

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json
from oncall_audit.documents import display
from oncall_audit.evidence import custody, register
from oncall_audit.reports.published import Published
from oncall_audit.workspace import Workspace


@click.group()
def people() -> None:
    """Hand out what is kept about a person."""


@people.command()
@click.argument("engineer")
@click.option("--format", "form", type=click.Choice(("json", "csv")), default="json")
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder to write to: a file a table.",
)
@json_option
@workspace_option
def export(engineer: str, form: str, output: Path, as_json: bool, workspace: Workspace) -> None:
    """Write everything that the published tables and the register hold about ENGINEER.

    ENGINEER is an id or an e-mail address of the directory. That it was done is noted.
    """
    from oncall_audit.reports import subject

    with Published(workspace.published) as published:
        # Before anything is written: nobody takes a person's data away unseen.
        custody.insist(workspace, "people export", [engineer])
        records = register.read(workspace.register)
        paths = subject.export(published, engineer, output, form, records)
    if as_json:
        print_json([str(path) for path in paths])
        return
    for path in paths:
        click.echo(display(path))
