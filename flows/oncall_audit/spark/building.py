"""Builds on Spark what an audit built with DuckDB: from the same sources, by the same models."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_audit import connectors
from oncall_audit.errors import ConfigurationError
from oncall_audit.pipeline import knowledge
from oncall_audit.pipeline.run import Run
from oncall_audit.spark import sources
from oncall_audit.spark.connection import translating
from oncall_audit.warehouse import dbt, systems

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def build(
    spark: SparkSession,
    run: Run,
    folder: Path,
    *,
    opened_days: Collection[date] | None = None,
    on_model: Callable[[str], None] | None = None,
) -> None:
    """Build every model on Spark, over what a workspace's last audit landed and knew.

    With `opened_days` only the rows of those days are made anew, which needs a build before it in
    the same catalogue. Raise `CheckFailed` with the models that could not be built.
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
        opened_days=opened_days,
    )
    dbt.build_on(
        "spark",
        (folder / "target", folder / "logs"),
        knowledge.variables(run),
        "everything" if opened_days is None else "models",
        used,
        on_model,
        around=translating,
    )
