"""The quick way in: files of one shape, read in bulk by DuckDB, as numbered records with fields.

Each function leaves a relation `raw` with `position` (of the file in the batch), `raw_line` and the
table's fields. Whatever is odd raises; such files are then read one by one, carefully.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing import parquet
from oncall_audit.landing.sightings import Shape, Sighting, is_whole_gzip
from oncall_audit.landing.sql import literal, mapping, name, struct, texts

LONGEST_LINE = 16 * 1024 * 1024
_LONGEST_OBJECT = 64 * 1024 * 1024
_MODULO = 1 << 32
# By the link's name: a join with a table of names would lose the order of the records.
_POSITION = "right(filename, 6)::integer"
_CONTINUES = "(starts_with(line, ' ') or starts_with(line, chr(9)))"
_BLANK = "(line is null or (starts_with(line, ' ') and trim(line) = ''))"


class DoubtError(Exception):
    """A file that only the careful reader should read; `positions` names it, None means any."""

    def __init__(self, positions: set[int] | None = None) -> None:
        super().__init__()
        self.positions = positions


def read(
    connection: duckdb.DuckDBPyConnection,
    table: LogTable,
    files: list[Sighting],
    links: list[Path],
) -> None:
    """Make the relation `raw` of files of one shape, which lie under `links` in the same order."""
    doubtful = {n for n, file in enumerate(files) if file.is_doubtful}
    if doubtful:
        raise DoubtError(doubtful)
    form = files[0].shape.form
    if form == "records":
        _records(connection, table, files, links)
    elif form == "parquet":
        _parquet(connection, table, files, links)
    elif form == "lines" and table.framing == "lines":
        _lines(connection, table, files, links)
    else:
        _numbered(connection, table, files, links)


def _records(
    connection: duckdb.DuckDBPyConnection,
    table: LogTable,
    files: list[Sighting],
    paths: list[Path],
) -> None:
    longest = max(file.text_size for file in files) + 1024
    if longest > _LONGEST_OBJECT:
        raise DoubtError
    source = _json(
        paths, files[0].shape, {table.records: struct(table.fields) + "[]"}, "unstructured", longest
    )
    records = name(table.records)
    # An object without the list beside others must not be lost.
    connection.execute(
        "create or replace temp view raw as"
        f" with arrays as (select {_POSITION} as position, case when {records} is null"
        f"  then error('an object without its list') else {records} end as records"
        f" from {source}),"
        " numbered as (select position, unnest(records) as record,"
        "  generate_subscripts(records, 1) as raw_line from arrays)"
        " select position, raw_line, record.* from numbered"
    )


def _parquet(
    connection: duckdb.DuckDBPyConnection,
    table: LogTable,
    files: list[Sighting],
    paths: list[Path],
) -> None:
    columns = dict(files[0].shape.typed)
    found = parquet.selection(map(str, paths), table, columns)
    connection.execute(
        f"create or replace temp view raw as select right({parquet.PATH}, 6)::integer as position,"
        f" * exclude ({parquet.PATH}) from ({found})"
    )


def _numbered(
    connection: duckdb.DuckDBPyConnection,
    table: LogTable,
    files: list[Sighting],
    paths: list[Path],
) -> None:
    shape = files[0].shape
    fields = {name(field): f"null::{kind}" for field, kind in table.fields.items()}
    if table.framing == "csv":
        source, found = _csv(paths, shape, table)
        fields |= found
    else:
        form = {"array": "array", "objects": "unstructured"}.get(shape.form, "newline_delimited")
        longest = max(file.text_size for file in files) + 1024 if form == "unstructured" else 0
        if longest > _LONGEST_OBJECT:
            raise DoubtError
        fields = {name(field): name(field) for field in table.fields}
        guard = {} if table.records in table.fields else {table.records: "JSON"}
        fields |= {name(field): name(field) for field in guard}
        source = _json(paths, shape, {**table.fields, **guard}, form, longest)
    loaded = ", ".join(f"{expression} as {field}" for field, expression in fields.items())
    connection.execute(
        f"create or replace temp table loaded as select {_POSITION} as position, {loaded}"
        f" from {source}"
    )
    if table.framing == "json" and table.records not in table.fields:
        unread = f"{name(table.records)} is not null"
        _refuse(connection, f"select distinct position from loaded where {unread}")
    if shape.form != "array":
        _check_length(connection, files, paths)
    # A table keeps the order in which it was read, so its row ids count the records.
    connection.execute(
        "create or replace temp view raw as"
        " with firsts as (select position, min(rowid) as first from loaded group by position)"
        " select position, loaded.rowid - first + 1 as raw_line,"
        f" {', '.join(map(name, table.fields))} from loaded join firsts using (position)"
    )


def _lines(
    connection: duckdb.DuckDBPyConnection,
    table: LogTable,
    files: list[Sighting],
    paths: list[Path],
) -> None:
    connection.execute(
        f"create or replace temp table loaded as select {_POSITION} as position, line"
        f" from {_text(paths, files[0].shape)}"
    )
    connection.execute(
        "create or replace temp table census as select position, min(rowid) as first,"
        f" min(rowid) filter (not {_BLANK}) as head, count(*) as lines,"
        " coalesce(sum(strlen(line)), 0) + count(*) as bytes,"
        f" count_if({_CONTINUES} and not {_BLANK}) as continued"
        " from loaded group by position"
    )
    if files[0].shape.is_gzip:
        _check_ends(connection, files)
    _refuse(connection, "select distinct position from loaded where contains(line, chr(0))")
    continued = connection.execute("select coalesce(sum(continued), 0) from census").fetchone()
    if continued and continued[0]:
        _join_lines(connection)
    joined = "joined" if continued and continued[0] else "loaded"
    number = "number" if joined == "joined" else "loaded.rowid"
    connection.execute(
        "create or replace temp view raw as"
        f" select position, {number} - first + 1 as raw_line, line"
        f" from {joined} join census using (position) where not {_BLANK}"
    )


def _join_lines(connection: duckdb.DuckDBPyConnection) -> None:
    """Put lines that begin with a blank behind the line that they continue."""
    connection.execute(
        "create or replace temp table joined as"
        " with marked as (select position, line, loaded.rowid as number,"
        f"  loaded.rowid = head or not {_CONTINUES} as is_head"
        f"  from loaded join census using (position) where not {_BLANK}),"
        " placed as (select *, max(case when is_head then number end) over ("
        "  order by number rows between unbounded preceding and current row) as record"
        " from marked),"
        " tails as (select record as number, string_agg(line, chr(10) order by number) as tail"
        "  from placed where not is_head group by record)"
        " select position, number, concat(line, chr(10) || tail) as line"
        " from placed left join tails using (number) where is_head"
    )


def _check_length(
    connection: duckdb.DuckDBPyConnection, files: list[Sighting], paths: list[Path]
) -> None:
    """Find gzip files that were cut between two records."""
    if files[0].shape.is_gzip:
        cut = {n for n, path in enumerate(paths) if not is_whole_gzip(path)}
        if cut:
            raise DoubtError(cut)


def _check_ends(connection: duckdb.DuckDBPyConnection, files: list[Sighting]) -> None:
    """Compare the text that was read with the length at each gzip's end; if it differs, look."""
    rows = connection.execute("select position, bytes from census").fetchall()
    read_bytes: dict[int, int] = dict(rows)
    cut = {
        n
        for n, file in enumerate(files)
        if (file.text_size - read_bytes.get(n, 0)) % _MODULO not in {0, _MODULO - 1}
        and not is_whole_gzip(file.path)
    }
    if cut:
        raise DoubtError(cut)


