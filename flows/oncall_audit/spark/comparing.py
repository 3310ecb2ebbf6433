"""Holds what Spark made against what DuckDB made, by whole rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from oncall_audit.warehouse.connection import connect, identifier, literal

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@dataclass(frozen=True)
class Compared:
    """How many rows of a published table both have, and how many only one of them."""

    table: str
    rows: int
    only_duckdb: int
    only_spark: int

    @property
    def is_same(self) -> bool:
        """Whether both have the very same rows, as often."""
        return not (self.only_duckdb or self.only_spark)


def compare(spark: SparkSession, warehouse: Path, folder: Path) -> list[Compared]:
    """Return how each table and view of the schema `audit` compares, by name.

    Raise `LookupError` where Spark lacks one, or a column of one.
    """
    with connect(warehouse, read_only=True) as connection:
        found = connection.execute(
            "select table_name from information_schema.tables where table_schema = 'audit'"
            " order by all"
        ).fetchall()
        return [_one(spark, connection, table, folder) for (table,) in found]


def _one(
    spark: SparkSession, connection: duckdb.DuckDBPyConnection, table: str, folder: Path
) -> Compared:
    shown = connection.execute(f"describe audit.{identifier(table)}").fetchall()
    made = spark.table(f"audit.{table}")
    if sorted(made.columns) != sorted(name for name, *_ in shown):
        raise LookupError(f"On Spark audit.{table} has the columns {', '.join(made.columns)}.")
    written = folder / table
    made.coalesce(1).write.mode("overwrite").parquet(str(written))
    columns = ", ".join(_plain(identifier(name), kind) for name, kind, *_ in shown)
    theirs = f"select {columns} from read_parquet({literal(str(written / '*.parquet'))})"
    ours = f"select {columns} from audit.{identifier(table)}"
    rows, only_ours, only_theirs = (
        connection.execute(f"select count(*) from ({query})").fetchone()
        for query in (ours, f"{ours} except all {theirs}", f"{theirs} except all {ours}")
    )
    return Compared(table, *(int(count[0]) for count in (rows, only_ours, only_theirs) if count))


def _plain(column: str, kind: str) -> str:
    """Write a column in DuckDB's type: one engine's integer of some length is as the other's."""
    if kind == "DOUBLE":
        # Java's logarithm and cosine may differ from C's in the last of some 16 digits.
        return f"printf('%.12g', {column}::double) as {column}"
    return f"cast({column} as {kind}) as {column}"
