"""Published events are those of the warehouse, whatever of them is linked from last night's."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_audit.warehouse import parts, publication
from oncall_audit.warehouse.connection import connect, connect_published

DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")
HOURS = ("03:00", "12:00", "21:00")
ACCOUNTS = ("ada", "ben")

# Who holds an account since when, by account and turn; who held it before the first is unknown.
Turns = Mapping[tuple[str, str], str | None]
moments = st.sampled_from([f"{day} {hour}" for day in DAYS for hour in ("00:00", "12:00")])
turns = st.dictionaries(
    st.tuples(st.sampled_from((*ACCOUNTS, "cleo")), moments),
    st.sampled_from(["e1", "e2", None]),
    max_size=6,
)


def build(path: Path, held: Turns, built: Mapping[str, str], days: tuple[str, ...] = DAYS) -> None:
    """Write a warehouse with an event of every account at every hour of the days."""
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
        fill(connection, "int_days__built", [(day, built[day], 600_000) for day in days])
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
        connection.execute(
            "create view audit.access_events as select event_id, occurred_at, account,"
            " int_names__answered.answer as engineer_id from warehouse.main.int_events__unioned"
            " asof join warehouse.main.int_names__answered on account = name and occurred_at >= turned_at"
        )


def fill(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple[Any, ...]]) -> None:
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


def events(path: Path) -> list[Any]:
    with connect_published(path) as published:
        return published.execute("from audit.access_events order by event_id").fetchall()


def expected(root: Path) -> list[Any]:
    with connect(root / "warehouse.duckdb", read_only=True) as warehouse:
        return warehouse.execute("from audit.access_events order by event_id").fetchall()


def linked(root: Path, *runs: str) -> list[str]:
    """Return the days whose parts are the very same file in each of the publications."""
    places = [
        {path.stat().st_ino: path.name[:10] for path in parts.files(root / run)} for run in runs
    ]
    return sorted(places[0][it] for it in set.intersection(*map(set, places)))


@pytest.fixture(name="root", scope="module")
def _root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


@settings(max_examples=40, deadline=None)
@given(first=turns, second=turns, anew=st.sets(st.sampled_from(DAYS)))
def test_what_is_published_is_what_the_warehouse_says_tonight(
    root: Path, first: Turns, second: Turns, anew: set[str]
) -> None:
    build(root / "warehouse.duckdb", first, dict.fromkeys(DAYS, "first"))
    publish(root, "first")
    build(
        root / "warehouse.duckdb",
        second,
        {day: "second" if day in anew else "first" for day in DAYS},
    )

    assert publish(root, "second", "first") == expected(root)
    assert not anew & set(linked(root, "first", "second"))


def test_only_days_that_were_built_anew_are_written(root: Path) -> None:
    held = {("ada", "2026-03-01 00:00"): "e1"}
    build(root / "warehouse.duckdb", held, dict.fromkeys(DAYS[:3], "first"), DAYS[:3])
    publish(root, "first")
    tonight = {**dict.fromkeys(DAYS[:2], "first"), **dict.fromkeys(DAYS[2:], "second")}
    build(root / "warehouse.duckdb", held, tonight)

    assert publish(root, "second", "first") == expected(root)
    assert linked(root, "first", "second") == ["2026-03-01", "2026-03-02"]


def test_of_who_leaves_the_days_before_stay_as_they_are(root: Path) -> None:
    held = {("ada", "2026-03-01 00:00"): "e1"}
    build(root / "warehouse.duckdb", held, dict.fromkeys(DAYS, "first"))
    publish(root, "first")
    left = {**held, ("ada", "2026-03-03 12:00"): None, ("cleo", "2026-03-01 00:00"): "e3"}
    build(root / "warehouse.duckdb", left, dict.fromkeys(DAYS, "first"))

    assert publish(root, "second", "first") == expected(root)
    assert linked(root, "first", "second") == ["2026-03-01", "2026-03-02"]


def test_a_publication_holds_without_the_one_before(root: Path) -> None:
    build(root / "warehouse.duckdb", {}, dict.fromkeys(DAYS, "first"))
    publish(root, "first")
    before = publish(root, "second", "first")
    shutil.rmtree(root / "first")

    assert events(root / "second" / "audit.duckdb") == before != []


def test_a_reader_without_this_program_finds_the_parts_where_they_were_put(root: Path) -> None:
    build(root / "warehouse.duckdb", {}, dict.fromkeys(DAYS, "first"))
    found = publish(root, "first")
    query = "from audit.audit.access_events order by event_id"
    (root / "first").rename(root / "moved")
    with duckdb.connect(str(root / "moved" / "audit.duckdb"), read_only=True) as reader:
        assert reader.execute(query).fetchall() == found
    elsewhere = (root / "moved").rename(root / "elsewhere")
    with duckdb.connect(str(elsewhere / "audit.duckdb"), read_only=True) as reader:
        reader.execute(f"set variable audit_folder = '{elsewhere}'")
        assert reader.execute(query).fetchall() == found


def test_what_is_kept_no_longer_goes_whether_it_was_published_before_or_not(root: Path) -> None:
    build(root / "warehouse.duckdb", {}, dict.fromkeys(DAYS, "first"))
    with connect(root / "warehouse.duckdb") as connection:
        connection.execute(
            "alter table int_events__unioned add column session_id varchar;"
            " create or replace view audit.access_events as"
            " select event_id, occurred_at, account, session_id from warehouse.main.int_events__unioned;"
            " create table audit.findings as"
            " select 'open' as state, null::varchar as session_id, ['ben 2026-03-01 12:00'] as event_ids"
        )
    publish(root, "first")
    since = {"access_events": datetime(2026, 3, 3, 12, tzinfo=UTC)}

    found = [row[0] for row in publish(root, "second", "first", kept_since=since)]

    assert found == [row[0] for row in expected(root)
                     if row[1] >= datetime(2026, 3, 3, 12) or row[0] == "ben 2026-03-01 12:00"]  # noqa: DTZ001  # fmt: skip
    assert linked(root, "first", "second") == ["2026-03-04"]
    assert publish(root, "third", "second") == expected(root)
