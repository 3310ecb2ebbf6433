"""`init`: makes a workspace."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import click

from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import Workspace

# Name in the workspace -> name of the template.
_FILES = {
    "oncall-audit.yml": "oncall-audit.yml",
    "policy.yml": "policy.yml",
    ".env.example": "env.example",
    ".gitignore": "gitignore",
}


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the files of an existing workspace.")
def init(folder: Path, force: bool) -> None:
    """Make a workspace: configuration, policy and .env.example.

    FOLDER is the current one if not given; everything in the files is explained there.
    """
    workspace = Workspace(folder)
    existing = [name for name in _FILES if (folder / name).exists()]
    if existing and not force:
        raise ConfigurationError(
            f"{folder} already has {', '.join(existing)}."
            " Choose another folder, or overwrite them with --force."
        )
    write(workspace)
    click.echo(
        f"Made a workspace in {folder.absolute()}. Next:\n"
        "  1. oncall-audit.yml  name your sources (oncall-audit connectors list)\n"
        "  2. policy.yml        say who should reach what\n"
        "  3. .env              copy .env.example and set the tokens\n"
        "  4. oncall-audit doctor, then oncall-audit run"
    )


def write(workspace: Workspace) -> None:
    """Write the files of a new workspace and the schemas that editors check them with."""
    from oncall_audit import schemas

    workspace.root.mkdir(parents=True, exist_ok=True)
    templates = files("oncall_audit") / "templates"
    for name, template in _FILES.items():
        text = (templates / template).read_text(encoding="utf-8")
        (workspace.root / name).write_text(text, encoding="utf-8")
    schemas.write(workspace)
