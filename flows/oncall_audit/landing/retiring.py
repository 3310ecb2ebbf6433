"""Lets go of landed records whose time is over; what they were and that they were is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from oncall_audit.connectors.base import LogTable
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.views import all_tables


@dataclass(frozen=True, slots=True)
class Retired:
    """How much of one source goes, or would go: whole days of its log."""

    source_name: str
    first: date
    last: date
    days: int
    records: int


_OLD = """
    from parts where day < ? and connector || ' ' || table_name in (select value from json_each(?))
        and day not in (select value from json_each(?))
"""


def retirable(manifest: Manifest, before: date, keep: Collection[date]) -> list[Retired]:
    """Return what of each log is of days `before`, but for the days to `keep`."""
    query = (
        "select source_name, min(day), max(day), count(distinct day), sum(records)"
        f"{_OLD} group by source_name order by source_name"
    )
    return [
        Retired(source, date.fromisoformat(first), date.fromisoformat(last), days, records)
        for source, first, last, days, records in manifest.rows(query, _asked(before, keep))
    ]


def retire(manifest: Manifest, before: date, keep: Collection[date], now: datetime) -> None:
    """Let go of what is `retirable`, of raw answers and of records that could not be read.

    Totals and hashes stay. What a killed call left on the disk goes with the next one.
    """
    with manifest.transaction() as connection:
        connection.execute(
            "insert or replace into retired select path, source_name, connector, table_name, day,"
            f" records, ?, 0 {_OLD}",
            (now.isoformat(sep=" "), *_asked(before, keep)),
        )
        connection.execute("delete from parts where path in (select path from retired)")
        connection.execute(
            "delete from opened_days where day < ? and (source_name, day) in"
            " (select source_name, day from retired)",
            (before.isoformat(),),
        )
        connection.execute(
            "update quarantined set raw = '' where raw <> '' and batch_id in"
            " (select batch_id from batches where received_at < ?)",
            (before.isoformat(),),
        )
    _remove_files(manifest)
    _remove_raw(manifest, before)


def retired_days(manifest: Manifest) -> list[tuple[str, date]]:
    """Return the days of each log of which nothing is kept."""
    query = (
        "select distinct source_name, day from retired where"
        " (source_name, connector, table_name, day) not in"
        " (select source_name, connector, table_name, day from parts) order by source_name, day"
    )
    return [(source, date.fromisoformat(day)) for source, day in manifest.rows(query)]


def _asked(before: date, keep: Collection[date]) -> tuple[str, str, str]:
    logs = [
        f"{connector} {table.name}"
        for connector, tables in all_tables().items()
        for table in tables
        if isinstance(table, LogTable)
    ]
    return (before.isoformat(), json.dumps(logs), json.dumps(sorted(map(str, keep))))


def _remove_files(manifest: Manifest) -> None:
    folder = manifest.path.parent
    for (path,) in manifest.rows("select path from retired where not is_gone"):
        (folder / path).unlink(missing_ok=True)
    with manifest.transaction() as connection:
        connection.execute("update retired set is_gone = 1 where not is_gone")


def _remove_raw(manifest: Manifest, before: date) -> None:
    """Remove the raw bytes of answers that were received before; their SHA-256 stays."""
    query = "select distinct source_name, batch_id from batches where received_at < ?"
    for source, batch in manifest.rows(query, (before.isoformat(),)):
        shutil.rmtree(manifest.path.parent / "raw" / source / batch, ignore_errors=True)
    # Pages of a log lie in folders that tell when they came.
    for folder in manifest.path.parent.glob("raw/*/????????T??????Z"):
        if folder.name[:8] < f"{before:%Y%m%d}":
            shutil.rmtree(folder)
