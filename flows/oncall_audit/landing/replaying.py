"""Reads again what a source has delivered, as a corrected connector would have landed it."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.connectors import type_of
from oncall_audit.connectors.base import Connector, File, Framing, LogTable, Table, Window
from oncall_audit.errors import ConfigurationError
from oncall_audit.landing.carrying import carry
from oncall_audit.landing.intake import options_of, silent
from oncall_audit.landing.landed import Landed, Progress
from oncall_audit.landing.logs import LogLanding
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import Place
from oncall_audit.landing.records import Batch
from oncall_audit.landing.sightings import Sighting, dated, digest, sight
from oncall_audit.landing.snapshot_set import Snapshots
from oncall_audit.landing.sql import connect
from oncall_audit.landing.swapping import swap

_COUNTS = ("files", "records", "landed", "duplicates", "ignored", "quarantined")
_PIECE = 1024 * 1024
_EVER = Window(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


_Logs = dict[tuple[str, str], tuple[LogTable, list[Sighting]]]


@dataclass(slots=True)
class Replayed:
    """What came of it; `before` and `after` count the records of what could be read again."""

    before: Landed = field(default_factory=Landed)
    after: Landed = field(default_factory=Landed)
    kept: list[str] = field(default_factory=list)

    def totals(self) -> dict[str, dict[str, int]]:
        """Return the counts `before` and `after`, each with files and records."""
        return {
            name: {count: getattr(landed, count) for count in _COUNTS}
            for name, landed in (("before", self.before), ("after", self.after))
        }


def replay(
    connector: Connector,
    *,
    source_name: str,
    system: str,
    folder: Path,
    bounds: Bounds = USUAL,
    progress: Progress | None = None,
) -> Replayed:
    """Land a source's files and answers again, each at the time it first came.

    All of it takes the place of what had landed in one step, or nothing does. What lies there no
    longer as it was stays as it had landed, and is named in `kept`: answers of which the question
    is not known among them. Raises `ConfigurationError` if the source has landed nothing.
    """
    aside = folder / ".replay"
    shutil.rmtree(aside, ignore_errors=True)
    with Manifest(folder / "manifest.sqlite") as manifest:
        delivered = _delivered(manifest, source_name)
        if not delivered:
            raise ConfigurationError(f"Nothing of the source '{source_name}' has landed yet.")
        with (
            Manifest(aside / "manifest.sqlite") as made,
            connect(aside / "spill", bounds) as connection,
        ):
            _begin_after(manifest, made)
            again = _Replay(
                connection, manifest, made, Place(folder, source_name), Place(aside, source_name),
                connector, system, progress or silent,
            )  # fmt: skip
            again.read(delivered)
        swap(manifest, source_name, folder, aside)
    shutil.rmtree(aside, ignore_errors=True)
    return again.outcome


@dataclass(slots=True)
class _Replay:
    connection: duckdb.DuckDBPyConnection
    manifest: Manifest
    made: Manifest
    place: Place
    aside: Place
    connector: Connector
    system: str
    progress: Progress
    outcome: Replayed = field(default_factory=Replayed)

    def read(self, delivered: list[Batch]) -> None:
        """Read every delivery again, in the order in which they came."""
        self.aside.scratch.mkdir(parents=True)
        for received_at, batches in groupby(delivered, attrgetter("received_at")):
            logs: _Logs = {}
            snapshots = self._snapshots(received_at)
            gone = [batch for batch in batches if not self._take(batch, logs, snapshots)]
            self.outcome.kept += [batch.path for batch in gone]
            carry(self.connection, self.manifest, self.made, self.aside, gone)
            for table, files in logs.values():
                self._land(table, files, received_at)
            snapshots.land(self.outcome.after)
            self.progress(self.outcome.after.told())

    def _take(self, batch: Batch, logs: _Logs, snapshots: Snapshots) -> bool:
        path = self._available(batch)
        table = path and self._table(batch.table_name, self._framing(path))
        if not (path and table):
            return False
        if isinstance(table, LogTable):
            _, files = logs.setdefault((table.name, table.framing), (table, []))
            files.append(self._sighted(batch, path, table))
        elif path == Path(batch.path):
            snapshots.add(table, File(table.name, path))
        else:
            return False
        self.outcome.before.count(batch)
        return True

    def _framing(self, path: Path) -> Framing | None:
        """Ask the connector how a file falls into records, where that is not always the same."""
        names = [table.name for table in self.connector.tables]
        if len(names) == len(set(names)):
            return None
        alone: Any = replace(self.connector, path=path)  # type: ignore[type-var]
        return next((it.framing for it in alone.read(_EVER) if isinstance(it, File)), None)

    def _table(self, name: str, framing: Framing | None) -> Table | None:
        for table in self.connector.tables:
            is_it = not isinstance(table, LogTable) or framing in {None, table.framing}
            if table.name == name and is_it:
                return table
        return None

    def _available(self, batch: Batch) -> Path | None:
        """Return a file with what was delivered: itself, or its beginning if it has grown since."""
        path = Path(batch.path)
        if not path.is_absolute() or not path.is_file():
            _, _, rest = batch.path.partition(f"/raw/{self.place.source_name}/")
            path = self.place.folder / "raw" / self.place.source_name / rest
        if not path.is_file() or path.stat().st_size < batch.bytes:
            return None
        if path.stat().st_size == batch.bytes:
            return path if digest(path) == batch.sha256 else None
        beginning = self.aside.scratch / "beginnings" / batch.sha256
        beginning.parent.mkdir(exist_ok=True)
        _copy_beginning(path, beginning, batch.bytes)
        return beginning if digest(beginning) == batch.sha256 else None

    def _sighted(self, batch: Batch, path: Path, table: LogTable) -> Sighting:
        seen = replace(sight(path, table), name=batch.path)
        if path.parent.name != "beginnings":
            return seen
        # When it was last written by then nobody knows; it was not after it was read.
        at = dated(batch.path, end_of_day=True) or batch.received_at
        return replace(seen, delivered_at=at)

    def _land(self, table: LogTable, files: Iterable[Sighting], at: datetime) -> None:
        LogLanding(
            connection=self.connection,
            manifest=self.made,
            place=self.aside,
            connector=type_of(type(self.connector)),
            system=self.system,
            table=table,
            options=options_of(self.connector, table),
            now=at,
            landed=self.outcome.after,
            progress=self.progress,
        ).take(files)

    def _snapshots(self, at: datetime) -> Snapshots:
        kind = type_of(type(self.connector))
        return Snapshots(self.connection, self.made, self.aside, kind, self.system, at)


def _copy_beginning(path: Path, target: Path, size: int) -> None:
    with path.open("rb") as source, target.open("wb") as written:
        while piece := source.read(min(_PIECE, size - written.tell())):
            written.write(piece)


def _delivered(manifest: Manifest, source_name: str) -> list[Batch]:
    query = "select * from batches where source_name = ? order by received_at, rowid"
    return [
        Batch(*row[:-2], *(text and datetime.fromisoformat(text) for text in row[-2:]))
        for row in manifest.rows(query, (source_name,))
    ]


def _begin_after(manifest: Manifest, made: Manifest) -> None:
    """Let the numbers of batches go on, for they are in rows and in names of files."""
    ((last,),) = manifest.rows("select coalesce(max(number), 0) from started")
    with made.transaction() as connection:
        connection.execute("insert into sqlite_sequence values ('started', ?)", (last,))
