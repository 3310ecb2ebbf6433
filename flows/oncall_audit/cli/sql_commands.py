"""What begins with a dot: commands about the tables, the saved queries and how answers look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import duckdb

from oncall_audit import queries
from oncall_audit.cli.output import print_json, print_table
from oncall_audit.cli.sql_reader import Reader
from oncall_audit.errors import AuditError
from oncall_audit.queries import Query
from oncall_audit.reports.text import visible
from oncall_audit.workspace import Workspace

MODES = ("table", "csv", "json")


def perform(reader: Reader, text: str, given: Mapping[str, str] | None = None) -> None:
    """Run a query, or the command that begins with a dot."""
    name, _, rest = text.strip().rstrip(";").partition(" ")
    if not name.startswith("."):
        reader.run(text, given)
        return
    if name not in COMMANDS:
        raise AuditError(f"There is no command {name}. .help lists them.")
    COMMANDS[name].does(reader, rest.strip())


def assigned(words: Iterable[str]) -> dict[str, str]:
    """Read `name=value` words."""
    values = {}
    for word in words:
        name, separator, value = word.partition("=")
        if not separator or not name.isidentifier():
            raise AuditError(f"'{word}' is no parameter: write name=value.")
        values[name] = value
    return values


def list_queries(workspace: Workspace, mode: str) -> None:
    """Print the saved queries with their questions and parameters."""
    saved = queries.load(workspace.queries).values()
    if mode == "json":
        print_json([asdict(query) for query in saved])
        return
    columns = ("query", "question", "parameters (those in brackets may be left out)")
    print_table(columns, ([it.name, it.question, _parameters(it)] for it in saved))


def _parameters(query: Query) -> str:
    return " ".join(
        f"{it.name}={it.example}" if it.is_required else f"[{it.name}={it.example}]"
        for it in query.parameters
    )


def _tables(reader: Reader, _rest: str) -> None:
    """List the tables, their rows and what a row is."""
    reader.run(
        'select table_name as "table", estimated_size as rows, comment as "what a row is"'
        " from duckdb_tables() where database_name = 'published' and schema_name = 'audit'"
        " union all select view_name, null, comment from duckdb_views()"
        " where database_name = 'published' and schema_name = 'audit' order by 1"
    )


def _schema(reader: Reader, table: str) -> None:
    """Show the columns of a table and what they mean."""
    described = (
        "from duckdb_columns() where database_name = 'published' and schema_name = 'audit'"
        " and table_name = "
    )
    name = "'" + table.strip('"').lower().replace("'", "''") + "'"
    if not table or not reader.connection.execute(f"select 1 {described}{name}").fetchall():
        raise AuditError(f"There is no table '{visible(table)}'. .tables lists them.")
    reader.run(
        'select column_name as "column", lower(data_type) as type, comment as meaning'
        f" {described}{name} order by column_index"
    )


def _queries(reader: Reader, name: str) -> None:
    """List the saved queries, or show one."""
    if not name:
        list_queries(reader.workspace, reader.mode)
        return
    saved = queries.load(reader.workspace.queries)
    if name not in saved:
        raise AuditError(f"There is no saved query '{name}'. {queries.meant_by(name, saved)}")
    click.echo(saved[name].path.read_text(encoding="utf-8").rstrip())


def _run(reader: Reader, words: str) -> None:
    """Run a saved query."""
    import shlex

    try:
        name, *values = shlex.split(words)
    except ValueError:
        raise AuditError("Write: .run NAME name=value … ; .queries lists them.") from None
    reader.ask(name, assigned(values))


def _read(reader: Reader, name: str) -> None:
    """Run the queries of a file."""
    path = Path(name).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise AuditError(f"{name or 'No file'} cannot be read ({type(error).__name__}).") from None
    for statement in statements(reader, text):
        reader.run(statement)


def _mode(reader: Reader, mode: str) -> None:
    """Show answers as a table, CSV or JSON."""
    if mode not in MODES:
        raise AuditError(f"Write .mode {', '.join(MODES[:-1])} or {MODES[-1]}.")
    reader.mode = mode


def _help(reader: Reader, _rest: str) -> None:
    """Tell all this."""
    print_table(
        ("command", "does"),
        ((f"{name} {it.usage}".strip(), it.does.__doc__ or "") for name, it in COMMANDS.items()),
    )


def statements(reader: Reader, text: str) -> list[str]:
    """Split text into its statements; what cannot be parsed is one."""
    try:
        return [statement.query for statement in reader.connection.extract_statements(text)]
    except duckdb.Error:
        return [text]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: what follows its name, and what it does."""

    usage: str
    does: Callable[[Reader, str], None]


COMMANDS = {
    ".tables": Command("", _tables),
    ".schema": Command("TABLE", _schema),
    ".queries": Command("[NAME]", _queries),
    ".run": Command("NAME [name=value …]", _run),
    ".read": Command("FILE", _read),
    ".mode": Command("table|csv|json", _mode),
    ".help": Command("", _help),
}
