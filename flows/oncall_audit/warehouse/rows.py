"""Rows that come from Python, put in tables as JSON texts.

Bound parameters would import pandas, and DuckDB is slow to parse a value each.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import duckdb

from oncall_audit.warehouse.connection import literal

Row = Sequence[object]

_AT_ONCE = 10_000


def texts(columns: str, rows: Iterable[Row]) -> list[str]:
    """Return rows as JSON, of not too many a text; `columns` are as `create table` has them."""
    names = _names(columns)
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return [
        json.dumps(records[first : first + _AT_ONCE], default=_plain)
        for first in range(0, len(records), _AT_ONCE)
    ]


def make(connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[str]) -> None:
    """Make a table, in the place of what was there, of the `texts` of its rows."""
    connection.execute(f"create or replace table {table} ({columns})")
    shape = literal(json.dumps([dict.fromkeys(_names(columns), "VARCHAR")]))
    for text in rows:
        connection.execute(
            f"insert into {table} by name select row.* from"
            f" (select unnest(from_json({literal(text)}, {shape})) as row)"
        )


def _names(columns: str) -> list[str]:
    return [column.split()[0] for column in columns.split(", ")]


def _plain(value: object) -> str:
    # Every TIMESTAMP of the warehouse is UTC without a zone.
    if isinstance(value, datetime) and value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return str(value)
