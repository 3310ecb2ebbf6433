"""What the manifest holds: the rows of its tables as they are handed about."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """The control totals of one file or page; `records` is the sum of the four after it."""

    batch_id: str
    source_name: str
    connector: str
    table_name: str
    path: str
    sha256: str
    bytes: int
    records: int
    landed: int
    duplicates: int
    ignored: int
    quarantined: int
    received_at: datetime
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file of one day; `path` is relative to the landing folder."""

    path: str
    batch_id: str
    source_name: str
    connector: str
    table_name: str
    day: date
    records: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A record that could not be read: where, why, and its first bytes in base64."""

    batch_id: str
    source_name: str
    table_name: str
    path: str
    line: int
    reason: str
    raw: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A file as it lay there when it landed."""

    source_name: str
    table_name: str
    path: str
    size: int
    modified: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Content:
    """The unpacked text that a file had: its SHA-256, and whether the file was whole."""

    source_name: str
    path: str
    sha256: str
    is_whole: bool
    size: int
    modified: int


@dataclass(frozen=True, slots=True)
class Extraction:
    """One reading of a source."""

    source_name: str
    since: datetime
    until: datetime
    state: str
    message: str | None
    read_at: datetime


@dataclass(slots=True)
class Totals:
    """What became of the records of one file."""

    landed: int = 0
    duplicates: int = 0
    ignored: int = 0
    quarantined: int = 0

    @property
    def records(self) -> int:
        """All records of the file."""
        return self.landed + self.duplicates + self.ignored + self.quarantined


@dataclass(slots=True)
class Commit:
    """All that one batch makes visible at once."""

    number: int
    source_name: str
    batches: list[Batch] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    quarantined: list[Quarantined] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    cursor: datetime | None = None

    @property
    def batch_id(self) -> str:
        """The name of the batch, in rows and in names of files."""
        return batch_id(self.number)


def batch_id(number: int) -> str:
    """Return the name of the batch with this number."""
    return f"b{number:08d}"


def utc(moment: datetime) -> datetime:
    """Return the time in UTC without a zone, as everything in DuckDB and in the manifest is."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
