"""Shows the warehouse what has landed: one view a table, over the files that the manifest names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import duckdb

from oncall_audit import connectors
from oncall_audit.connectors.base import LogTable, Table
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.sql import name, texts

_TEXT = ("source_name", "system", "event_key")


def views(
    connection: duckdb.DuckDBPyConnection,
    manifest: Manifest,
    tables: Mapping[str, Sequence[Table]] | None = None,
    opened_days: Collection[date] | None = None,
) -> dict[str, str]:
    """Create schema `landing` with a view of every table, of all connectors if none are given.

    With `opened_days` logs show those days only; snapshots always show all. Returns the query of
    each view: what has landed lies in files that never change.
    """
    connection.execute("create schema if not exists landing")
    queries = {}
    for connector, declared in (tables or all_tables()).items():
        for table in {table.name: table for table in declared}.values():
            days = opened_days if isinstance(table, LogTable) else None
            found = manifest.parts(connector, table.name, days)
            paths = [str(manifest.path.parent.absolute() / part.path) for part in found]
            view = f"{connector}__{table.name}"
            queries[view] = _query(columns(table), paths)
            connection.execute(f"create or replace view landing.{name(view)} as {queries[view]}")
    return queries


def all_tables() -> dict[str, Sequence[Table]]:
    """Return what every connector can land, by its type."""
    return {kind: connectors.tables(kind) for kind in connectors.names()}


def columns(table: Table) -> dict[str, str]:
    """Return the columns of a landed table and their types."""
    is_log = isinstance(table, LogTable)
    own = (
        {column: table.types.get(column, "VARCHAR") for column in table.columns}
        if isinstance(table, LogTable)
        else dict(table.columns)
    )
    return {
        **dict.fromkeys(_TEXT, "VARCHAR"),
        "occurred_at" if is_log else "observed_at": "TIMESTAMP",
        "batch_id": "VARCHAR",
        "raw_file": "VARCHAR",
        "raw_line": "BIGINT",
        **own,
    }


def _query(found: Mapping[str, str], paths: list[str]) -> str:
    empty = ", ".join(f"null::{kind} as {name(c)}" for c, kind in found.items())
    source = f"select {empty} where false"
    if paths:
        # By name and with the empty table, for older files lack what a connector learnt later.
        source += (
            " union all by name"
            f" from read_parquet({texts(paths)}, hive_partitioning = false, union_by_name = true)"
        )
    shown = ", ".join(f"cast({name(c)} as {kind}) as {name(c)}" for c, kind in found.items())
    return f"select {shown} from ({source})"
