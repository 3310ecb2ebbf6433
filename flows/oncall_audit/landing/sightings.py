"""What can be told of a file from outside: its digest, when it came, and its shape."""

from __future__ import annotations

import csv
import gzip
import hashlib
import re
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from oncall_audit.connectors.base import LogTable
from oncall_audit.errors import SourceError
from oncall_audit.landing import parquet

_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_GZIP = b"\x1f\x8b"
_EXPANSION = 200
_DATE = re.compile(
    r"(?<!\d)(\d{4})(-?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])"
    r"(?:[T_ -]?([01]\d|2[0-3])[:-]?([0-5]\d)(?:[:-]?([0-5]\d))?Z?)?(?!\d)"
)
# Before the list an answer may tell texts, numbers and the like.
_BEFORE = rb'\{\s*(?:"[^"\\]*"\s*:\s*(?:"[^"\\]*"|[\w.+-]+)\s*,\s*)*'


@dataclass(frozen=True, slots=True)
class Shape:
    """How DuckDB must be told to read a file; files of one shape are read together."""

    form: str
    is_gzip: bool
    line_end: str = ""
    columns: int = 0
    names: tuple[str, ...] = ()
    typed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sighting:
    """One file as it lay there, and how much text is in it, as far as one can tell."""

    path: Path
    name: str
    size: int
    modified: int
    sha256: str
    delivered_at: datetime
    shape: Shape
    text_size: int
    is_doubtful: bool


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): make it readable.") from error


def sight(path: Path, table: LogTable) -> Sighting:
    """Look at a file without reading it whole but for its digest, and the lengths in Parquet."""
    name = shown(path)
    try:
        found = path.stat()
        sha256 = digest(path)
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
            stream.seek(max(0, found.st_size - 4))
            tail = stream.read(4)
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): make it readable.") from error
    shape, text_size, is_odd = (
        _of_parquet(path, table)
        if table.framing == "parquet"
        else _of_text(head, tail, found.st_size, table)
    )
    return Sighting(
        path=path,
        name=name,
        size=found.st_size,
        modified=found.st_mtime_ns,
        sha256=sha256,
        delivered_at=dated(name, end_of_day=True) or modified_at(found.st_mtime_ns),
        shape=shape,
        text_size=text_size,
        is_doubtful=is_odd,
    )


def _of_text(head: bytes, tail: bytes, size: int, table: LogTable) -> tuple[Shape, int, bool]:
    """Return the shape of a file, the size of its text, and whether that is odd."""
    is_gzip = head.startswith(_GZIP)
    expanded = int.from_bytes(tail, "little") if is_gzip else size
    # The length at a gzip's end is that of its last member alone, modulo 4 GiB, or none.
    is_odd = is_gzip and not size // 4 <= expanded + 64 <= size * _EXPANSION
    shape = _shape(_inflated(head) if is_gzip else head, table, is_gzip=is_gzip)
    return shape, 20 * size if is_odd else expanded, is_odd


def _of_parquet(path: Path, table: LogTable) -> tuple[Shape, int, bool]:
    found = parquet.look(path, table)
    shape = Shape("parquet", is_gzip=False, typed=tuple(found.columns.items()))
    return shape, found.text_size, found.has_giants or found.problem is not None


def shown(path: Path) -> str:
    """Return a path as text that any database takes."""
    return str(path).encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def modified_at(nanoseconds: int) -> datetime:
    """Return a modification time, naive in UTC."""
    return datetime.fromtimestamp(nanoseconds / 1e9, UTC).replace(tzinfo=None)


def dated(path: str, *, end_of_day: bool = False) -> datetime | None:
    """Return the last ISO date or time in a path, naive in UTC; a date alone as told."""
    for found in reversed(list(_DATE.finditer(path))):
        year, _, month, day, hour, minute, second = found.groups()
        try:
            numbers = (int(number or 0) for number in (year, month, day, hour, minute, second))
            moment = datetime(*numbers, tzinfo=UTC).replace(tzinfo=None)  # type: ignore[arg-type,misc]
        except ValueError:
            continue
        if 1990 <= moment.year <= 2100:
            return moment + timedelta(days=1) if end_of_day and hour is None else moment
    return None


def is_whole_gzip(path: Path) -> bool:
    """Say whether a gzip file ends as it should: DuckDB reads a cut one without a word."""
    try:
        with gzip.open(path) as stream:
            while stream.read(_CHUNK):
                pass
    except (OSError, EOFError, zlib.error):
        return False
    return True


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, _HEAD)
    except zlib.error:
        return b""


def _shape(head: bytes, table: LogTable, *, is_gzip: bool) -> Shape:
    if table.framing == "lines":
        return Shape("lines", is_gzip, line_end=_line_end(head))
    if table.framing == "csv":
        first = _first_row(head)
        return Shape("csv", is_gzip, columns=len(first), names=first if table.header else ())
    return Shape(json_form(head, table.records), is_gzip)


def _line_end(head: bytes) -> str:
    return "\\r\\n" if b"\r\n" in head else "\\n"


def _first_row(head: bytes) -> tuple[str, ...]:
    text = head.decode("utf-8-sig", "replace")
    try:
        return tuple(next(csv.reader(text.splitlines(keepends=True)), ()))
    except csv.Error:
        return ()


def json_form(head: bytes, records: str = "Records") -> str:
    """Tell by its first bytes how a JSON file falls into records, which may lie under a key."""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"["):
        return "array"
    if re.match(_BEFORE + rb'"%b"\s*:' % re.escape(records.encode()), head):
        return "records"
    lines = head.split(b"\n")
    # The last line may be cut; a line too long for the head is no pretty-printed one.
    whole = lines[:-1] if len(lines) > 1 else lines
    if not head.startswith(b"{") or len(lines) == 1:
        return "lines"
    return "lines" if any(_is_object(line) for line in whole[:2]) else "objects"


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(orjson.loads(line), dict)
    except orjson.JSONDecodeError:
        return False