def _refuse(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    found = {position for (position,) in connection.execute(query).fetchall()}
    if found:
        raise DoubtError(found)


def _compression(shape: Shape) -> str:
    return "compression = 'gzip'" if shape.is_gzip else "compression = 'uncompressed'"


def _json(paths: list[Path], shape: Shape, columns: dict[str, str], form: str, longest: int) -> str:
    size = max(LONGEST_LINE, longest)
    return (
        f"read_json({texts(map(str, paths))}, columns = {mapping(columns)}, format = '{form}',"
        f" records = true, filename = true, maximum_object_size = {size}, {_compression(shape)})"
    )


def _csv(paths: list[Path], shape: Shape, table: LogTable) -> tuple[str, dict[str, str]]:
    """Return the reader, and for each field that the files have the column it is in."""
    if not shape.columns:
        raise DoubtError
    # By numbers, for a file may name two columns alike.
    columns = {f"column_{n}": "VARCHAR" for n in range(shape.columns)}
    given = shape.names if table.header else tuple(table.fields)
    found = {n: f for n, f in enumerate(given[: shape.columns]) if f in table.fields}
    source = (
        f"read_csv({texts(map(str, paths))}, columns = {mapping(columns)}, auto_detect = false,"
        " delim = ',', quote = '\"', escape = '\"', filename = true,"
        f" header = {str(table.header).lower()}, parallel = false,"
        f" max_line_size = {LONGEST_LINE}, {_compression(shape)})"
    )
    return source, {name(field): f"column_{n}" for n, field in found.items()}


def _text(paths: list[Path], shape: Shape) -> str:
    return (
        f"read_csv({texts(map(str, paths))}, columns = {{'line': 'VARCHAR'}}, auto_detect = false,"
        f" delim = {literal(chr(1))}, quote = '', escape = '', header = false, filename = true,"
        f" new_line = '{shape.line_end}', max_line_size = {LONGEST_LINE}, {_compression(shape)})"
    )
