"""A small warehouse, and what is published of it in parts."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit.warehouse import parts, publication
from oncall_audit.warehouse.connection import connect, connect_published

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")
HOURS = ("03:00", "12:00", "21:00")
ACCOUNTS = ("ada", "ben")

# Who holds an account since when, by account and turn; who held it before the first is unknown.
Turns = Mapping[tuple[str, str], str | None]


def build(
    path: Path,
    held: Turns,
    built: Mapping[str, str],
    days: Sequence[str] = DAYS,
    each: int = 600_000,
) -> None:
    """Write a warehouse with an event of every account at every hour of the days.

    Of every day it says that it had `each` events.
    """
    path.unlink(missing_ok=True)
    known = {(account, "-infinity"): None for account in ACCOUNTS} | dict(held)
    with connect(path) as connection:
        connection.execute("create schema audit")
        connection.execute(
            "create table int_days__built (event_day date, built_by varchar, events bigint)"
        )
        connection.execute(
            "create table int_names__answered"
            " (question varchar, system varchar, name varchar, turned_at timestamp, answer varchar)"
        )
        connection.execute(
            "create table int_events__unioned (event_id varchar, event_day date, system varchar,"
            " account varchar, resource_name varchar, resource_scope varchar, occurred_at timestamp)"
        )
        fill(connection, "int_days__built", [(day, built[day], each) for day in days])
        fill(
            connection,
            "int_names__answered",
            [("holder", "linux", name, at, answer) for (name, at), answer in known.items()],
        )
        fill(
            connection,
            "int_events__unioned",
            [
                (f"{account} {day} {hour}", day, "linux", account, None, None, f"{day} {hour}")
                for account in ACCOUNTS
                for day in days
                for hour in HOURS
            ],
        )
        fill_sessions(connection, {}, {})
        connection.execute(
            "create view audit.access_events as select event_id, occurred_at, account,"
            " int_names__answered.answer as engineer_id from warehouse.main.int_events__unioned"
            " asof join warehouse.main.int_names__answered on account = name and occurred_at >= turned_at"
        )


def fill_sessions(
    connection: duckdb.DuckDBPyConnection, told: Mapping[str, str], retold: Mapping[str, str]
) -> None:
    """Write a session a day, told in some way, and who retold which day last."""
    connection.execute(
        "create or replace table int_days__retold (event_day date, told_by varchar);"
        " create or replace table int_sessions__audited"
        " (session_id varchar, started_at timestamp, ended_at timestamp, summary varchar);"
        " create or replace view audit.sessions as from warehouse.main.int_sessions__audited"
    )
    sessions = [(day, f"{day} 23:00", f"{day} 23:30", words) for day, words in told.items()]
    fill(connection, "int_sessions__audited", sessions)
    fill(connection, "int_days__retold", list(retold.items()))


def fill(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]
) -> None:
    if not rows:
        return
    values = ", ".join(
        "(" + ", ".join("null" if it is None else f"'{it}'" for it in row) + ")" for row in rows
    )
    connection.execute(f"insert into {table} values {values}")


def publish(root: Path, run: str, before: str = "none", **said: Any) -> list[Any]:
    """Publish the warehouse below `root`; return the published events."""
    target = root / run / "audit.duckdb"
    shutil.rmtree(target.parent, ignore_errors=True)
    target.parent.mkdir()
    publication.copy_audit(
        root / "warehouse.duckdb", target, home=root / "moved", before=root / before, **said
    )
    return events(target)


def events(path: Path, table: str = "access_events") -> list[Any]:
    with connect_published(path) as published:
        return published.execute(f"from audit.{table} order by all").fetchall()


def expected(root: Path, table: str = "access_events") -> list[Any]:
    with connect(root / "warehouse.duckdb", read_only=True) as warehouse:
        return warehouse.execute(f"from audit.{table} order by all").fetchall()


def linked(root: Path, *runs: str, table: str = "access_events") -> list[str]:
    """Return the days whose parts are the very same file in each of the publications."""
    places = [
        {
            path.stat().st_ino: path.name[:10]
            for path in parts.files(root / run)
            if path.parent.name == table
        }
        for run in runs
    ]
    return sorted(places[0][it] for it in set.intersection(*map(set, places)))
