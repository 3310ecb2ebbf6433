"""What is published is what the warehouse says, whatever of it is linked from last night's."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_audit.reports.published import connect as read
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


def test_from_nothing_days_go_into_one_file_together_until_one_of_them_is_built_anew(
    root: Path,
) -> None:
    days = [f"2026-02-{day:02}" for day in range(1, 21)]
    build(root / "warehouse.duckdb", {}, dict.fromkeys(days, "first"), days, each=400_000)
    publish(root, "first")
    two, two_more, *apart = linked(root, "first")
    built = {day: "second" if day == "2026-02-03" else "first" for day in (*days, "2026-02-21")}
    build(root / "warehouse.duckdb", {}, built | {"2026-02-21": "second"}, list(built))

    assert publish(root, "second", "first") == expected(root)
    assert [two, two_more] == ["2026-02-01", "2026-02-03"]
    assert apart == ["2026-02-05", *days[6:]]
    assert linked(root, "first", "second") == [two, *apart]
    assert linked(root, "second") == sorted(built.keys() - {"2026-02-02", "2026-02-06"})


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


@pytest.mark.parametrize("opened", [connect_published, read])
def test_who_opens_it_while_the_next_takes_its_place_has_one_of_them_whole(
    root: Path, opened: Callable[[Path], AbstractContextManager[duckdb.DuckDBPyConnection]]
) -> None:
    link, enough = root / "publication", Event()
    for run in ("first", "second"):
        build(
            root / "warehouse.duckdb", {("ada", f"{DAYS[0]} 00:00"): run}, dict.fromkeys(DAYS, run)
        )
        publish(root, run)
    switch(root, "first")

    def go_on() -> None:
        while not enough.is_set():
            switch(root, "second")
            switch(root, "first")

    with ThreadPoolExecutor(1) as switching:
        done = switching.submit(go_on)
        try:
            found = set()
            for _ in range(25):
                with opened(link / "audit.duckdb") as reader:
                    (row,) = reader.execute(
                        "select list(distinct engineer_id) from access_events where account = 'ada'"
                    ).fetchall()
                    found.add(tuple(row[0]))
        finally:
            enough.set()
        done.result()

    assert found <= {("first",), ("second",)}


def switch(root: Path, run: str) -> None:
    following = root / "following"
    following.symlink_to(run)
    following.replace(root / "publication")


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


days_of_two_months = st.sampled_from(("2026-03-30", "2026-03-31", "2026-04-01", "2026-05-02"))
some_sessions = st.dictionaries(days_of_two_months, st.sampled_from(("quiet", "loud")))


@settings(max_examples=20, deadline=None)
@given(nights=st.lists(some_sessions, min_size=2, max_size=4))
def test_sessions_are_published_as_they_are_told_tonight(
    root: Path, nights: list[dict[str, str]]
) -> None:
    retold: dict[str, str] = {}
    before: dict[str, str] = {}
    for run, told in enumerate(nights):
        retold |= {
            day: f"r{run}" for day in told.keys() | before if told.get(day) != before.get(day)
        }
        build(root / "warehouse.duckdb", {}, {}, days=())
        with connect(root / "warehouse.duckdb") as connection:
            fill_sessions(connection, told, retold)
        publish(root, f"r{run}", f"r{run - 1}")

        assert events(root / f"r{run}" / "audit.duckdb", "sessions") == expected(root, "sessions")
        before = told


def test_only_months_with_a_session_told_otherwise_are_written(root: Path) -> None:
    days = ("2026-03-31", "2026-04-01", "2026-04-02", "2026-05-02")
    build(root / "warehouse.duckdb", {}, {}, days=())
    with connect(root / "warehouse.duckdb") as connection:
        fill_sessions(connection, dict.fromkeys(days, "quiet"), dict.fromkeys(days, "first"))
    publish(root, "first")
    with connect(root / "warehouse.duckdb") as connection:
        told = {"2026-04-02": "loud", "2026-05-03": "new"}
        retold = {**dict.fromkeys(days, "first"), "2026-04-02": "second", "2026-05-03": "second"}
        fill_sessions(connection, {**dict.fromkeys(days, "quiet"), **told}, retold)
    publish(root, "second", "first")

    assert events(root / "second" / "audit.duckdb", "sessions") == expected(root, "sessions")
    assert linked(root, "first", "second", table="sessions") == ["2026-03-01"]


def test_of_sessions_kept_no_longer_those_of_the_month_go_as_well(root: Path) -> None:
    days = ("2026-02-28", "2026-03-01", "2026-03-31", "2026-04-01")
    build(root / "warehouse.duckdb", {}, {}, days=())
    with connect(root / "warehouse.duckdb") as connection:
        fill_sessions(connection, dict.fromkeys(days, "quiet"), dict.fromkeys(days, "first"))
        connection.execute(
            "create table audit.findings as select 'open' as state, '2026-02-28' as session_id"
        )
    publish(root, "first", kept_since={"sessions": datetime(2026, 3, 15, tzinfo=UTC)})

    kept = [row[0] for row in events(root / "first" / "audit.duckdb", "sessions")]
    assert kept == ["2026-02-28", "2026-03-31", "2026-04-01"]
