"""Published tables -> schema `audit` in PostgreSQL, for BI tools and readers elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.reports.published import connect

if TYPE_CHECKING:
    import duckdb
    from psycopg import Connection

_SCHEMA = "audit"
_OURS = "Published tables of oncall-audit. Each copy puts new rows in place of the old ones."
_LOCK = 0x0CA11
_CONNECT_SECONDS = 15
_BATCH = 10_000
# Whatever else DuckDB may have is copied as text.
_TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP": "timestamp without time zone",
    "VARCHAR[]": "text[]",
}


@dataclass(frozen=True, slots=True)
class _Table:
    name: str
    comment: str | None
    # Name, type in DuckDB and comment of each.
    columns: tuple[tuple[str, str, str | None], ...]

    @property
    def shape(self) -> list[tuple[str, str]]:
        return [(name, _TYPES.get(kind, "text")) for name, kind, _ in self.columns]


def copy(
    database: Path, address: str, password: str | None, readers: Iterable[str] = ()
) -> dict[str, int]:
    """Copy all published tables in one transaction; return the rows of each.

    Who reads there sees the old rows until all are new, waits for nothing and holds nothing up.
    """
    psycopg = _library()
    said = _parameters(psycopg, address, password)
    try:
        with connect(database) as published, psycopg.connect(**said) as server:
            return _copy(published, server, readers)
    except psycopg.errors.DependentObjectsStillExist as error:
        raise AuditError(
            f"A table has another shape now, and something of yours rests on the old one:"
            f" {error.diag.message_detail or error}. Drop that, copy again, and make it anew."
        ) from None
    except psycopg.Error as error:
        words = error.diag.message_primary or str(error).partition("\n")[0]
        if password:
            words = words.replace(password, "…")
        raise AuditError(
            f"PostgreSQL at {said.get('host', 'localhost')}: {words}. Nothing was copied."
        ) from None


def _parameters(psycopg: Any, address: str, password: str | None) -> dict[str, Any]:
    try:
        said: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.Error:
        # Its words repeat the address.
        raise ConfigurationError(
            "That is no address: write postgresql://user@host/database, without a password."
        ) from None
    if "password" in said:
        raise ConfigurationError(
            "A password must not stand in an address: set PGPASSWORD in .env or the environment."
        )
    if password:
        said["password"] = password
    if not str(said.get("host", "/")).startswith("/"):
        said.setdefault("sslmode", "verify-full")
    said.setdefault("connect_timeout", _CONNECT_SECONDS)
    said.setdefault("application_name", "oncall-audit")
    return said


def _copy(
    published: duckdb.DuckDBPyConnection, server: Connection[Any], readers: Iterable[str]
) -> dict[str, int]:
    from psycopg.sql import SQL, Identifier

    server.execute("select pg_advisory_xact_lock(%s)", [_LOCK])
    _make_schema(server)
    tables = [*_tables(published)]
    before = _shapes(server)
    granted = _granted(server)
    for name in set(before) - {table.name for table in tables}:
        server.execute(SQL("drop table {}").format(Identifier(_SCHEMA, name)))
    copied = {table.name: _fill(published, server, table, before) for table in tables}
    schema = Identifier(_SCHEMA)
    # A table that is made anew has lost its readers. Nobody gets more than they had.
    for name, reader in granted:
        if name in copied:
            table, role = Identifier(_SCHEMA, name), Identifier(reader)
            server.execute(SQL("grant select on {} to {}").format(table, role))
    for reader in readers:
        role = Identifier(reader)
        server.execute(SQL("grant usage on schema {} to {}").format(schema, role))
        words = SQL("grant select on all tables in schema {} to {}")
        server.execute(words.format(schema, role))
    return copied


def _make_schema(server: Connection[Any]) -> None:
    from psycopg.sql import SQL, Identifier, Literal

    query = "select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = %s"
    found = server.execute(query, [_SCHEMA]).fetchone()
    if found and found[0] != _OURS:
        raise ConfigurationError(
            f"The database has a schema {_SCHEMA} that oncall-audit did not make. Nothing was"
            " copied: choose another database."
        )
    if not found:
        name = Identifier(_SCHEMA)
        server.execute(SQL("create schema {}").format(name))
        server.execute(SQL("comment on schema {} is {}").format(name, Literal(_OURS)))


def _granted(server: Connection[Any]) -> list[tuple[str, str]]:
    return server.execute(
        "select table_name, grantee from information_schema.table_privileges"
        " where table_schema = %s and privilege_type = 'SELECT'"
        " and grantee not in (current_user, 'PUBLIC') order by 1, 2",
        [_SCHEMA],
    ).fetchall()


def _tables(published: duckdb.DuckDBPyConnection) -> Iterator[_Table]:
    comments = published.execute(
        "select table_name, comment from duckdb_tables() where database_name = 'published'"
        " union all select view_name, comment from duckdb_views()"
        " where database_name = 'published' and schema_name = 'audit' order by 1"
    ).fetchall()
    columns = published.execute(
        "select table_name, column_name, data_type, comment from duckdb_columns()"
        " where database_name = 'published' and schema_name = 'audit' order by column_index"
    ).fetchall()
    for name, comment in comments:
        yield _Table(name, comment, tuple(it[1:] for it in columns if it[0] == name))


def _shapes(server: Connection[Any]) -> dict[str, list[tuple[str, str]]]:
    rows = server.execute(
        "select relname, attname, format_type(atttypid, atttypmod) from pg_attribute"
        " join pg_class on pg_class.oid = attrelid"
        " join pg_namespace on pg_namespace.oid = relnamespace"
        " where nspname = %s and relkind = 'r' and attnum > 0 and not attisdropped"
        " order by relname, attnum",
        [_SCHEMA],
    ).fetchall()
    shapes: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows:
        shapes.setdefault(table, []).append((column, kind))
    return shapes


def _fill(
    published: duckdb.DuckDBPyConnection,
    server: Connection[Any],
    table: _Table,
    before: dict[str, list[tuple[str, str]]],
) -> int:
    from psycopg.sql import SQL, Identifier

    name = Identifier(_SCHEMA, table.name)
    if before.get(table.name) == table.shape:
        # Not `truncate`, which would wait for every reader and make the next ones wait.
        server.execute(SQL("delete from {}").format(name))
    else:
        _make(server, table, is_new=table.name not in before)
    columns = SQL(", ").join(Identifier(column) for column, _ in table.shape)
    source = ", ".join(_selected(column, kind) for column, kind, _ in table.columns)
    rows = published.execute(f'select {source} from "{table.name}"')
    count = 0
    with server.cursor().copy(SQL("copy {} ({}) from stdin").format(name, columns)) as target:
        while batch := rows.fetchmany(_BATCH):
            count += len(batch)
            for row in batch:
                target.write_row(row)
    server.execute(SQL("analyze {}").format(name))
    return count


def _make(server: Connection[Any], table: _Table, *, is_new: bool) -> None:
    from psycopg.sql import SQL, Identifier, Literal

    name = Identifier(_SCHEMA, table.name)
    if not is_new:
        server.execute(SQL("drop table {}").format(name))
    columns = SQL(", ").join(
        SQL("{} {}").format(Identifier(column), SQL(kind)) for column, kind in table.shape
    )
    server.execute(SQL("create table {} ({})").format(name, columns))
    server.execute(SQL("comment on table {} is {}").format(name, Literal(table.comment)))
    for column, _, comment in table.columns:
        place = Identifier(_SCHEMA, table.name, column)
        server.execute(SQL("comment on column {} is {}").format(place, Literal(comment)))


def _selected(column: str, kind: str) -> str:
    # PostgreSQL has no room for NUL in text; and a name in the published tables is a plain word.
    if kind == "VARCHAR":
        return f"replace(\"{column}\", chr(0), '⟨U+0000⟩')"
    return f'"{column}"' if kind in _TYPES else f'"{column}"::varchar'


def _library() -> Any:
    try:
        import psycopg
    except ImportError:
        raise ConfigurationError(
            "A copy to PostgreSQL needs psycopg: pip install 'oncall-audit[postgresql]'."
        ) from None
    return psycopg
