"""Parquet as a log: its columns as a table's fields, and limits on what it may expand to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing.bytes_in import MOST_EXPANSION, SMALL
from oncall_audit.landing.framing import LONGEST
from oncall_audit.landing.sql import literal, name, texts

Columns = Mapping[str, str]

PATH = "landing_path"
_ROW = "file_row_number"
_MEMORY = "512MB"
# DuckDB holds so many rows of a file at a time, and a column's part whole.
_ROWS_AT_ONCE = 2048
_LARGEST_PART = 64 * 1024 * 1024
_LARGEST_CHUNK = 256 * 1024 * 1024
# A run of equal values takes no room in a file: so many of them honest files may have.
_FEW = 1_000_000
# Of text in Parquet, whose repetitions cost less than those in gzip.
_EXPANSION = 5 * MOST_EXPANSION
_FETCHED = 256
_CHUNKS = "select path_in_schema, num_values, total_uncompressed_size from parquet_metadata({})"
_NESTED = ("struct", "list", "array", "map")


@dataclass(frozen=True, slots=True)
class Look:
    """What can be told of a file before its values are read; `problem` says why they are not."""

    problem: str | None = None
    columns: Columns = field(default_factory=dict)
    text_size: int = 0
    has_giants: bool = False


def look(path: Path, table: LogTable) -> Look:
    """Look at a file: whether it is one, what columns it has, and whether there is room for it."""
    try:
        with _connected() as connection:
            found = _columns(connection, path)
            chunks = connection.execute(_CHUNKS.format(literal(str(path)))).fetchall()
            if problem := _outsized(path, table, chunks):
                return Look(problem)
            # The first look at values holds none of them, only how long they are.
            part, whole, longest = connection.execute(_weighed(path, table, found)).fetchone() or ()
            connection.execute(f"explain {selection([str(path)], table, found)}")
    except duckdb.Error as error:
        return Look(_unreadable(error))
    most = max(SMALL, _EXPANSION * path.stat().st_size)
    if part > _LARGEST_PART or whole > most:
        return Look(f"the file expands to more than {min(most, _LARGEST_PART)} bytes")
    return Look(None, found, sum(size for _, _, size in chunks), longest > LONGEST)


def selection(paths: Iterable[str], table: LogTable, found: Columns) -> str:
    """Return the query for the table's fields of files with these columns, record by record.

    It fails where something stands in a field that is of another form.
    """
    fields = "".join(
        f", ({_field(column, kind, found, is_lenient=False)})::{kind} as {name(column)}"
        for column, kind in table.fields.items()
    )
    return f"select {PATH}, {_ROW} + 1 as raw_line{fields} {_scan(paths)}"


def records(path: Path, table: LogTable) -> Iterator[tuple[int, bytes, str | None]]:
    """Yield each record's number and JSON; at last, where the file breaks off, the reason."""
    line = 0
    try:
        with _connected() as connection:
            columns = _columns(connection, path)
            fields = ", ".join(
                f"{name(column)} := {_field(column, kind, columns, is_lenient=True)}"
                for column, kind in table.fields.items()
            )
            found = connection.execute(
                f"select {_ROW} + 1, to_json(struct_pack({fields}))::varchar {_scan([str(path)])}"
            )
            while rows := found.fetchmany(_FETCHED):
                for line, text in rows:
                    yield line, text.encode(), None
    except duckdb.Error as error:
        yield line + 1, b"", _unreadable(error)


def _scan(paths: Iterable[str]) -> str:
    return (
        f"from read_parquet({texts(paths)}, {_ROW} = true, filename = {literal(PATH)},"
        " hive_partitioning = false)"
    )


def _connected() -> duckdb.DuckDBPyConnection:
    # A file that leads DuckDB astray must not take the landing's own connection with it.
    connection = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": _MEMORY,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    connection.execute("set TimeZone = 'UTC'")
    return connection


def _unreadable(error: duckdb.Error) -> str:
    return f"not a Parquet file that can be read ({str(error).splitlines()[0]})"


