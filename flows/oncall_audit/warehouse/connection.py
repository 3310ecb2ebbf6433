"""How every DuckDB connection of the program is opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.workspace import FOLDER


@contextmanager
def connect(
    path: Path,
    bounds: Bounds = USUAL,
    *,
    read_only: bool = False,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a DuckDB file within the site's bounds and in UTC; raise `AuditError` when it cannot."""
    options = bounds.options("warehouse", path.with_name(f"{path.name}.spill"))
    options["autoinstall_known_extensions"] = False
    if not read_only and path.name != ":memory:":
        path.parent.mkdir(parents=True, exist_ok=True)
        # No other DuckDB opens it: it may have the compression of texts that is written faster.
        options["storage_compatibility_version"] = "v1.4.0"
    try:
        connection = duckdb.connect(str(path), read_only=read_only, config=options)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise AuditError(
            f"{path} cannot be opened ({reason}). If another program has it open, close it there; "
            "people should open the published audit.duckdb instead."
        ) from error
    # As an option of connect() it fails: the time zones are loaded only afterwards.
    connection.execute("set TimeZone = 'UTC'")
    try:
        yield connection
    finally:
        connection.close()


@contextmanager
def connect_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a published file read-only, so that both `findings` and `audit.findings` name its table.

    Opened under its own name, the database `audit` and the schema `audit` in it would be ambiguous.
    """
    if not path.exists():
        raise ConfigurationError(
            f"{path} is not there: nothing is published yet; run an audit first."
        )
    # Once: asked again, the link to the current publication may name the next one's folder.
    found = path.resolve()
    with connect(Path(":memory:")) as connection:
        connection.execute(f"attach {literal(str(found))} as published (read_only)")
        connection.execute(f"set variable {FOLDER} = {literal(str(found.parent))}")
        connection.execute("use published.audit")
        yield connection


def literal(value: str) -> str:
    """Return `value` as an SQL text literal."""
    return "'" + value.replace("'", "''") + "'"


def identifier(value: str) -> str:
    """Return `value` as a quoted SQL identifier."""
    return '"' + value.replace('"', '""') + '"'
