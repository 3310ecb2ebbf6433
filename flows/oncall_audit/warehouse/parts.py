"""Large tables are published in parts of a time; what is as it was is linked from last night's."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from oncall_audit.warehouse import rows
from oncall_audit.warehouse.connection import literal
from oncall_audit.workspace import FOLDER

# Beside the parts: what the next publication must know to use them again.
_MADE = "made.duckdb"
_OPTIONS = "format parquet, compression zstd, compression_level 1"

# Rows that are made ready together.
_AT_ONCE = 1_000_000

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Parted:
    """A table that is published in parts, each of a `period` of the column `began`.

    `days` asks the warehouse which day was built by which run, and how many rows it has. Where days
    are told otherwise though no run built them, `turned` tells the first days of their periods: it
    finds in `before` the table `answered` as it was beside the parts.
    """

    name: str
    period: str
    began: str
    key: str
    days: str
    answered: str | None = None
    turned: Callable[[Connection], set[date]] = lambda _connection: set()


@dataclass(frozen=True, slots=True)
class Part:
    """A file named after its content: a period's rows, or without one, all kept from before."""

    since: date | None
    built_by: str
    file: str
    rows: int


@dataclass(frozen=True, slots=True)
class _Period:
    since: date
    until: date
    built_by: str
    rows: int


def write(
    connection: Connection,
    table: Parted,
    folder: Path,
    before: Path,
    kept_since: datetime | None = None,
    kept: Iterable[str] = (),
) -> list[Part]:
    """Write or link a table's parts below `folder`; `before` is what was published last.

    Up to the period of `kept_since` (UTC) only what meets the conditions `kept` is published. The
    connection has the warehouse attached under that name.
    """
    place = folder / table.name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    usable = _usable(connection, table, before / table.name)
    periods, parts = _periods(connection, table), []
    if kept_since:
        old = kept_since.astimezone(UTC).date()
        until = max((it.until for it in periods if it.since <= old), default=old)
        periods = [it for it in periods if it.since > old]
        conditions = [f"{table.began} < date '{until}'", *kept]
        parts.append(
            _written(connection, table, place, conditions, f"warehouse.audit.{table.name}")
        )
    for stretch in _stretches(periods, usable):
        part = usable.get((stretch[0].since, stretch[0].built_by))
        if part:
            _link(before / table.name / part.file, place / part.file)
            parts.append(part)
        else:
            parts += _written_together(connection, table, place, stretch)
    _note(connection, table, place / _MADE, parts)
    return parts


def view(table: Parted, parts: Iterable[Part], home: Path) -> str:
    """Return the view of all parts, which are in `home` unless a reader says where else."""
    files = ", ".join(literal(part.file) for part in parts)
    place = f"coalesce(getvariable('{FOLDER}'), {literal(str(home))}) || '/{table.name}/'"
    return f"create view {table.name} as from read_parquet([{place} || part for part in [{files}]])"


def files(folder: Path) -> dict[Path, str]:
    """Return the parts of a publication and what their names say is their SHA-256."""
    parts = (path for made in folder.glob(f"*/{_MADE}") for path in made.parent.glob("*.parquet"))
    return {path: path.stem.rpartition(".")[2] for path in parts}


def _usable(connection: Connection, table: Parted, before: Path) -> dict[tuple[date, str], Part]:
    """Return the parts published before whose rows are told the same today, by day and builder."""
    if not (before / _MADE).exists():
        return {}
    connection.execute(f"attach {literal(str(before / _MADE))} as before (read_only)")
    turned = table.turned(connection)
    parts = [Part(*row) for row in connection.execute("from before.parts").fetchall()]
    connection.execute("detach before")
    return {
        (it.since, it.built_by): it
        for it in parts
        if it.since and it.since not in turned and (before / it.file).exists()
    }


def _periods(connection: Connection, table: Parted) -> list[_Period]:
    period = table.period
    found = connection.execute(
        f"select cast(date_trunc('{period}', day) as date) as since,"
        f" cast(since + interval 1 {period} as date),"
        " string_agg(distinct built_by, ' ' order by built_by), cast(sum(rows) as bigint)"
        f" from ({table.days}) as days (day, built_by, rows) group by since order by since"
    ).fetchall()
    return [_Period(*row) for row in found]


def _stretches(
    periods: Iterable[_Period], usable: Container[tuple[date, str]]
) -> Iterator[list[_Period]]:
    """Yield periods that can be linked alone, the others with those beside them, up to so many."""
    stretch: list[_Period] = []
    for period in periods:
        is_usable = (period.since, period.built_by) in usable
        if stretch and (is_usable or sum(it.rows for it in stretch) + period.rows > _AT_ONCE):
            yield stretch
            stretch = []
        if is_usable:
            yield [period]
        else:
            stretch.append(period)
    if stretch:
        yield stretch


def _written_together(
    connection: Connection, table: Parted, place: Path, periods: Sequence[_Period]
) -> Iterator[Part]:
    # What tells a row more than its own table does takes the same preparations for many periods.
    first, last = periods[0].since, periods[-1].until
    connection.execute(
        f"create or replace temp table stretch as from warehouse.audit.{table.name}"
        f" where {table.began} >= date '{first}' and {table.began} < date '{last}'"
    )
    for it in periods:
        within = [f"{table.began} >= date '{it.since}'", f"{table.began} < date '{it.until}'"]
        yield _written(connection, table, place, within, "stretch", it)
    connection.execute("drop table stretch")


def _written(
    connection: Connection,
    table: Parted,
    place: Path,
    conditions: Iterable[str],
    source: str,
    period: _Period | None = None,
) -> Part:
    path = place / "unnamed.parquet"
    written = connection.execute(
        f"copy (from {source} where {' and '.join(conditions)}"
        f" order by {table.began}, {table.key}) to {literal(str(path))} ({_OPTIONS})"
    ).fetchone()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    path.chmod(0o444)
    since, built_by = (period.since, period.built_by) if period else (None, "")
    named = path.rename(place / f"{since or 'before'}.{sha256}.parquet")
    return Part(since, built_by, named.name, written[0] if written else 0)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:
        # Not every file system can.
        shutil.copy2(old, new)


def _note(connection: Connection, table: Parted, path: Path, parts: Iterable[Part]) -> None:
    connection.execute(f"attach {literal(str(path))} as made")
    columns = "since date, built_by varchar, file varchar, rows bigint"
    noted = rows.texts(columns, [(it.since, it.built_by, it.file, it.rows) for it in parts])
    rows.make(connection, "made.parts", columns, noted)
    if table.answered:
        connection.execute(f"create table made.answered as from warehouse.main.{table.answered}")
    connection.execute("detach made")
    path.chmod(0o444)