def _columns(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    found = connection.execute(f"describe {_scan([str(path)])}").fetchall()
    return {column: kind for column, kind, *_ in found if column not in (PATH, _ROW)}


def _outsized(path: Path, table: LogTable, chunks: list[tuple[str, int, int]]) -> str | None:
    """Judge a file by what it says of itself, before anything of it is unpacked."""
    values: dict[str, int] = {}
    for place, count, size in chunks:
        if place.split(", ")[0] not in table.fields:
            continue
        if size > _LARGEST_CHUNK:
            return f"its column {place} has a part of more than {_LARGEST_CHUNK} bytes"
        values[place] = values.get(place, 0) + count
    most = max(_FEW, path.stat().st_size)
    if max(values.values(), default=0) > most:
        return f"it has more than {most} records or values of a list"
    return None


def _weighed(path: Path, table: LogTable, found: Columns) -> str:
    lengths = [
        f"coalesce({_length(name(column), duckdb.sqltype(found[column]), 0)}, 0)"
        for column in table.fields
        if column in found
    ]
    return (
        "select coalesce(max(part), 0), coalesce(sum(part), 0), coalesce(max(longest), 0) from ("
        "select sum(length) as part, max(length) as longest from ("
        f"select {' + '.join(lengths) or '0'} as length, {_ROW} // {_ROWS_AT_ONCE} as number"
        f" {_scan([str(path)])}) group by number)"
    )


def _length(value: str, kind: Any, depth: int) -> str:
    """Return the bytes of the texts in a value, whatever it is made of, in SQL."""
    if kind.id == "varchar":
        return f"strlen({value})"
    if kind.id == "blob":
        return f"4 * octet_length({value})"
    if kind.id == "struct":
        parts = (_length(f"{value}.{name(key)}", part, depth) for key, part in kind.children)
        return "(" + " + ".join(f"coalesce({part}, 0)" for part in parts) + ")"
    if kind.id in ("list", "array"):
        each = _length(f"it_{depth}", kind.children[0][1], depth + 1)
        return f"list_sum(list_transform({value}, lambda it_{depth}: coalesce({each}, 0)))"
    if kind.id == "map":
        halves = zip(("map_keys", "map_values"), kind.children, strict=True)
        sums = (
            f"coalesce(list_sum(list_transform({half}({value}), lambda it_{depth}:"
            f" coalesce({_length(f'it_{depth}', part, depth + 1)}, 0))), 0)"
            for half, (_, part) in halves
        )
        return f"({' + '.join(sums)})"
    return "8"


def _field(column: str, kind: str, found: Columns, *, is_lenient: bool) -> str:
    if column not in found:
        return f"null::{kind}"
    wanted, had = duckdb.sqltype(kind), duckdb.sqltype(found[column])
    return _Reading(is_lenient).value(name(column), had, wanted, 0)


@dataclass(frozen=True, slots=True)
class _Reading:
    """How values are read as the same values in JSON would be, in SQL."""

    is_lenient: bool

    def value(self, value: str, had: Any, wanted: Any, depth: int) -> str:
        if str(wanted) == "JSON":
            return f"to_json({value})"
        if wanted.id == "struct":
            return self._object(value, had, wanted, depth)
        if wanted.id == "list":
            return self._list(value, had, wanted, depth)
        # Some writers do not say that their texts are texts.
        plain = f"coalesce(try(decode({value})), {value}::varchar)" if had.id == "blob" else value
        return f"to_json({value})::varchar" if had.id in _NESTED else f"{plain}::varchar"

    def _object(self, value: str, had: Any, wanted: Any, depth: int) -> str:
        if had.id != "struct":
            return self._refused(value, wanted, "an object")
        known = dict(had.children)
        parts = (
            f"{name(key)} := {self.value(f'{value}.{name(key)}', known[key], part, depth)}"
            if key in known
            else f"{name(key)} := null::{part}"
            for key, part in wanted.children
        )
        return f"case when {value} is not null then struct_pack({', '.join(parts)}) end"

    def _list(self, value: str, had: Any, wanted: Any, depth: int) -> str:
        if had.id != "list":
            return self._refused(value, wanted, "a list")
        each = self.value(f"it_{depth}", had.children[0][1], wanted.children[0][1], depth + 1)
        return f"list_transform({value}, lambda it_{depth}: {each})"

    def _refused(self, value: str, wanted: Any, form: str) -> str:
        if self.is_lenient:
            return value
        # A column in which nothing stands is of any form.
        reason = literal(f"{value} is not {form}")
        return f"case when {value} is not null then error({reason}) end::{wanted}"
