"""Lands one source: reads it, hands files and pages on, and records how it ended."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import duckdb

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.connectors import type_of
from oncall_audit.connectors.base import (
    Connector,
    File,
    Framing,
    LogTable,
    Page,
    SnapshotTable,
    Table,
    Window,
)
from oncall_audit.connectors.telling import heard
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.landing.contents import keep
from oncall_audit.landing.landed import Landed, Progress
from oncall_audit.landing.logs import LogLanding
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import Place, sync
from oncall_audit.landing.records import Extraction, utc
from oncall_audit.landing.snapshot_set import Snapshots
from oncall_audit.landing.sql import connect

_Group = tuple[str, Framing | None]
_TOLD_EVERY = 10
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


def land(
    connector: Connector,
    *,
    source_name: str,
    system: str,
    window: Window,
    folder: Path,
    now: datetime,
    bounds: Bounds = USUAL,
    progress: Progress | None = None,
) -> Landed:
    """Land what a source recorded in the window; raise `SourceError` if nothing of it can be read.

    Killed at any point it can be called again: rows become visible with their totals or not at all.
    """
    if not _NAME.fullmatch(source_name):
        raise ConfigurationError(
            f"A source cannot be named {source_name!r}: use letters, digits, `-` and `_`."
        )
    place = Place(folder, source_name)
    with (
        Manifest(folder / "manifest.sqlite") as manifest,
        place.swept(manifest),
        connect(place.scratch / "spill", bounds) as connection,
    ):
        intake = _Intake(
            connection, manifest, place, connector, system, utc(now), progress or silent
        )
        return intake.land(window)


def silent(_: str) -> None:
    """Report progress to nobody."""


def options_of(connector: Connector, table: LogTable) -> dict[str, str | None]:
    """Return the connector's options that the table's expressions ask for, as text."""
    return {option: _text(connector, option) for option in table.options}


@dataclass(slots=True)
class _Intake:
    connection: duckdb.DuckDBPyConnection
    manifest: Manifest
    place: Place
    connector: Connector
    system: str
    now: datetime
    progress: Progress
    landed: Landed = field(default_factory=Landed)
    vouched_for: list[Path] = field(default_factory=list)
    pages: int = 0
    answers: int = 0

    @property
    def kind(self) -> str:
        """The connector's type."""
        return type_of(type(self.connector))

    def land(self, window: Window) -> Landed:
        """Read the source and land what it yields."""
        files: dict[_Group, list[Path]] = {}
        snapshots = Snapshots(
            self.connection, self.manifest, self.place, self.kind, self.system, self.now
        )
        with heard(self.progress):
            failure = self._read(window, files, snapshots)
        try:
            self._land_logs(files)
            keep(self.manifest, self.place.source_name, self.vouched_for)
        except SourceError as error:
            failure = failure or error
        if failure:
            # Half a snapshot would read as revocations: it lands whole or not at all.
            snapshots.drop()
        else:
            snapshots.land(self.landed)
        self.progress(self.landed.told())
        return self._ended(window, failure)

    def _read(
        self, window: Window, files: dict[_Group, list[Path]], snapshots: Snapshots
    ) -> SourceError | None:
        try:
            for item in self.connector.read(window):
                self._report(item)
                table = self._table(item)
                if isinstance(item, File) and item.is_vouched_for:
                    self.vouched_for.append(item.path)
                if isinstance(table, SnapshotTable):
                    snapshots.add(table, item)
                elif isinstance(item, File):
                    files.setdefault((item.table, item.framing), []).append(item.path)
                else:
                    files.setdefault((item.table, None), []).append(self._kept(item))
        except SourceError as error:
            return error
        return None

    def _report(self, item: File | Page) -> None:
        """Tell how far the asking has come: a long list may take minutes before anything lands."""
        self.answers += isinstance(item, Page)
        if isinstance(item, Page) and self.answers % _TOLD_EVERY == 0:
            self.progress(f"{self.answers:,} answers read")

    def _kept(self, page: Page) -> Path:
        """Keep a page of a log as it came, and return the file that it then is."""
        folder = self.place.pages(self.now)
        folder.mkdir(parents=True, exist_ok=True)
        if not self.pages:
            # Another span of the same run, or an attempt before, may have left some.
            self.pages = sum(1 for _ in folder.iterdir())
        self.pages += 1
        path = folder / self.place.page(self.pages, page)
        path.write_bytes(gzip.compress(page.body, mtime=0))
        sync(path)
        sync(path.parent)
        return path

    def _ended(self, window: Window, failure: SourceError | None) -> Landed:
        if failure:
            self.landed.message = str(failure)
            self.landed.state = "incomplete" if self.landed.files else "failed"
        self.manifest.record(
            Extraction(
                self.place.source_name,
                utc(window.since),
                utc(window.until),
                self.landed.state,
                self.landed.message,
                self.now,
            )
        )
        if failure and self.landed.state == "failed":
            raise failure
        return self.landed

    def _land_logs(self, files: dict[_Group, list[Path]]) -> None:
        for (name, framing), paths in files.items():
            table = self._table(File(name, paths[0], framing))
            if isinstance(table, LogTable):
                LogLanding(
                    connection=self.connection,
                    manifest=self.manifest,
                    place=self.place,
                    connector=self.kind,
                    system=self.system,
                    table=table,
                    options=options_of(self.connector, table),
                    now=self.now,
                    landed=self.landed,
                    progress=self.progress,
                ).land(paths)

    def _table(self, item: File | Page) -> Table:
        framing = item.framing if isinstance(item, File) else None
        for table in self.connector.tables:
            if table.name == item.table and (
                framing is None or isinstance(table, SnapshotTable) or table.framing == framing
            ):
                return table
        raise TypeError(f"{self.kind} yields {item.table}, which it does not declare.")


def _text(connector: Connector, option: str) -> str | None:
    value = getattr(connector, option, None)
    return None if value is None else str(value)
