"""Readers see one whole publication or another, never half of one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from oncall_audit.connectors.base import Window
from oncall_audit.warehouse import publication
from oncall_audit.warehouse.connection import connect, connect_published
from oncall_audit.workspace import Workspace


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with connect(path) as connection:
        connection.execute("create schema audit")
        connection.execute(
            "create table audit.sessions as select * from (values"
            " ('s1', timestamp '2026-03-01 10:00', timestamp '2026-03-01 11:00'),"
            " ('s2', timestamp '2026-03-02 10:00', timestamp '2026-03-02 11:00'))"
            " as rows(session_id, started_at, ended_at)"
        )
        connection.execute("create table main.private as select 'e1' as engineer_id")
        connection.execute("create view audit.engineers as from warehouse.main.private")
        connection.execute("create view audit.starts as select started_at from audit.sessions")
        connection.execute("comment on table audit.sessions is 'One row a session.'")
        connection.execute("comment on column audit.engineers.engineer_id is 'It''s the key.'")
    return path


def tables(path: Path) -> list[tuple[str, str, str]]:
    with connect_published(path) as connection:
        return connection.execute(
            "select table_schema, table_name, table_type from information_schema.tables"
            " where table_catalog = 'published' order by all"
        ).fetchall()


def test_only_the_audit_tables_go_over_with_their_comments(tmp_path: Path, warehouse: Path) -> None:
    target = tmp_path / "audit.duckdb"

    publication.copy_audit(warehouse, target)

    assert tables(target) == [
        ("audit", "engineers", "BASE TABLE"),
        ("audit", "sessions", "BASE TABLE"),
        ("audit", "starts", "VIEW"),
    ]
    with connect_published(target) as published:
        assert published.execute(
            "select comment from duckdb_tables() where table_name = 'sessions'"
            " union all select comment from duckdb_columns() where column_name = 'engineer_id'"
        ).fetchall() == [("One row a session.",), ("It's the key.",)]


def test_an_incident_gets_what_overlaps_its_window(tmp_path: Path, warehouse: Path) -> None:
    target = tmp_path / "audit.duckdb"
    window = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 10, 0, 1, tzinfo=UTC))

    publication.copy_audit(warehouse, target, window)

    with connect_published(target) as published:
        assert published.execute("select session_id from audit.sessions").fetchall() == [("s2",)]
        assert published.execute("select * from audit.engineers").fetchall() == [("e1",)]
        assert published.execute("select * from audit.starts").fetchall() == [
            (datetime(2026, 3, 2, 10),)  # noqa: DTZ001
        ]


def test_a_reader_keeps_its_publication_while_the_next_is_switched_in(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for run_id in ("first", "second"):
        prepared = workspace.publications / f".{run_id}"
        prepared.mkdir(parents=True)
        with connect(prepared / "audit.duckdb") as connection:
            connection.execute(f"create table run as select '{run_id}' as run_id")
        if run_id == "first":
            publication.switch(workspace, prepared, run_id)
            reader = duckdb.connect(str(workspace.published), read_only=True)
        else:
            publication.switch(workspace, prepared, run_id)

    assert reader.execute("select * from run").fetchall() == [("first",)]
    with connect(workspace.published.resolve(), read_only=True) as later:
        assert later.execute("select * from run").fetchall() == [("second",)]
    reader.close()


@pytest.mark.parametrize("incident", ["../../etc/passwd", "/abs", "PX1", "a" * 300])
def test_an_incident_report_stays_on_its_shelf(tmp_path: Path, incident: str) -> None:
    workspace = Workspace(tmp_path)
    prepared = workspace.publications / ".run"
    prepared.mkdir(parents=True)

    final = publication.shelve(workspace, prepared, incident)

    assert final.parent == workspace.data / "incidents"
    assert final.is_dir()


def test_rows_that_are_kept_no_longer_stay_behind_but_for_open_findings(tmp_path: Path) -> None:
    path, target = tmp_path / "warehouse.duckdb", tmp_path / "audit.duckdb"
    with connect(path) as connection:
        connection.execute("create schema audit")
        connection.execute(
            "create table audit.sessions as select * from (values"
            " ('old', timestamp '2026-03-01 10:00', timestamp '2026-03-01 11:00'),"
            " ('old-open', timestamp '2026-03-01 10:00', timestamp '2026-03-01 11:00'),"
            " ('until-now', timestamp '2026-03-01 10:00', timestamp '2026-03-02 00:00'),"
            " ('endless', timestamp '2026-03-02 00:00', null))"
            " as rows(session_id, started_at, ended_at)"
        )
        connection.execute(
            "create table audit.findings as select * from (values"
            " ('old-open', 'open'), ('old', 'remediated'), (null, 'open'))"
            " as rows(session_id, state)"
        )

    publication.copy_audit(path, target, kept_since={"sessions": datetime(2026, 3, 2, tzinfo=UTC)})

    with connect_published(target) as published:
        found = published.execute("select session_id from audit.sessions order by 1").fetchall()
    assert [name for (name,) in found] == ["endless", "old-open", "until-now"]


def test_a_view_has_no_rows_that_are_kept_no_longer(tmp_path: Path) -> None:
    path, target = tmp_path / "warehouse.duckdb", tmp_path / "audit.duckdb"
    with connect(path) as connection:
        connection.execute(
            "create schema audit;"
            " create table audit.access_events as select * from (values"
            " ('old', timestamp '2026-03-01 10:00'), ('needed', timestamp '2026-03-01 10:00'),"
            " ('new', timestamp '2026-03-02 10:00')) as rows(session_id, occurred_at);"
            " create table audit.findings as select 'needed' as session_id, 'open' as state;"
            " create view audit.session_actions as"
            " select session_id, occurred_at from warehouse.audit.access_events"
        )
    since = {"session_actions": datetime(2026, 3, 2, tzinfo=UTC)}

    publication.copy_audit(path, target, kept_since=since)

    with connect_published(target) as published:
        found = published.execute("select session_id from session_actions order by 1").fetchall()
        events = published.execute("select count(*) from access_events").fetchall()
    assert ([name for (name,) in found], events) == (["needed", "new"], [(3,)])
