"""Large tables are published in parts by time; what is as it was is linked from last night's."""

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

# Rows that go into one file, and those of several files that are made ready together.
_OF_A_FILE = 1_000_000
_TOGETHER = 150_000

Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Parted:
    """A table that is published in parts, each of one or more of the `period`s of column `began`.

    Of the last periods, which what is late may still change, so many lie `apart`. `days` asks the
    warehouse which day was built by which run, and how many rows it has. Where days are told
    otherwise though no run built them, `turned` tells the first days of their periods: it finds in
    `before` the table `answered` as it was beside the parts.
    """

    name: str
    period: str
    began: str
    key: str
    apart: int
    days: str
    answered: str | None = None
    turned: Callable[[Connection], set[date]] = lambda _connection: set()


# When a period began, and which runs built it; what is kept from before all periods has none.
Told = tuple[date | None, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A file named after its content, which is all the rows of what is `told` in it."""

    told: tuple[Told, ...]
    file: str
    rows: int


@dataclass(frozen=True, slots=True)
class _Period:
    since: date
    until: date
    built_by: str
    rows: int

    @property
    def told(self) -> Told:
        return self.since, self.built_by


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
    periods, parts = _periods(connection, table), []
    if kept_since:
        old = kept_since.astimezone(UTC).date()
        until = max((it.until for it in periods if it.since <= old), default=old)
        periods = [it for it in periods if it.since > old]
        conditions = [f"{table.began} < date '{until}'", *kept]
        parts.append(_written(connection, table, place, conditions))
    usable = _usable(connection, table, before / table.name, periods)
    for part in dict.fromkeys(usable.values()):
        _link(before / table.name / part.file, place / part.file)
        parts.append(part)
    # Few large files are written and read faster; many small ones have to be written anew less.
    settled = [] if usable else periods[: -table.apart]
    for stretch in _stretches(settled, usable, _OF_A_FILE):
        within = _within(table, stretch)
        parts.append(_written(connection, table, place, within, stretch))
    for stretch in _stretches(periods[len(settled) :], usable, _TOGETHER):
        parts += _written_apart(connection, table, place, stretch)
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


def _usable(
    connection: Connection, table: Parted, before: Path, periods: Iterable[_Period]
) -> dict[Told, Part]:
    """Return for periods the parts published before in which all is told the same today."""
    if not (before / _MADE).exists():
        return {}
    connection.execute(f"attach {literal(str(before / _MADE))} as before (read_only)")
    turned = table.turned(connection)
    parts = connection.execute(
        "select list((since, built_by) order by since), file, any_value(rows)"
        " from before.parts group by file"
    ).fetchall()
    connection.execute("detach before")
    today = {it.told for it in periods if it.since not in turned}
    return {
        told: Part(tuple(whole), file, rows)
        for whole, file, rows in parts
        if today.issuperset(whole) and (before / file).exists()
        for told in whole
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
    periods: Iterable[_Period], usable: Container[Told], most: int
) -> Iterator[list[_Period]]:
    """Yield what is not usable of the periods, those beside one another up to so many rows."""
    stretch: list[_Period] = []
    for period in periods:
        is_usable = period.told in usable
        if stretch and (is_usable or sum(it.rows for it in stretch) + period.rows > most):
            yield stretch
            stretch = []
        if not is_usable:
            stretch.append(period)
    if stretch:
        yield stretch


def _within(table: Parted, periods: Sequence[_Period]) -> list[str]:
    first, last = periods[0].since, periods[-1].until
    return [f"{table.began} >= date '{first}'", f"{table.began} < date '{last}'"]


def _written_apart(
    connection: Connection, table: Parted, place: Path, periods: Sequence[_Period]
) -> Iterator[Part]:
    if len(periods) == 1:
        yield _written(connection, table, place, _within(table, periods), periods)
        return
    # What tells a row more than its own table does takes the same preparations for many periods.
    conditions = " and ".join(_within(table, periods))
    connection.execute(
        "create or replace temp table stretch as"
        f" from warehouse.audit.{table.name} where {conditions}"
    )
    for it in periods:
        yield _written(connection, table, place, _within(table, [it]), [it], "stretch")
    connection.execute("drop table stretch")


def _written(
    connection: Connection,
    table: Parted,
    place: Path,
    conditions: Iterable[str],
    periods: Sequence[_Period] = (),
    source: str | None = None,
) -> Part:
    path = place / "unnamed.parquet"
    source = source or f"warehouse.audit.{table.name}"
    written = connection.execute(
        f"copy (from {source} where {' and '.join(conditions)}"
        f" order by {table.began}, {table.key}) to {literal(str(path))} ({_OPTIONS})"
    ).fetchone()
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    path.chmod(0o444)
    told = tuple(it.told for it in periods) or ((None, ""),)
    named = path.rename(place / f"{told[0][0] or 'before'}.{sha256}.parquet")
    return Part(told, named.name, written[0] if written else 0)


def _link(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:
        # Not every file system can.
        shutil.copy2(old, new)


def _note(connection: Connection, table: Parted, path: Path, parts: Iterable[Part]) -> None:
    connection.execute(f"attach {literal(str(path))} as made")
    columns = "since date, built_by varchar, file varchar, rows bigint"
    told = [(*told, part.file, part.rows) for part in parts for told in part.told]
    rows.make(connection, "made.parts", columns, rows.texts(columns, told))
    if table.answered:
        connection.execute(f"create table made.answered as from warehouse.main.{table.answered}")
    connection.execute("detach made")
    path.chmod(0o444)
