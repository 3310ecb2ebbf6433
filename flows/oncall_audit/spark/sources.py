"""What the models read, made known to Spark: landed files and control tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from oncall_audit.connectors.base import Table
from oncall_audit.landing import Manifest
from oncall_audit.landing.views import columns
from oncall_audit.spark.dialect import Read
from oncall_audit.warehouse.connection import connect, literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def register(
    spark: SparkSession,
    *,
    warehouse: Path,
    manifest_path: Path,
    tables: Mapping[str, Sequence[Table]],
    folder: Path,
) -> None:
    """Replace Spark's tables of the schemas `landing` and `policy`, as DuckDB has them.

    Control tables are copied into `folder`.
    """
    for schema in ("landing", "policy", "main", "audit"):
        spark.sql(f"create database if not exists {schema}")
    with Manifest(manifest_path) as manifest:
        for connector, declared in tables.items():
            for table in {table.name: table for table in declared}.values():
                paths = [str(part.path) for part in manifest.parts(connector, table.name)]
                _landed(spark, f"landing.{connector}__{table.name}", table, manifest_path, paths)
    _control(spark, warehouse, folder)


def _landed(
    spark: SparkSession, name: str, table: Table, manifest_path: Path, paths: Sequence[str]
) -> None:
    shown = ", ".join(
        f"`{column}` {exp.DataType.build(kind, dialect='duckdb').sql(dialect=Read)}"
        for column, kind in columns(table).items()
    )
    spark.sql(f"drop table if exists {name}")
    # The files that the manifest names and no others, which may lie there still or already.
    folder = manifest_path.parent.absolute()
    place = f" options (path '{folder}/{{{','.join(paths)}}}')" if paths else ""
    spark.sql(f"create table {name} ({shown}) using parquet{place}")


def _control(spark: SparkSession, warehouse: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with connect(warehouse, read_only=True) as connection:
        found = connection.execute(
            "select schema_name, table_name from duckdb_tables()"
            " where schema_name in ('landing', 'policy') order by all"
        ).fetchall()
        for schema, table in found:
            path = folder / f"{schema}.{table}.parquet"
            connection.execute(f"copy {schema}.{table} to {literal(str(path))} (format parquet)")
            spark.sql(f"drop table if exists {schema}.{table}")
            spark.sql(f"create table {schema}.{table} using parquet location '{path}'")
