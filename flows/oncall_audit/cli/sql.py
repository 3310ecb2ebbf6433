"""`oncall-audit sql`: SQL on the published tables, read-only and fenced in."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import duckdb

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import warn_if_stale
from oncall_audit.errors import AuditError
from oncall_audit.evidence import custody
from oncall_audit.reports.published import connect
from oncall_audit.reports.text import csv_cell, json_text, plain, visible
from oncall_audit.workspace import Workspace

_BATCH = 10_000
_ON_SCREEN = 1_000
_LEAVE = {"exit", "quit", ".exit", ".quit", "\\q"}

Row = Sequence[Any]


@click.command()
@click.argument("query", required=False)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "csv", "json"]),
    help="Default: a table on a terminal, CSV in a pipe.",
)
@json_option
@workspace_option
def sql(query: str | None, output_format: str | None, as_json: bool, workspace: Workspace) -> None:
    """Run SQL on the published tables; without a QUERY, at a prompt.

    Nothing can be written and no other file read. In CSV, text that a spreadsheet would take for a
    formula is given an apostrophe; JSON has every value as it is.

    \b
    oncall-audit sql "select severity, count(*) from findings group by all"
    oncall-audit sql "show tables"
    """  # noqa: D301
    chosen = "json" if as_json else output_format or ("table" if _is_terminal() else "csv")
    with fenced(workspace.published) as connection:
        warn_if_stale(workspace)
        if query is None and sys.stdin.isatty():
            _prompt(connection, chosen, workspace)
        else:
            _run(connection, query if query is not None else sys.stdin.read(), chosen, workspace)


def fenced(database: Path) -> duckdb.DuckDBPyConnection:
    """Open the published tables so that no query can leave them."""
    connection = connect(database)
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _run(
    connection: duckdb.DuckDBPyConnection, query: str, output_format: str, workspace: Workspace
) -> None:
    if not query.strip():
        raise AuditError('There is no query. Try: oncall-audit sql "show tables"')
    try:
        # Before the first row: also of a result that the reader does not wait for.
        custody.note(workspace, "sql", _tables(connection, query))
        connection.execute(query)
        columns = [column[0] for column in connection.description or ()]
        rows = _rows(connection) if columns else iter(())
        _WRITERS[output_format](columns, rows)
    except duckdb.Error as error:
        raise AuditError(explained(error)) from None


def _tables(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """Return the published tables that a query names, and nothing else that is in it."""
    published = {name for (name,) in connection.execute("show tables").fetchall()}
    return published & set(re.findall(r"\w+", query.lower()))


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[Row]:
    while batch := connection.fetchmany(_BATCH):
        yield from batch


def _write_csv(columns: Sequence[str], rows: Iterator[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    shown = _cell if _is_terminal() else plain
    writer.writerow([csv_cell(shown(name)) for name in columns])
    for row in rows:
        writer.writerow(["" if cell is None else csv_cell(shown(plain(cell))) for cell in row])


def _write_json(columns: Sequence[str], rows: Iterator[Row]) -> None:
    # Row by row: a result may be larger than memory.
    separator = "[\n"
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        written = json.dumps(named, ensure_ascii=False, default=plain)
        click.echo(separator + json_text(written), nl=False)
        separator = ",\n"
    click.echo("[]" if separator == "[\n" else "\n]")


def _write_table(columns: Sequence[str], rows: Iterator[Row]) -> None:
    from oncall_audit.cli.output import print_table

    shown = [[_cell(cell) for _, cell in zip(columns, row, strict=True)] for row in _first(rows)]
    print_table([visible(name) for name in columns], shown)
    more = next(rows, None) is not None
    count = f"first {len(shown):,} rows; --format csv gives all" if more else f"{len(shown):,} rows"
    click.echo(f"({count})" if len(shown) != 1 else "(1 row)")


_WRITERS = {"csv": _write_csv, "json": _write_json, "table": _write_table}


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    for _ in range(_ON_SCREEN):
        row = next(rows, None)
        if row is None:
            return
        yield row


def _cell(value: Any) -> str:
    # Names come from logs: an escape sequence in one must not reach the terminal.
    return "" if value is None else visible(str(value))


def explained(error: duckdb.Error) -> str:
    """Say what DuckDB refused in the words of this program."""
    text = str(error)
    if "read-only mode" in text:
        kind = re.search(r'of type "(\w+)"', text)
        return (
            f"The published tables are read-only: {kind[1] if kind else 'writing'} is refused,"
            " for every audit makes them anew."
        )
    if isinstance(error, duckdb.PermissionException) or "has been locked" in text:
        return "Only the published tables can be reached here: no other files, no extensions."
    return visible_lines(text)


def visible_lines(text: str) -> str:
    """Make each line of a message safe for a terminal."""
    return "\n".join(visible(line) for line in text.splitlines() if line.strip())


def _prompt(
    connection: duckdb.DuckDBPyConnection, output_format: str, workspace: Workspace
) -> None:
    click.echo(
        "Published audit tables. End a query with ';'. 'show tables;' lists them, 'quit' leaves."
    )
    with _history(workspace.data / "sql_history"):
        for query in _queries():
            try:
                _run(connection, query, output_format, workspace)
            except AuditError as error:
                click.echo(str(error), err=True)


def _queries() -> Iterator[str]:
    """Yield what is typed up to each semicolon, until the end."""
    lines: list[str] = []
    while True:
        try:
            line = input("   … " if lines else "sql> ")
        except EOFError:
            click.echo()
            return
        except KeyboardInterrupt:
            click.echo()
            lines.clear()
            continue
        if not lines and line.strip().rstrip(";").lower() in _LEAVE:
            return
        if line.strip():
            lines.append(line)
        if lines and line.rstrip().endswith(";"):
            yield "\n".join(lines)
            lines.clear()


class _history:  # noqa: N801 - used like a function
    """Keeps the typed lines of earlier prompts, where the platform can."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        try:
            import readline

            readline.read_history_file(self.path)
        except (ImportError, OSError):
            return

    def __exit__(self, *_error: object) -> None:
        try:
            import readline

            readline.set_history_length(1_000)
            readline.write_history_file(self.path)
        except (ImportError, OSError):
            return
