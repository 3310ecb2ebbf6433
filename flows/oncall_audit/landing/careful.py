"""Reads one file record by record: what is good goes on to DuckDB, what is not to quarantine."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import orjson

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing import framing, parquet
from oncall_audit.landing.bytes_in import Text
from oncall_audit.landing.framing import Raw
from oncall_audit.landing.sightings import Sighting
from oncall_audit.landing.sql import literal, struct

_KEPT = 64 * 1024
_DEPTHS = {"records": 2, "array": 1, "objects": 0}
_Shape = Mapping[str, "_Shape"]


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that did not get through, as quarantine will keep it."""

    line: int
    reason: str
    raw: str

    @classmethod
    def of(cls, raw: Raw, reason: str) -> Problem:
        """Keep the beginning of a record's bytes."""
        return cls(raw.line, reason, base64.b64encode(raw.text[:_KEPT]).decode())


@dataclass(slots=True)
class Reading:
    """One careful passage through a file."""

    file: Sighting
    table: LogTable
    problems: list[Problem] = field(default_factory=list)
    _fields: _Shape = field(init=False)

    def __post_init__(self) -> None:
        # Once, for to read types takes longer than to read a record.
        self._fields = _shape(self.table)

    def write(self, target: Path) -> None:
        """Write the good records as JSON lines and keep the others as problems."""
        with target.open("wb") as stream:
            for raw, text in self._records():
                if isinstance(text, Problem):
                    self.problems.append(text)
                else:
                    _write(stream, raw.line, text)

    def reject(self, reasons: Mapping[int, str]) -> None:
        """Go through the file again for the bytes of records that were rejected later on."""
        for raw, text in self._records():
            if raw.line in reasons and not isinstance(text, Problem):
                self.problems.append(Problem.of(raw, reasons[raw.line]))

    def _records(self) -> Iterator[tuple[Raw, bytes | Problem]]:
        if self.table.framing == "csv":
            yield from self._rows()
        elif self.table.framing == "lines":
            for raw in framing.continued(framing.lines(Text(self.file.path))):
                yield raw, _line(raw)
        elif self.table.framing == "parquet":
            for raw in self._parquet():
                yield raw, self._object(raw)
        else:
            for raw in self._values():
                yield raw, self._object(raw)

    def _rows(self) -> Iterator[tuple[Raw, bytes | Problem]]:
        header = int(self.table.header)
        for raw, cells in framing.rows(Text(self.file.path)):
            if raw.line > header or raw.problem:
                record = Raw(max(1, raw.line - header), raw.text, raw.problem)
                yield record, self._cells(record, cells)

    def _parquet(self) -> Iterator[Raw]:
        if problem := parquet.look(self.file.path, self.table).problem:
            yield Raw(1, b"", problem)
            return
        for line, text, problem in parquet.records(self.file.path, self.table):
            is_long = len(text) > framing.LONGEST
            yield Raw(line, text, f"longer than {framing.LONGEST} bytes" if is_long else problem)

    def _values(self) -> Iterator[Raw]:
        source = Text(self.file.path)
        if self.file.shape.form in _DEPTHS:
            return framing.values(source, depth=_DEPTHS[self.file.shape.form])
        return framing.numbered(_unwrapped(framing.lines(source), self.table.records))

    def _object(self, raw: Raw) -> bytes | Problem:
        if raw.problem:
            return Problem.of(raw, raw.problem)
        if framing.is_too_deep(raw.text):
            return Problem.of(raw, f"nested deeper than {framing.DEEPEST} levels")
        try:
            # The strict parser judges, but only the other one tells of a key that stands twice.
            orjson.loads(raw.text)
            value = json.loads(raw.text, object_pairs_hook=_Pairs)
        except (ValueError, RecursionError) as error:
            return Problem.of(raw, f"not valid JSON ({_short(error)})")
        reason = _mismatch(value, self._fields, "it")
        return Problem.of(raw, reason) if reason else raw.text

    def _cells(self, raw: Raw, cells: list[str]) -> bytes | Problem:
        reason = raw.problem or _unreadable(raw.text)
        width = self.file.shape.columns
        if not reason and len(cells) != width:
            reason = f"{len(cells)} columns where the file has {width}"
        if reason:
            return Problem.of(raw, reason)
        names = self.file.shape.names if self.table.header else list(self.table.fields)
        values = {n: c or None for n, c in zip(names, cells, strict=False)}
        return orjson.dumps({n: values[n] for n in self.table.fields if n in values})


def relation(connection: duckdb.DuckDBPyConnection, table: LogTable, target: Path) -> None:
    """Make the relation `raw` of the good records, as the quick readers do."""
    columns = {"raw_line": "BIGINT", "record": struct(table.fields)}
    shown = ", ".join(f"{literal(k)}: {literal(v)}" for k, v in columns.items())
    connection.execute(
        "create or replace temp view raw as select 0 as position, raw_line, record.*"
        f" from read_json({literal(str(target))}, columns = {{{shown}}},"
        f" format = 'newline_delimited', maximum_object_size = {2 * framing.LONGEST})"
    )


class _Pairs(dict[str, Any]):
    """An object that remembers which keys stood twice in it."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.twice = {key for key, _ in pairs} if len(self) < len(pairs) else set()


def _unwrapped(physical: Iterable[Raw], key: str) -> Iterator[Raw]:
    """Take the records out of lines that are an object with the list `key`."""
    quoted = f'"{key}"'.encode()
    for raw in physical:
        if raw.text.lstrip().startswith(b"{") and quoted in raw.text and not raw.problem:
            try:
                value = orjson.loads(raw.text)
            except orjson.JSONDecodeError:
                value = None
            if isinstance(value, dict) and isinstance(value.get(key), list):
                yield from (Raw(raw.line, orjson.dumps(record)) for record in value[key])
                continue
        yield raw


def _line(raw: Raw) -> bytes | Problem:
    reason = raw.problem or _unreadable(raw.text)
    return Problem.of(raw, reason) if reason else orjson.dumps({"line": raw.text.decode()})


def _unreadable(text: bytes) -> str | None:
    if b"\0" in text:
        return "a NUL byte in it"
    try:
        text.decode()
    except UnicodeDecodeError as error:
        return f"not UTF-8 (byte {error.start + 1})"
    return None


def _mismatch(value: Any, shape: Mapping[str, Any], what: str) -> str | None:
    if not isinstance(value, _Pairs):
        return f"{what} is not an object"
    for key, below in shape.items():
        if key in value.twice:
            return f"the key {key} stands in {what} more than once"
        if below and value.get(key) is not None and (reason := _mismatch(value[key], below, key)):
            return reason
    return None


def _shape(table: LogTable) -> dict[str, Any]:
    return {key: _below(duckdb.sqltype(kind)) for key, kind in table.fields.items()}


def _below(kind: Any) -> dict[str, Any]:
    return {key: _below(part) for key, part in kind.children} if kind.id == "struct" else {}


def _short(error: Exception) -> str:
    return str(error).split(":")[0]


def _write(stream: BinaryIO, line: int, text: bytes) -> None:
    # As it came, for a parser would change large numbers; but line ends are blanks in JSON.
    flat = text.replace(b"\n", b" ").replace(b"\r", b" ")
    stream.write(b'{"raw_line":%d,"record":%s}\n' % (line, flat))
