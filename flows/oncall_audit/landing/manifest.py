"""What has landed: one SQLite file whose commits make rows visible."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

from oncall_audit.landing import migrations
from oncall_audit.landing.records import (
    Batch,
    Commit,
    Content,
    Extraction,
    Part,
    Quarantined,
    Seen,
)

Row = tuple[Any, ...]


class Manifest:
    """The record of batches, Parquet files, quarantine, opened days and cursors."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        # Prefect may close it in another thread than it opened it in.
        self._connection = sqlite3.connect(
            path, timeout=60, isolation_level=None, check_same_thread=False
        )
        self._connection.execute("pragma journal_mode = wal")
        self._connection.execute("pragma synchronous = full")
        migrations.bring_up_to_date(self._connection, path)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Stay open for a `with` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def start(self, source_name: str) -> int:
        """Reserve the number of a batch, so that leftovers can be told from landed files."""
        with self.transaction() as connection:
            statement = "insert into started (source_name) values (?)"
            return int(connection.execute(statement, (source_name,)).lastrowid or 0)

    def unfinished(self, source_name: str) -> list[int]:
        """Return the numbers of batches that began and never became visible."""
        query = "select number from started where source_name = ? and not is_finished"
        return [number for (number,) in self.rows(query, (source_name,))]

    def forget(self, numbers: Iterable[int]) -> None:
        """Give up unfinished batches whose files are gone."""
        with self.transaction() as connection:
            for number in numbers:
                connection.execute("delete from started where number = ?", (number,))

    def commit(self, commit: Commit) -> None:
        """Make one batch visible: its rows, totals, quarantine and cursor, all or none."""
        with self.transaction() as connection:
            for table, rows in (
                ("batches", commit.batches),
                ("parts", commit.parts),
                ("quarantined", commit.quarantined),
                ("seen", commit.seen),
            ):
                _insert(connection, table, rows)
            days = {(part.source_name, str(part.day), commit.number) for part in commit.parts}
            connection.executemany("insert or replace into opened_days values (?, ?, ?)", days)
            if commit.cursor:
                connection.execute(
                    "insert into cursors values (?, ?) on conflict (source_name)"
                    " do update set occurred_at = max(occurred_at, excluded.occurred_at)",
                    (commit.source_name, _stored(commit.cursor)),
                )
            ended = "update started set is_finished = 1 where number = ?"
            connection.execute(ended, (commit.number,))

    def remember(self, seen: Seen) -> None:
        """Note that a landed file lies there unchanged under a new time."""
        with self.transaction() as connection:
            _insert(connection, "seen", [seen])

    def keep(self, contents: Iterable[Content]) -> None:
        """Note what is written in files, beside what was written in them before."""
        with self.transaction() as connection:
            _insert(connection, "contents", list(contents))

    def record(self, extraction: Extraction) -> None:
        """Note how one reading of a source ended."""
        with self.transaction() as connection:
            _insert(connection, "extractions", [extraction])

    def mark_built(self, position: int | None = None) -> None:
        """Close the opened days, or those that were open at an earlier `position`."""
        with self.transaction() as connection:
            connection.execute(
                "delete from opened_days where ? is null or number <= ?", (position, position)
            )

    def position(self) -> int:
        """Return the number of the newest visible batch."""
        ((number,),) = self.rows("select coalesce(max(number), 0) from started where is_finished")
        return int(number)

    def batches(self) -> list[Row]:
        """Return the control totals, as `landing.batches` has its columns."""
        return self._timed(
            "select batch_id, source_name, table_name, path, sha256, bytes, records, landed,"
            " duplicates, ignored, quarantined, received_at from batches order by rowid"
        )

    def extractions(self) -> list[Row]:
        """Return every reading of a source, as `landing.extractions` has its columns."""
        query = "select source_name, since, until, state, message, read_at from extractions"
        rows = self.rows(query + " order by rowid")
        return [
            (row[0], _time(row[1]), _time(row[2]), row[3], row[4], _time(row[5])) for row in rows
        ]

    def contents(self, source_name: str | None = None) -> list[Content]:
        """Return every text that the files of a source, or of all, have ever had."""
        query = "select * from contents where ? is null or source_name = ? order by rowid"
        return [
            Content(source, path, sha256, bool(is_whole), size, modified)
            for source, path, sha256, is_whole, size, modified in self.rows(
                query, (source_name, source_name)
            )
        ]

    def quarantined(self) -> list[Quarantined]:
        """Return every record that could not be read."""
        return [Quarantined(*row) for row in self.rows("select * from quarantined order by rowid")]

    def quarantined_places(self, most: int) -> list[Row]:
        """Return where records could not be read and why, of each file the first so many."""
        return self.rows(
            "select batch_id, source_name, table_name, path, line, reason from ("
            "select *, row_number() over (partition by batch_id, table_name, path order by line)"
            " as place from quarantined) where place <= ? order by 2, 4, 5",
            (most,),
        )

    def opened_days(self) -> list[tuple[str, date]]:
        """Return the days of each source that were touched since the last good build."""
        query = "select source_name, day from opened_days order by source_name, day"
        return [(source, date.fromisoformat(day)) for source, day in self.rows(query)]

    def days(self, received_after: datetime | None = None) -> set[date]:
        """Return every day of which something has landed, or has after a time."""
        query = "select distinct day from parts where ? is null or batch_id in"
        query += " (select batch_id from batches where received_at > ?)"
        after = received_after and _stored(received_after)
        return {date.fromisoformat(day) for (day,) in self.rows(query, (after, after))}

    def connectors(self) -> set[str]:
        """Return the type of every source that has landed anything."""
        return {kind for (kind,) in self.rows("select distinct connector from parts")}

    def cursor(self, source_name: str) -> datetime | None:
        """Return the latest time landed that did not lie in its file's future."""
        rows = self.rows("select occurred_at from cursors where source_name = ?", (source_name,))
        return _time(rows[0][0]) if rows else None

    def parts(
        self,
        connector: str,
        table_name: str,
        days: Iterable[date] | None = None,
        source_name: str | None = None,
    ) -> list[Part]:
        """Return the Parquet files of a table, of all days or of these, of all sources or one."""
        query = "select * from parts where connector = ? and table_name = ?"
        parameters: list[object] = [connector, table_name]
        if source_name is not None:
            query += " and source_name = ?"
            parameters.append(source_name)
        found = (_part(row) for row in self.rows(query + " order by path", parameters))
        wanted = None if days is None else set(days)
        return [part for part in found if wanted is None or part.day in wanted]

    def landed(self, source_name: str, table_name: str, sha256: str) -> list[Batch]:
        """Return the totals under which this content has landed before."""
        query = "select * from batches where source_name = ? and table_name = ? and sha256 = ?"
        rows = self.rows(f"{query} order by rowid", (source_name, table_name, sha256))
        return [Batch(*row[:-2], *(text and _time(text) for text in row[-2:])) for row in rows]

    def seen(self, source_name: str, table_name: str) -> dict[str, Seen]:
        """Return the files of a source that have landed, by path."""
        query = "select * from seen where source_name = ? and table_name = ?"
        return {row[2]: Seen(*row) for row in self.rows(query, (source_name, table_name))}

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Make what a `with` block writes visible as a whole or not at all."""
        self._connection.execute("begin immediate")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Run a query and return its rows."""
        return self._connection.execute(query, parameters).fetchall()

    def _timed(self, query: str) -> list[Row]:
        return [(*row[:-1], _time(row[-1])) for row in self.rows(query)]


def _insert(connection: sqlite3.Connection, table: str, rows: Sequence[Any]) -> None:
    if rows:
        # `astuple` copies each value deeply, which takes longer than the insert.
        names = [field.name for field in fields(rows[0])]
        stored = [tuple(_stored(getattr(row, name)) for name in names) for row in rows]
        verb = "insert or replace" if table in {"seen", "contents"} else "insert"
        marks = ", ".join("?" for _ in names)
        connection.executemany(f"{verb} into {table} values ({marks})", stored)


def _stored(value: object) -> object:
    if isinstance(value, datetime):
        # Always with microseconds, so that texts compare as times do.
        return value.isoformat(sep=" ", timespec="microseconds")
    return value.isoformat() if isinstance(value, date) else value


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _part(row: Row) -> Part:
    path, batch, source, connector, table, day, records, first, last = row
    at = date.fromisoformat(day)
    return Part(path, batch, source, connector, table, at, records, _time(first), _time(last))
