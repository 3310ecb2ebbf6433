"""What a build reads, as digests: what reads the same as last time is not made anew."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import duckdb

from oncall_audit.warehouse import rows

# By relation, `schema.name`.
Digests = dict[str, str]


def digest(content: str) -> str:
    """Return what tells one content of an input from another."""
    return hashlib.sha256(content.encode()).hexdigest()


def recall(warehouse: duckdb.DuckDBPyConnection) -> Digests:
    """Return what the last good build read, and forget it: whatever happens, it was the last."""
    try:
        found = warehouse.execute("select relation, digest from main.inputs").fetchall()
    except duckdb.Error:
        return {}
    warehouse.execute("drop table main.inputs")
    return dict(found)


def remember(warehouse: duckdb.DuckDBPyConnection, read: Mapping[str, str]) -> None:
    """Keep what a build read, now that all is built of it."""
    columns = "relation varchar, digest varchar"
    rows.make(warehouse, "main.inputs", columns, rows.texts(columns, read.items()))
