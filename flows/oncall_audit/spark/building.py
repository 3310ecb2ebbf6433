"""Builds on Spark what an audit built with DuckDB: from the same sources, by the same models."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_audit import connectors
from oncall_audit.errors import ConfigurationError
from oncall_audit.pipeline import knowledge
from oncall_audit.pipeline.run import Run
from oncall_audit.spark import sources
from oncall_audit.spark.connection import translating
from oncall_audit.warehouse import dbt, systems
from oncall_audit.warehouse.connection import connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def build(
    spark: SparkSession,
    run: Run,
    folder: Path,
    *,
    on_model: Callable[[str], None] | None = None,
) -> None:
    """Build every model anew on Spark, over what a workspace's last audit landed and knew.

    Raise `CheckFailed` with the models that could not be built.
    """
    if run.settings.geoip:
        raise ConfigurationError(
            f"{run.workspace.config}: Spark cannot read the files under `geoip`; take them out to"
            " build there."
        )
    used = knowledge.used(run)
    sources.register(
        spark,
        warehouse=run.workspace.warehouse,
        manifest_path=run.workspace.manifest,
        tables={kind: connectors.tables(kind) for kind in sorted(systems.built(used))},
        folder=folder / "control",
    )
    with connect(run.workspace.warehouse, run.bounds, read_only=True) as warehouse:
        given = knowledge.variables(run, warehouse)
    dbt.build_on(
        "spark",
        (folder / "target", folder / "logs"),
        given,
        "everything",
        used,
        on_model=on_model,
        around=translating,
    )
