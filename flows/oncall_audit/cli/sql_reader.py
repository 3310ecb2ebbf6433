"""A reader of the published tables: fenced in, interruptible, and aware of a newer audit."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, Self, TypeVar

import click
import duckdb
from duckdb import StatementType

from oncall_audit import queries
from oncall_audit.cli.sql_output import Row, explained, write
from oncall_audit.errors import AuditError
from oncall_audit.evidence import custody
from oncall_audit.reports.published import connect, filled
from oncall_audit.workspace import Workspace

_BATCH = 10_000

T = TypeVar("T")
Show = Callable[[str, Sequence[str], Iterator[Row]], None]


def fenced(database: Path) -> duckdb.DuckDBPyConnection:
    """Open the published tables so that no query can leave them."""
    connection = connect(database)
    parts = [str(path) for path in database.resolve().parent.glob("*/*.parquet")]
    connection.execute(filled("set allowed_paths = $parts", {"parts": parts}))
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def refuse_files(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    """Raise `duckdb.PermissionException` where a query would write a file, even a published one."""
    for statement in connection.extract_statements(query):
        is_wrapped = statement.type in (StatementType.EXPLAIN, StatementType.PREPARE)
        if statement.type == StatementType.COPY or (
            is_wrapped and re.search(r"\bcopy\b", statement.query, re.IGNORECASE)
        ):
            raise duckdb.PermissionException("Permission Error: COPY is disabled.")


class Reader:
    """One who reads a publication; it stays whole for them when the next one takes its place."""

    def __init__(self, workspace: Workspace, mode: str, show: Show = write) -> None:
        self.workspace, self.mode, self.show = workspace, mode, show
        # In a thread of its own a query leaves this one free to hear that it should end.
        self._pool = ThreadPoolExecutor(1)
        self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()
        self._pool.shutdown()

    def renew(self) -> bool:
        """Open the current publication if a newer audit was published; say whether it was."""
        if self.workspace.published.resolve() == self.database:
            return False
        self.connection.close()
        self._open()
        return True

    def run(self, query: str, values: Mapping[str, Any] | None = None) -> None:
        """Run a query with its values and show the answer; `AuditError` says what is wrong."""
        if not query.strip():
            raise AuditError('There is no query. Try: oncall-audit sql "show tables"')
        try:
            # Before the first row: also of a result that the reader does not wait for.
            custody.note(self.workspace, "sql", self._tables(query))
            refuse_files(self.connection, query)
            self._wait(lambda: queries.bound(self.connection, query, values or {}))
            columns = [column[0] for column in self.connection.description or ()]
            self.show(self.mode, columns, self._rows() if columns else iter(()))
        except duckdb.Error as error:
            raise AuditError(explained(error)) from None

    def ask(self, name: str, given: Mapping[str, str]) -> None:
        """Run a saved query with the values given for its parameters, and show the answer."""
        saved = queries.load(self.workspace.queries)
        if name not in saved:
            hint = queries.meant_by(name, saved)
            raise AuditError(f"There is no saved query '{name}'. {hint}")
        query = saved[name]
        try:
            values = queries.spelled(self.connection, query, query.values(given))
            blind = queries.blind_hours(self.connection, query, values)
        except duckdb.Error as error:
            raise AuditError(f"{name}: {explained(error)}") from None
        self.run(query.sql, values)
        if blind:
            click.echo(blind, err=True)

    def _open(self) -> None:
        self.database = self.workspace.published.resolve()
        missing = not self.database.is_file()
        # The message names the place where people look.
        self.connection = fenced(self.workspace.published if missing else self.database)

    def _tables(self, query: str) -> set[str]:
        """Return the published tables that a query names, and nothing else that is in it."""
        published = {name for (name,) in self.connection.execute("show tables").fetchall()}
        return published & set(re.findall(r"\w+", query.lower()))

    def _rows(self) -> Iterator[Row]:
        while batch := self._wait(lambda: self.connection.fetchmany(_BATCH)):
            yield from batch

    def _wait(self, work: Callable[[], T]) -> T:
        done: Future[T] = self._pool.submit(work)
        try:
            return done.result()
        except KeyboardInterrupt:
            self.connection.interrupt()
            wait([done])
            raise
