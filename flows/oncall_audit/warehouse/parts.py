"""Events are published in parts of a day; a day that is as it was is linked from last night's."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.warehouse import rows
from oncall_audit.warehouse.connection import connect, literal
from oncall_audit.workspace import FOLDER

TABLE = "access_events"
# Beside the parts: what the next publication must know to use them again.
_MADE = "made.duckdb"
_OPTIONS = "format parquet, compression zstd, compression_level 1"

# Events that are made ready together.
_AT_ONCE = 1_000_000

# Day, the run that wrote its events, and how many they are.
Built = tuple[date, str, int]

# The turns of names that both audits know, where they differ, until the next turn of either.
_TURNED = """
    create temp table turned as
    with now as (from warehouse.main.int_names__answered),
    differing as (
        (from now except from before.answered) union (from before.answered except from now)
    ),
    turns as (
        select question, system, name, turned_at,
            coalesce(lead(turned_at) over name_s, timestamp 'infinity') as until
        from (select distinct question, system, name, turned_at
            from (from now union all from before.answered))
        window name_s as (partition by question, system, name order by turned_at)
    )
    select distinct turns.* from turns
    semi join differing using (question, system, name, turned_at)
    semi join before.answered using (question, system, name)
"""
_TURNED_DAYS = """
    select distinct events.event_day from warehouse.main.int_events__unioned as events
    semi join turned on events.system = turned.system and events.{column} = turned.name
        and turned.question in ({questions})
        and events.occurred_at >= turned.turned_at and events.occurred_at < turned.until
"""
_ASKED = {
    "account": "'holder', 'service'",
    "resource_name": "'target'",
    "resource_scope": "'target'",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A file named after its content: the events of a day, or without one, all kept from before."""

    day: date | None
    built_by: str
    file: str
    rows: int


def write(
    warehouse: Path,
    folder: Path,
    before: Path,
    kept_since: datetime | None = None,
    kept: Iterable[str] = (),
    bounds: Bounds = USUAL,
) -> list[Part]:
    """Write or link the events' parts below `folder`; `before` is what was published last.

    Up to the day of `kept_since` (UTC) only what meets the conditions `kept` is published.
    """
    place = folder / TABLE
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    with connect(Path(":memory:"), bounds) as connection:
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        usable = _usable(connection, before / TABLE)
        old = kept_since.astimezone(UTC).date() if kept_since else None
        parts = []
        if old:
            parts.append(
                _written(connection, place, None, "", [f"occurred_at < {_next(old)}", *kept])
            )
        for stretch in _stretches(_built(connection, old), usable):
            part = usable.get(stretch[0][:2])
            if part:
                _link(before / TABLE / part.file, place / part.file)
                parts.append(part)
            else:
                parts += _written_together(connection, place, stretch)
        _note(connection, place / _MADE, parts)
    return parts


def view(parts: Iterable[Part], home: Path) -> str:
    """Return the view of all parts, which are in `home` unless a reader says where else."""
    files = ", ".join(literal(part.file) for part in parts)
    place = f"coalesce(getvariable('{FOLDER}'), {literal(str(home))}) || '/{TABLE}/'"
    return f"create view {TABLE} as from read_parquet([{place} || part for part in [{files}]])"


def files(folder: Path) -> dict[Path, str]:
    """Return the parts of a publication and what their names say is their SHA-256."""
    return {path: path.stem.rpartition(".")[2] for path in (folder / TABLE).glob("*.parquet")}


def _usable(connection: duckdb.DuckDBPyConnection, before: Path) -> dict[tuple[date, str], Part]:
    """Return the parts published before whose events are told the same today, by day and run."""
    if not (before / _MADE).exists():
        return {}
    connection.execute(f"attach {literal(str(before / _MADE))} as before (read_only)")
    connection.execute(_TURNED)
    turned: set[date] = set()
    if connection.execute("from turned limit 1").fetchall():
        for column, questions in _ASKED.items():
            query = _TURNED_DAYS.format(column=column, questions=questions)
            turned.update(day for (day,) in connection.execute(query).fetchall())
    parts = (Part(*row) for row in connection.execute("from before.parts").fetchall())
    return {
        (it.day, it.built_by): it
        for it in parts
        if it.day and it.day not in turned and (before / it.file).exists()
    }


def _built(connection: duckdb.DuckDBPyConnection, after: date | None) -> list[Built]:
    return connection.execute(
        "select event_day, built_by, events from warehouse.main.int_days__built"
        f" where event_day > date '{after or date.min}' order by event_day"
    ).fetchall()


def _stretches(days: Iterable[Built], usable: Container[tuple[date, str]]) -> Iterator[list[Built]]:
    """Yield days that can be linked alone, the others with those beside them, of so many events."""
    stretch: list[Built] = []
    for day in days:
        is_usable = day[:2] in usable
        if stretch and (is_usable or sum(it[2] for it in stretch) + day[2] > _AT_ONCE):
            yield stretch
            stretch = []
        if is_usable:
            yield [day]
        else:
            stretch.append(day)
    if stretch:
        yield stretch


def _written_together(
    connection: duckdb.DuckDBPyConnection, place: Path, days: Sequence[Built]
) -> Iterator[Part]:
    # Whose and of which session an event is takes the same preparations for one day as for many.
    first, last = days[0][0], days[-1][0]
    connection.execute(
        f"create or replace temp table stretch as from warehouse.audit.{TABLE}"
        f" where occurred_at >= date '{first}' and occurred_at < {_next(last)}"
    )
    for day, built_by, _ in days:
        within = [f"occurred_at >= date '{day}'", f"occurred_at < {_next(day)}"]
        yield _written(connection, place, day, built_by, within, "stretch")
    connection.execute("drop table stretch")


def _written(
    connection: duckdb.DuckDBPyConnection,
    place: Path,
    day: date | None,
    built_by: str,
    conditions: Iterable[str],
    events: str = f"warehouse.audit.{TABLE}",
) -> Part:
    path = place / "unnamed.parquet"
    written = connection.execute(
        f"copy (from {events} where {' and '.join(conditions)}"
        f" order by occurred_at, event_id) to {literal(str(path))} ({_OPTIONS})"
    ).fetchone()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    path.chmod(0o444)
    named = path.rename(place / f"{day or 'before'}.{sha256}.parquet")
    return Part(day, built_by, named.name, written[0] if written else 0)


def _next(day: date) -> str:
    return f"date '{day}' + interval 1 day"


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:
        # Not every file system can.
        shutil.copy2(old, new)


def _note(connection: duckdb.DuckDBPyConnection, path: Path, parts: Iterable[Part]) -> None:
    connection.execute(f"attach {literal(str(path))} as made")
    columns = "day date, built_by varchar, file varchar, rows bigint"
    noted = rows.texts(columns, [(it.day, it.built_by, it.file, it.rows) for it in parts])
    rows.make(connection, "made.parts", columns, noted)
    connection.execute(
        "create table made.answered as from warehouse.main.int_names__answered; detach made"
    )
    path.chmod(0o444)
