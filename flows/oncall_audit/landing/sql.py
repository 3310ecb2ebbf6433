"""Quoting, and the one way a DuckDB connection is opened for landing and an error of it taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb

from oncall_audit.bounds import Bounds
from oncall_audit.errors import AuditError

# Nothing in a log can cause these, so no other way of reading it will help.
_NOT_OF_THE_DATA = (
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.ParserException,
    duckdb.InterruptException,
    duckdb.OutOfMemoryException,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.NotImplementedException,
)


def literal(text: str) -> str:
    """Return `text` as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def name(text: str) -> str:
    """Return `text` as an SQL identifier."""
    return '"' + text.replace('"', '""') + '"'


def texts(values: Iterable[str]) -> str:
    """Return a list of SQL strings."""
    return "[" + ", ".join(literal(value) for value in values) + "]"


def mapping(values: Mapping[str, str]) -> str:
    """Return an SQL struct of strings, as the `columns` of DuckDB's readers want it."""
    return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in values.items()) + "}"


def struct(fields: Mapping[str, str]) -> str:
    """Return the STRUCT type with these fields."""
    return "STRUCT(" + ", ".join(f"{name(k)} {v}" for k, v in fields.items()) + ")"


def table_of(columns: str, rows: Iterable[Iterable[object]]) -> str:
    """Return a query for these rows.

    Parameters would do, but for the first of them DuckDB imports pandas, which takes a second.
    """
    shown = ", ".join(
        "(" + ", ".join("null" if v is None else literal(str(v)) for v in row) + ")" for row in rows
    )
    names = [column.split() for column in columns.split(",")]
    cast = ", ".join(f"cast({name(column)} as {kind}) as {name(column)}" for column, kind in names)
    return f"select {cast} from (values {shown}) as given ({', '.join(c for c, _ in names)})"


def connect(own: Path, bounds: Bounds) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that stays within `bounds`, spilling to the folder `own`."""
    connection = duckdb.connect(
        config={
            **bounds.options(f"landing-{own.parent.name}", own),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("set TimeZone = 'UTC'")
    # The default holds half a million rows a day in memory: 1.7 GB against 0.7 GB, no faster.
    connection.execute("set partitioned_write_flush_threshold = 50000")
    return connection


def raise_if_hopeless(error: duckdb.Error) -> None:
    """Raise `AuditError` if what went wrong lies not in the data that was read."""
    text = str(error)
    is_full = "No space left" in text or "Could not write" in text or "File too large" in text
    if isinstance(error, _NOT_OF_THE_DATA) or is_full:
        raise AuditError(
            f"Landing stopped ({text.splitlines()[0]}); nothing is lost:"
            " see to it that there is room on the disk and run again."
        ) from error
