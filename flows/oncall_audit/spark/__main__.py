"""Builds an audited workspace on a Spark of this machine and holds it against DuckDB's tables."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from oncall_audit.connectors.base import Window
from oncall_audit.errors import AuditError
from oncall_audit.pipeline.run import Run
from oncall_audit.spark.building import build
from oncall_audit.spark.comparing import compare
from oncall_audit.spark.session import local
from oncall_audit.workspace import Workspace


@click.command()
@click.argument("workspace", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def main(workspace: Path, folder: Path) -> None:
    """Build what WORKSPACE's last audit built on Spark, in FOLDER, and compare every table."""
    now, place = datetime.now(UTC), Workspace(workspace.resolve())
    folder = folder.resolve()
    with local(folder) as spark:
        began = time.monotonic()
        run = Run(place, "spark", Window(now, now), now)
        build(spark, run, folder, on_model=lambda name: click.echo(f"  {name}", err=True))
        click.echo(f"Built on Spark in {time.monotonic() - began:.0f} s.")
        found = compare(spark, place.warehouse, folder / "compared")
    for it in found:
        verdict = "same" if it.is_same else f"{it.only_duckdb} missing, {it.only_spark} too many"
        click.echo(f"{it.table:32} {it.rows:>9} rows  {verdict}")
    sys.exit(0 if all(it.is_same for it in found) else 1)


if __name__ == "__main__":
    try:
        main()
    except AuditError as error:
        click.echo(f"oncall-audit: {error}", err=True)
        sys.exit(error.exit_code)
