"""Sessions are published by the month, as they are told tonight."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_warehouse import build, events, expected, fill_sessions, linked, publish

from oncall_audit.warehouse.connection import connect

days_of_two_months = st.sampled_from(("2026-03-30", "2026-03-31", "2026-04-01", "2026-05-02"))
some_sessions = st.dictionaries(days_of_two_months, st.sampled_from(("quiet", "loud")))


@pytest.fixture(name="root", scope="module")
def _root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


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
