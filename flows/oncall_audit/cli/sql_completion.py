"""Completion at the prompt: tables, columns, functions, saved queries and their values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property

import duckdb
from prompt_toolkit.completion import CompleteEvent, Completer, PathCompleter
from prompt_toolkit.completion import Completion as Offer
from prompt_toolkit.document import Document

from oncall_audit import queries
from oncall_audit.cli.sql_commands import COMMANDS, MODES
from oncall_audit.cli.sql_reader import Reader
from oncall_audit.errors import AuditError

_WORD = re.compile(r"\w*\Z")
_QUALIFIED = re.compile(r"(\w+)\.(\w*)\Z")
_AFTER_FROM = re.compile(r"\b(?:from|join)\s+\w*\Z", re.IGNORECASE)
# Read from the tables: what cannot be seen when it is typed is not offered.
_PLAIN = re.compile(r"[\w.@:/-]+\Z")


class Completion(Completer):
    """Offers what fits where the cursor is."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Offer]:
        """Offer commands and their arguments after a dot, else the words of a query."""
        before = document.text_before_cursor.lstrip()
        if not before.startswith("."):
            yield from self._words(document)
        elif " " not in before:
            yield from _offers(before, COMMANDS, "")
        elif before.startswith(".read "):
            path = Document(before.removeprefix(".read ").lstrip())
            yield from PathCompleter(expanduser=True).get_completions(path, complete_event)
        else:
            command, _, rest = before.partition(" ")
            yield from self._arguments(command, rest.lstrip())

    def _words(self, document: Document) -> Iterator[Offer]:
        qualified = _QUALIFIED.search(document.text_before_cursor)
        if qualified:
            yield from _offers(qualified[2], self._columns_of(qualified[1], document), "column")
            return
        found = _WORD.search(document.text_before_cursor)
        word = found[0] if found else ""
        named = [table for table in self.columns if re.search(rf"\b{table}\b", document.text)]
        near = dict.fromkeys(column for table in named for column in self.columns[table])
        far = dict.fromkeys(column for them in self.columns.values() for column in them)
        if _AFTER_FROM.search(document.text_before_cursor):
            yield from _offers(word, self.columns, "table")
            return
        yield from _offers(word, near, "column")
        yield from _offers(word, self.columns, "table")
        if word:
            yield from _offers(word, (it for it in far if it not in near), "column")
            yield from _offers(word, self.keywords, "keyword")
            yield from _offers(word, self.functions, "function")

    def _columns_of(self, name: str, document: Document) -> list[str]:
        if name in self.columns:
            return self.columns[name]
        aliased = re.search(rf"\b(\w+)\s+(?:as\s+)?{name}\b", document.text)
        return self.columns.get(aliased[1], []) if aliased else []

    def _arguments(self, command: str, rest: str) -> Iterator[Offer]:
        word = rest.rpartition(" ")[2]
        if command == ".mode":
            yield from _offers(word, MODES, "")
        elif command == ".schema":
            yield from _offers(word, self.columns, "table")
        elif command in {".run", ".queries"} and " " not in rest:
            yield from _offers(word, self.saved, "saved query")
        elif command == ".run":
            yield from self._parameters(self.saved.get(rest.partition(" ")[0]), word)

    def _parameters(self, query: queries.Query | None, word: str) -> Iterator[Offer]:
        name, separator, value = word.partition("=")
        for parameter in query.parameters if query else ():
            if not separator:
                yield from _offers(word, [f"{parameter.name}="], parameter.meaning)
            elif parameter.name == name and parameter.among:
                known = queries.known(self.reader.connection, parameter)
                yield from _offers(value, filter(_PLAIN.match, known), "")

    @property
    def saved(self) -> dict[str, queries.Query]:
        """The saved queries by name; none while one of them cannot be read."""
        try:
            return queries.load(self.reader.workspace.queries)
        except AuditError:
            return {}

    @cached_property
    def columns(self) -> dict[str, list[str]]:
        """The columns of each published table."""
        found: dict[str, list[str]] = {}
        for table, column in self._rows(
            "select table_name, column_name from duckdb_columns()"
            " where database_name = 'published' and schema_name = 'audit'"
            " order by table_name, column_index"
        ):
            found.setdefault(table, []).append(column)
        return found

    @cached_property
    def functions(self) -> list[str]:
        """The functions of DuckDB that are called by a name."""
        rows = self._rows(
            "select distinct function_name from duckdb_functions()"
            " where regexp_matches(function_name, '^[a-z]\\w+$') order by 1"
        )
        return [f"{name}(" for (name,) in rows]

    @cached_property
    def keywords(self) -> list[str]:
        """The keywords of DuckDB's SQL."""
        return [name for (name,) in self._rows("select keyword_name from duckdb_keywords()")]

    def _rows(self, query: str) -> list[tuple[str, ...]]:
        try:
            return self.reader.connection.execute(query).fetchall()
        except duckdb.Error:
            return []


def _offers(word: str, names: Iterable[str], what: str) -> Iterator[Offer]:
    start = word.lower()
    for name in dict.fromkeys(names):
        if name.lower().startswith(start) and name != word:
            yield Offer(name, start_position=-len(word), display_meta=what)
