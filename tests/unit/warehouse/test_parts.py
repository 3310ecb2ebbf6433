"""What is published is what the warehouse says, whatever of it is linked from last night's."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_warehouse import ACCOUNTS, DAYS, Turns, build, events, expected, linked, publish

from oncall_audit.reports.published import connect as read
from oncall_audit.warehouse.connection import connect, connect_published

moments = st.sampled_from([f"{day} {hour}" for day in DAYS for hour in ("00:00", "12:00")])
turns = st.dictionaries(
    st.tuples(st.sampled_from((*ACCOUNTS, "cleo")), moments),
    st.sampled_from(["e1", "e2", None]),
    max_size=6,
)


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
