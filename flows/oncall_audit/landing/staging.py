"""Turns the relation `raw` into Parquet files of one day each, without what has landed before."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing.projection import projection, record_text
from oncall_audit.landing.records import Part, Totals
from oncall_audit.landing.sql import literal, texts

_SEVERAL = "select event_key from keys group by event_key having count(*) > 1"
_OPTIONS = "format parquet, compression zstd, compression_level 1"


@dataclass(frozen=True, slots=True)
class StagedPart:
    """A Parquet file that is written but not yet in its place."""

    path: Path
    day: date
    records: int
    first_at: datetime
    last_at: datetime


@dataclass(slots=True)
class Staged:
    """The outcome of one passage of `raw`."""

    totals: dict[int, Totals] = field(default_factory=dict)
    parts: list[StagedPart] = field(default_factory=list)
    rejected: dict[int, dict[int, str]] = field(default_factory=dict)
    cursor: datetime | None = None


class Staging:
    """One passage: project, count, find duplicates, and leave one file a day."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, table: LogTable, folder: Path
    ) -> None:
        self._connection = connection
        self._table = table
        self._folder = folder

    def project(
        self,
        options: Mapping[str, str | None],
        constants: Mapping[str, str],
        *,
        is_quick: bool,
    ) -> Staged:
        """Write every record of `raw` under its day and count them by file."""
        shutil.rmtree(self._folder, ignore_errors=True)
        query = projection(self._table, options, constants, is_quick=is_quick)
        self._connection.execute(
            f"copy ({query}) to {literal(str(self._folder))} ({_OPTIONS}, partition_by (day))"
        )
        staged = Staged()
        for position, count in self._rows("ignored", "position, count(*)", "group by position"):
            staged.totals.setdefault(position, Totals()).ignored = count
        for position, count in self._rows("rejected", "position, count(*)", "group by position"):
            staged.totals.setdefault(position, Totals()).quarantined = count
        for position, line, reason in self._rows(
            "rejected", "position, raw_line, rejected_because"
        ):
            staged.rejected.setdefault(position, {})[line] = reason
        return staged

    def rejected_records(self, staged: Staged) -> list[tuple[int, int, str, str]]:
        """Return file, line, reason and text of the rejected records, of what `raw` still has."""
        if not staged.rejected:
            return []
        return self._connection.execute(
            "select position, raw_line, rejected_because, text"
            f" from (select position, raw_line, {record_text(self._table)} as text from raw) join"
            " (select position, raw_line, rejected_because"
            f" from {self._files(['day=rejected'], day=False)}) using (position, raw_line)"
            " order by position, raw_line"
        ).fetchall()

    def settle(self, staged: Staged, earlier: Iterable[Part], root: Path, limit: datetime) -> None:
        """Drop what landed before, number repeated texts, and list the files that remain."""
        days = sorted(path.name for path in self._folder.glob("day=????-??-??"))
        if not days:
            return
        self._connection.execute(
            "create or replace temp table keys as select day, position, raw_line, event_key,"
            " occurred_at, false as is_renamed, false as is_duplicate"
            f" from {self._files(days)}"
        )
        if self._table.identity is None:
            self._number_repeated()
        self._mark_repeated()
        self._mark_earlier(earlier, root)
        for position, landed, duplicates, last_at in self._connection.execute(
            "select position, count_if(not is_duplicate), count_if(is_duplicate),"
            f" max(occurred_at) filter (occurred_at <= {_timestamp(limit)})"
            " from keys group by position"
        ).fetchall():
            totals = staged.totals.setdefault(position, Totals())
            totals.landed, totals.duplicates = landed, duplicates
            staged.cursor = max(filter(None, (staged.cursor, last_at)), default=None)
        staged.parts = list(self._parts())

    def _number_repeated(self) -> None:
        """Give the second and further occurrences of a text in one file keys of their own."""
        self._connection.execute(
            "update keys set event_key = renamed.event_key, is_renamed = true from ("
            " select position, raw_line, md5(concat(event_key, '#', occurrence)) as event_key"
            " from ("
            "  select position, raw_line, event_key, row_number() over ("
            "   partition by position, event_key order by raw_line) as occurrence from keys"
            f"  where event_key in ({_SEVERAL})"
            " ) where occurrence > 1) as renamed"
            " where keys.position = renamed.position and keys.raw_line = renamed.raw_line"
        )

    def _mark_repeated(self) -> None:
        self._connection.execute(
            "update keys set is_duplicate = true from ("
            " select position, raw_line from keys"
            f" where event_key in ({_SEVERAL})"
            " qualify row_number() over (partition by event_key order by position, raw_line) > 1"
            " ) as again"
            " where keys.position = again.position and keys.raw_line = again.raw_line"
        )

    def _mark_earlier(self, earlier: Iterable[Part], root: Path) -> None:
        spans: dict[date, tuple[datetime, datetime]] = {
            date.fromisoformat(day): (first, last)
            for day, first, last in self._connection.execute(
                "select day::varchar, min(occurred_at), max(occurred_at) from keys group by day"
            ).fetchall()
        }
        paths = [
            str(root / part.path)
            for part in earlier
            if part.day in spans
            and part.first_at <= spans[part.day][1]
            and part.last_at >= spans[part.day][0]
        ]
        if paths:
            first, last = min(s[0] for s in spans.values()), max(s[1] for s in spans.values())
            self._connection.execute(
                "update keys set is_duplicate = true where event_key in ("
                f" select event_key from read_parquet({texts(paths)}, hive_partitioning = false)"
                f" where occurred_at between {_timestamp(first)} and {_timestamp(last)})"
            )

    def _parts(self) -> Iterable[StagedPart]:
        """Yield the files of each day; those with changed or dropped rows are written again."""
        for day, landed, changed, first, last in self._connection.execute(
            "select day::varchar, count_if(not is_duplicate), count_if(is_duplicate or is_renamed),"
            " min(occurred_at) filter (not is_duplicate),"
            " max(occurred_at) filter (not is_duplicate)"
            " from keys group by day order by day"
        ).fetchall():
            if not landed:
                continue
            folder = self._folder / f"day={day}"
            files = [self._again(folder, day)] if changed else sorted(folder.glob("*.parquet"))
            for number, path in enumerate(files):
                # Of a day in several files each is said to span the whole: it only guides look-ups.
                records = 0 if number else landed
                yield StagedPart(path, date.fromisoformat(day), records, first, last)

    def _again(self, folder: Path, day: str) -> Path:
        target = folder / "again" / "rows.parquet"
        target.parent.mkdir()
        self._connection.execute(
            "copy (select staged.* replace (keys.event_key as event_key)"
            f" from {self._files([folder.name], day=False)} as staged"
            " join keys using (position, raw_line)"
            f" where not keys.is_duplicate and keys.day = {literal(day)})"
            f" to {literal(str(target))} ({_OPTIONS})"
        )
        return target

    def _files(self, days: Iterable[str], *, day: bool = True) -> str:
        paths = [
            str(path) for name in days for path in sorted((self._folder / name).glob("*.parquet"))
        ]
        partitioned = "true, hive_types = {'day': varchar}" if day else "false"
        return f"read_parquet({texts(paths)}, hive_partitioning = {partitioned})"

    def _rows(self, day: str, columns: str, rest: str = "") -> list[tuple[Any, ...]]:
        if not (self._folder / f"day={day}").is_dir():
            return []
        files = self._files([f"day={day}"], day=False)
        return self._connection.execute(f"select {columns} from {files} {rest}").fetchall()


def _timestamp(moment: datetime) -> str:
    return f"timestamp '{moment.isoformat(sep=' ')}'"
