"""Lands the files of a log: quickly where it can, carefully where it must."""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing import careful, readers
from oncall_audit.landing.landed import Landed, Progress
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.place import Place
from oncall_audit.landing.records import Batch, Commit, Seen, Totals
from oncall_audit.landing.sightings import Shape, Sighting, shown, sight
from oncall_audit.landing.sql import raise_if_hopeless, table_of
from oncall_audit.landing.staging import Staged, Staging
from oncall_audit.landing.stamp import Stamp

_TEXT_OF_A_BATCH = 256 * 1024 * 1024
_FILES_OF_A_BATCH = 2000
_KEPT = 64 * 1024
_CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(slots=True)
class LogLanding:
    """One call of `land`, for one log table of one source."""

    connection: duckdb.DuckDBPyConnection
    manifest: Manifest
    place: Place
    connector: str
    system: str
    table: LogTable
    options: Mapping[str, str | None]
    now: datetime
    landed: Landed
    progress: Progress
    _copies: list[Sighting] = field(default_factory=list)

    def land(self, paths: Iterable[Path]) -> None:
        """Land every file that has not landed as it is."""
        self.take(self._changed(paths))

    def take(self, files: Iterable[Sighting]) -> None:
        """Land files; of those with the same content the first."""
        for batch in self._batches(self._new(files)):
            self._attempt(batch)
        for copy in self._copies:
            self._count_copy(copy)

    def _changed(self, paths: Iterable[Path]) -> Iterator[Sighting]:
        seen = self.manifest.seen(self.place.source_name, self.table.name)
        for path in paths:
            known = seen.get(shown(path))
            if known and _is_unchanged(path, known):
                self.landed.unchanged += 1
                continue
            file = sight(path, self.table)
            if known and known.sha256 == file.sha256:
                self.landed.unchanged += 1
                self.manifest.remember(self._seen(file))
            else:
                yield file

    def _new(self, files: Iterable[Sighting]) -> Iterator[Sighting]:
        underway: set[str] = set()
        for file in files:
            if file.sha256 in underway or self._earlier(file):
                self._copies.append(file)
            else:
                underway.add(file.sha256)
                yield file

    def _batches(self, files: Iterable[Sighting]) -> Iterator[list[Sighting]]:
        open_batches, sizes = defaultdict[Shape, list[Sighting]](list), Counter[Shape]()
        for file in files:
            # What streams through needs no memory of its own.
            room = _TEXT_OF_A_BATCH * (4 if file.shape.form in ("records", "parquet") else 1)
            others, size = open_batches[file.shape], sizes[file.shape] + file.text_size
            if others and (size > room or len(others) >= _FILES_OF_A_BATCH):
                yield open_batches.pop(file.shape)
                sizes[file.shape] = 0
            open_batches[file.shape].append(file)
            sizes[file.shape] += file.text_size
        yield from open_batches.values()

    def _attempt(self, files: list[Sighting]) -> None:
        doubtful: set[int] | None
        try:
            self._quickly(files)
            return
        except readers.DoubtError as doubt:
            doubtful = doubt.positions
        except duckdb.Error as error:
            raise_if_hopeless(error)
            doubtful = None
        if len(files) == 1:
            self._carefully(files[0])
        elif doubtful is None:
            middle = len(files) // 2
            self._attempt(files[:middle])
            self._attempt(files[middle:])
        else:
            if rest := [file for n, file in enumerate(files) if n not in doubtful]:
                self._attempt(rest)
            for n in sorted(doubtful):
                self._carefully(files[n])

    def _quickly(self, files: list[Sighting]) -> None:
        commit = self._begin()
        try:
            readers.read(self.connection, self.table, files, self._links(files))
            staging, staged = self._project(files, commit, is_quick=True)
            self._doubt_rejected(staged)
            for position, line, reason, text in staging.rejected_records(staged):
                raw = base64.b64encode(text.encode()[:_KEPT]).decode()
                kept = self._stamp.quarantined(commit, files[position].name, line, reason, raw)
                commit.quarantined.append(kept)
            self._settle(staging, staged)
        except (readers.DoubtError, duckdb.Error):
            self.manifest.forget([commit.number])
            raise
        self._finish(files, staged, commit)

    def _doubt_rejected(self, staged: Staged) -> None:
        # Of JSON and CSV the bytes of a record are gone by now; the careful way still has them.
        if staged.rejected and self.table.framing in ("json", "csv"):
            raise readers.DoubtError(set(staged.rejected))

    def _carefully(self, file: Sighting) -> None:
        commit = self._begin()
        reading = careful.Reading(file, self.table)
        target = self.place.scratch / "careful.jsonl"
        reading.write(target)
        staged = Staged()
        try:
            careful.relation(self.connection, self.table, target)
            staging, staged = self._project([file], commit, is_quick=False)
            if staged.rejected:
                reading.reject(staged.rejected[0])
            self._settle(staging, staged)
        except duckdb.Error as error:
            raise_if_hopeless(error)
            staged = Staged()
            reason = f"the file cannot be read as a whole ({str(error).splitlines()[0]})"
            reading.problems = [careful.Problem(1, reason, "")]
        totals = staged.totals.setdefault(0, Totals())
        totals.quarantined = len(reading.problems)
        for problem in sorted(reading.problems, key=lambda problem: problem.line):
            commit.quarantined.append(
                self._stamp.quarantined(
                    commit, file.name, problem.line, problem.reason, problem.raw
                )
            )
        self._finish([file], staged, commit)
        target.unlink()

    def _project(
        self, files: list[Sighting], commit: Commit, *, is_quick: bool
    ) -> tuple[Staging, Staged]:
        rows = [(n, file.name, file.delivered_at) for n, file in enumerate(files)]
        shown_files = table_of("position integer, raw_file varchar, delivered_at timestamp", rows)
        self.connection.execute(f"create or replace temp table files as {shown_files}")
        staging = Staging(self.connection, self.table, self.place.scratch / "parquet")
        constants = {
            "source_name": self.place.source_name,
            "system": self.system,
            "batch_id": commit.batch_id,
        }
        return staging, staging.project(self.options, constants, is_quick=is_quick)

    def _settle(self, staging: Staging, staged: Staged) -> None:
        earlier = self.manifest.parts(
            self.connector, self.table.name, source_name=self.place.source_name
        )
        staging.settle(staged, earlier, self.place.folder, self.now + _CLOCKS_DIFFER)

    def _finish(self, files: list[Sighting], staged: Staged, commit: Commit) -> None:
        self.place.put(staged.parts, self.connector, self.table.name, commit)
        for n, file in enumerate(files):
            commit.batches.append(
                self._stamp.batch(commit, self._seen(file), staged.totals.get(n, Totals()))
            )
            if _is_unchanged(file.path, self._seen(file)):
                commit.seen.append(self._seen(file))
        commit.cursor = staged.cursor
        self._commit(commit)

    def _count_copy(self, file: Sighting) -> None:
        commit, seen = self._begin(), self._seen(file)
        totals = Totals(duplicates=self._earlier(file)[0].records)
        commit.batches.append(self._stamp.batch(commit, seen, totals))
        commit.seen.append(seen)
        self._commit(commit)

    def _begin(self) -> Commit:
        return Commit(self.manifest.start(self.place.source_name), self.place.source_name)

    def _commit(self, commit: Commit) -> None:
        self.manifest.commit(commit)
        self.landed.add(commit)
        self.progress(self.landed.told())

    def _earlier(self, file: Sighting) -> list[Batch]:
        return self.manifest.landed(self.place.source_name, self.table.name, file.sha256)

    def _links(self, files: list[Sighting]) -> list[Path]:
        """Give files plain names: DuckDB would take `*` or `[` in a path for a pattern."""
        folder = self.place.scratch / "files"
        folder.mkdir(exist_ok=True)
        links = [folder / f"{n:06d}" for n in range(len(files))]
        for link, file in zip(links, files, strict=True):
            link.unlink(missing_ok=True)
            link.symlink_to(file.path.absolute())
        return links

    def _seen(self, file: Sighting) -> Seen:
        return self._stamp.seen(file.name, file.size, file.modified, file.sha256)

    @property
    def _stamp(self) -> Stamp:
        return Stamp(self.place.source_name, self.connector, self.table.name, self.now)


def _is_unchanged(path: Path, known: Seen) -> bool:
    with suppress(OSError):
        found = path.stat()
        return (found.st_size, found.st_mtime_ns) == (known.size, known.modified)
    return False
