"""All that the author of a connector reads: what it yields and how its records are declared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

Kind = Literal["logs", "permissions", "schedules", "incidents", "requests", "directory"]
Framing = Literal["json", "lines", "csv", "parquet"]


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time, `since <= t < until`, both aware and in UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class File:
    """A file as it lies on disk: referenced, never copied or changed.

    `framing` is needed only where several declarations share the table's name. `is_vouched_for`
    keeps the SHA-256 of the unpacked text, for something else tells what it has to be.
    """

    table: str
    path: Path
    framing: Framing | None = None
    is_vouched_for: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of an API: its bytes are kept as they came; `ending` tells what they are."""

    table: str
    name: str
    body: bytes
    observed_at: datetime
    context: Mapping[str, Any] = field(default_factory=dict)
    ending: Literal[".json", ".ics"] = ".json"


@dataclass(frozen=True, slots=True)
class LogTable:
    """How the records of a log become rows, said in SQL so that DuckDB reads files in bulk.

    `framing` tells how a file falls into records: `json` (`{"Records": […]}`, with the key that
    `records` names, an array, objects or JSON lines), `lines` (one line a record, continued by
    lines that begin with a blank), `csv` or `parquet` (a row a record). `fields` gives the raw
    fields and their DuckDB types (VARCHAR, JSON, or STRUCTs and lists of them); those of `csv` are
    in order, and a file may have fewer, unless its first row is a `header` with their names, in any
    order; a `lines` table has the one field `line`; those of `parquet` are what they would be in
    JSON, whatever types the file has.
    `columns` maps each landed column to an expression over the fields and over
    - `delivered_at`, when the file came: the last date in its path, else its modification time;
    - each of `options`: fields of the connector itself, as text.
    `types` names the landed columns that are not VARCHAR; what does not fit becomes NULL. `derived`
    are further columns for the expressions, in order: each may use those before it.

    `occurred_at` is an expression of type TIMESTAMP in UTC; `identity` one of type VARCHAR that is
    equal only for repeated deliveries of one record; where it is missing or NULL the text of the
    record stands in, and without it also how often that text came in the file. `ignored` is a
    predicate; `rejected` gives a reason or NULL. A record without a time is rejected, unless it is
    ignored. Where several declarations have one name, `File.framing` tells which one reads a file.
    """

    name: str
    framing: Framing
    fields: Mapping[str, str]
    columns: Mapping[str, str]
    occurred_at: str
    identity: str | None = None
    ignored: str = "false"
    rejected: str = "null"
    types: Mapping[str, str] = field(default_factory=dict)
    derived: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    header: bool = False
    records: str = "Records"


Decode = Callable[[Any, Mapping[str, Any]], Iterable[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class SnapshotTable:
    """How one document (an API's answer or an exported file) becomes rows of a snapshot.

    `columns` maps each landed column to its DuckDB type. `decode` takes the parsed document and the
    page's context and yields one mapping a row; times are ISO 8601 texts with an offset or aware
    datetimes; lists and objects are stored as JSON text. A missing key becomes NULL.

    A row `{"_rejected": reason}` stands for a record that cannot be one, `{"_ignored": reason}` for
    one that tells nothing of what the table holds; a `ValueError` for the whole document. A file
    `*.csv` or `*.parquet` comes as the list of its rows, `*.jsonl` and `*.ndjson` as the list of
    their lines, `*.ics` as text, anything else as parsed JSON; the context has `observed_at`, and
    of a file its `path`.
    """

    name: str
    columns: Mapping[str, str]
    decode: Decode


Table = LogTable | SnapshotTable


class Connector(Protocol):
    """One system to read: a frozen dataclass whose fields are the source's options.

    Class attributes: `default_system`, `kind`, and `tables`. Where `tables` depends on options it
    is a property, and the class attribute `shapes` says with what columns it lands at all. `read`
    yields what the system recorded in the window and raises `SourceError` when it cannot read it
    whole: an empty answer must never stand for a failed one. No retries, no logging, no renaming:
    they happen once, in `connectors.http` and in the landing zone. Where `read` asks for much
    besides incidents, a method `read_incidents` yields those of a window alone.
    """

    @property
    def tables(self) -> tuple[Table, ...]:
        """What this connector can land."""

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file or page of the window."""
