"""Lands snapshots: documents decoded in Python, all of one reading or none of it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from oncall_audit.connectors.base import File, Page, SnapshotTable
from oncall_audit.errors import SourceError
from oncall_audit.landing.documents import parse, parse_parquet
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import Place, sync
from oncall_audit.landing.records import Commit, Seen, Totals, utc
from oncall_audit.landing.sightings import dated, modified_at, shown
from oncall_audit.landing.sql import literal, mapping, name
from oncall_audit.landing.staging import StagedPart
from oncall_audit.landing.stamp import Stamp

_KEPT = 64 * 1024
_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Document:
    """One document, as it came."""

    name: str
    body: bytes
    path: Path | None
    observed_at: datetime
    context: Mapping[str, Any]
    modified: int = 0

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(slots=True)
class SnapshotLanding:
    """One call of `land`, for one snapshot table of one source."""

    connection: duckdb.DuckDBPyConnection
    manifest: Manifest
    place: Place
    connector: str
    system: str
    table: SnapshotTable
    now: datetime
    commit: Commit
    _keys: Counter[str] = field(default_factory=Counter)
    _taken: dict[tuple[str, datetime], int] = field(default_factory=dict)
    _seen: dict[str, Seen] | None = None
    _days: dict[date, tuple[int, datetime, datetime]] = field(default_factory=dict)

    def add(self, item: File | Page) -> bool:
        """Decode a document into rows that become visible later; False if it is unchanged."""
        document = self._page(item) if isinstance(item, Page) else self._file(item)
        if document is None:
            return False
        totals = Totals()
        earlier = self._earlier(document)
        if earlier is None:
            self._decode(document, totals)
        else:
            totals.duplicates = earlier
        seen = self._stamp.seen(
            document.name, len(document.body), document.modified, document.sha256
        )
        self.commit.batches.append(
            self._stamp.batch(self.commit, seen, totals, document.observed_at)
        )
        self._taken.setdefault((document.sha256, document.observed_at), totals.records)
        if document.path:
            self.commit.seen.append(seen)
        return True

    def write(self) -> list[StagedPart]:
        """Write the rows as Parquet, one file a day of observation."""
        return [self._written(day, *found) for day, found in sorted(self._days.items())]

    def _earlier(self, document: Document) -> int | None:
        """Return how many records the same document had when it came before, if it did."""
        for batch in self.manifest.landed(self.place.source_name, self.table.name, document.sha256):
            if batch.observed_at == document.observed_at:
                return batch.records
        return self._taken.get((document.sha256, document.observed_at))

    def _decode(self, document: Document, totals: Totals) -> None:
        rows = self._rows(document)
        number = 0
        try:
            for number, row in enumerate(rows, start=1):
                if "_rejected" in row:
                    self._quarantine(document, number, str(row["_rejected"]))
                    totals.quarantined += 1
                elif "_ignored" in row:
                    totals.ignored += 1
                else:
                    self._take(document, number, row, totals)
        # A document of another shape than expected may raise anything in a decoder.
        except Exception as error:  # noqa: BLE001
            reason = str(error) if isinstance(error, ValueError) else repr(error)
            self._quarantine(document, number + 1, f"the document cannot be read: {reason}")
            totals.quarantined += 1

    def _rows(self, document: Document) -> Iterator[Mapping[str, Any]]:
        path = document.path
        if path and path.suffix.lower() == ".parquet":
            value: Any = parse_parquet(path)
        else:
            value = parse(document.name, document.body)
        yield from self.table.decode(value, document.context)

    def _take(
        self, document: Document, number: int, row: Mapping[str, Any], totals: Totals
    ) -> None:
        try:
            values = {c: _stored(row.get(c), kind) for c, kind in self.table.columns.items()}
        except ValueError as error:
            self._quarantine(document, number, str(error))
            totals.quarantined += 1
            return
        at = document.observed_at
        text = orjson.dumps([at.isoformat(), values]).decode()
        self._keys[text] += 1
        key = hashlib.md5(f"{text}#{self._keys[text]}".encode(), usedforsecurity=False).hexdigest()
        line = {
            "source_name": self.place.source_name,
            "system": self.system,
            "event_key": key,
            "observed_at": at.isoformat(),
            "batch_id": self.commit.batch_id,
            "raw_file": document.name,
            "raw_line": number,
            **values,
        }
        with self._lines(at.date()).open("ab") as stream:
            stream.write(orjson.dumps(line) + b"\n")
        count, first, last = self._days.get(at.date(), (0, at, at))
        self._days[at.date()] = (count + 1, min(first, at), max(last, at))
        totals.landed += 1

    def _written(self, day: date, count: int, first: datetime, last: datetime) -> StagedPart:
        columns = {
            **dict.fromkeys(("source_name", "system", "event_key"), "VARCHAR"),
            "observed_at": "TIMESTAMP",
            **dict.fromkeys(("batch_id", "raw_file"), "VARCHAR"),
            "raw_line": "BIGINT",
            **self.table.columns,
        }
        target = self._lines(day).with_suffix(".parquet")
        shown_columns = ", ".join(name(column) for column in columns)
        self.connection.execute(
            f"copy (select {shown_columns} from read_json({literal(str(self._lines(day)))},"
            f" columns = {mapping(columns)}, format = 'newline_delimited',"
            f" maximum_object_size = 67108864)) to {literal(str(target))} (format parquet,"
            " compression zstd)"
        )
        return StagedPart(target, day, count, first, last)

    def _lines(self, day: date) -> Path:
        return self.place.scratch / f"{self.table.name}-{day}.jsonl"

    def _page(self, page: Page) -> Document:
        folder = self.place.raw(self.commit.number)
        folder.mkdir(parents=True, exist_ok=True)
        plain = _PLAIN.sub("_", page.name).strip("._")[:80] or "page"
        path = folder / f"{page.table}-{len(self.commit.batches):05d}-{plain}{page.ending}.gz"
        path.write_bytes(gzip.compress(page.body, mtime=0))
        sync(path)
        sync(folder)
        observed_at = utc(page.observed_at)
        context = {"observed_at": page.observed_at, **page.context}
        return Document(
            str(path.relative_to(self.place.folder)), page.body, None, observed_at, context
        )

    def _file(self, file: File) -> Document | None:
        path, named = file.path, shown(file.path)
        if self._seen is None:
            self._seen = self.manifest.seen(self.place.source_name, self.table.name)
        known = self._seen.get(named)
        try:
            found = path.stat()
            if known and (known.size, known.modified) == (found.st_size, found.st_mtime_ns):
                return None
            body = path.read_bytes()
        except OSError as error:
            raise SourceError(
                f"{path} cannot be read ({error.strerror}): make it readable."
            ) from error
        observed_at = dated(named) or modified_at(found.st_mtime_ns)
        context = {"path": named, "observed_at": observed_at.replace(tzinfo=UTC)}
        return Document(named, body, path, observed_at, context, found.st_mtime_ns)

    def _quarantine(self, document: Document, number: int, reason: str) -> None:
        raw = base64.b64encode(document.body[:_KEPT]).decode()
        self.commit.quarantined.append(
            self._stamp.quarantined(self.commit, document.name, number, reason, raw)
        )

    @property
    def _stamp(self) -> Stamp:
        return Stamp(self.place.source_name, self.connector, self.table.name, self.now)


def _stored(value: Any, kind: str) -> Any:
    if value is None:
        return None
    if kind.startswith("TIMESTAMP"):
        moment = value if isinstance(value, datetime) else _moment(str(value))
        return utc(moment).isoformat()
    if isinstance(value, list | dict | tuple):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    if kind in {"BIGINT", "INTEGER"}:
        return _number(value)
    return value if kind in {"BOOLEAN", "DOUBLE"} or isinstance(value, str) else str(value)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{text!r:.60} is no time") from None


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError(f"{value!r:.60} is no whole number") from None
