"""All snapshots of one reading: they become visible together, or not at all."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from oncall_audit.connectors.base import File, Page, SnapshotTable
from oncall_audit.landing.landed import Landed
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import Place
from oncall_audit.landing.records import Commit
from oncall_audit.landing.snapshots import SnapshotLanding


@dataclass(slots=True)
class Snapshots:
    """Collects the documents of one reading in one batch."""

    connection: duckdb.DuckDBPyConnection
    manifest: Manifest
    place: Place
    connector: str
    system: str
    now: datetime
    _commit: Commit | None = None
    _landings: dict[str, SnapshotLanding] = field(default_factory=dict)
    _pages: int = 0
    _unchanged: int = 0

    def add(self, table: SnapshotTable, item: File | Page) -> None:
        """Decode one document into rows that become visible later."""
        self._commit = self._commit or Commit(
            self.manifest.start(self.place.source_name), self.place.source_name
        )
        landing = self._landings.get(table.name)
        if landing is None:
            landing = SnapshotLanding(
                connection=self.connection,
                manifest=self.manifest,
                place=self.place,
                connector=self.connector,
                system=self.system,
                table=table,
                now=self.now,
                commit=self._commit,
            )
            self._landings[table.name] = landing
        if landing.add(item):
            self._pages += isinstance(item, Page)
        else:
            self._unchanged += 1

    def land(self, landed: Landed) -> None:
        """Make everything visible and count it."""
        landed.unchanged += self._unchanged
        if not self._commit or not self._commit.batches:
            return self.drop()
        for name, landing in self._landings.items():
            self.place.put(landing.write(), self.connector, name, self._commit)
        self.manifest.commit(self._commit)
        landed.add(self._commit)
        landed.files -= self._pages
        landed.pages += self._pages
        return None

    def drop(self) -> None:
        """Leave nothing of the reading."""
        if self._commit:
            shutil.rmtree(self.place.raw(self._commit.number), ignore_errors=True)
            self.manifest.forget([self._commit.number])
