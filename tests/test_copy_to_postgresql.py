"""The published tables in a real PostgreSQL: whole, described, and never half of two audits."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import psycopg
import pytest
from click.testing import CliRunner, Result
from postgres_server import PASSWORD, Postgres

from oncall_audit.cli.sql import sql
from oncall_audit.errors import AuditError
from oncall_audit.reports.published import connect
from oncall_audit.workspace import Workspace

Copy = Callable[..., Result]
HOSTILE = "'; drop schema audit cascade; -- \\N \t \\ \r\n é"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with one published audit, whose every kind of column has a null and a value."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.publication.mkdir(parents=True)
    publish(workspace, 1)
    return workspace


def publish(workspace: Workspace, audit: int, more: str = "") -> None:
    built = workspace.publication / "built.duckdb"
    with duckdb.connect(str(built)) as connection:
        connection.execute("create schema audit; use audit")
        connection.execute(
            "create table findings (finding_id varchar, audit integer, n bigint, score double,"
            " event_ids varchar[], seen_on date, started_at timestamp, is_open boolean)"
        )
        connection.execute(
            "insert into findings values ($text, $audit, 7, 0.5, [$text, 'b'], '2026-04-02',"
            " '2026-04-02 10:00:00.123456', true), ('', $audit, null, null, null, null, null, null)",
            {"text": HOSTILE, "audit": audit},
        )
        connection.execute(
            "create table sessions as select $a as audit from range(30000)", {"a": audit}
        )
        connection.execute("comment on table findings is 'One row a red flag; it''s so.'")
        connection.execute("comment on column findings.n is 'How many.'")
        connection.execute("create view open_findings as from findings where is_open")
        if more:
            connection.execute(more)
    built.replace(workspace.published)


@pytest.fixture
def copy(workspace: Workspace, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> Copy:
    postgres.make(logins=("copier", "ada"))
    postgres.run("grant create on database postgres to copier")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    address = f"postgresql://copier@/postgres?host={postgres.socket}"

    def run(*words: str) -> Result:
        arguments = ["--workspace", str(workspace.root), "--copy-to", address, *words]
        return CliRunner().invoke(sql, arguments)

    return run


def test_every_row_and_description_arrives(
    workspace: Workspace, postgres: Postgres, copy: Copy
) -> None:
    result = copy("--json", "--grant-to", "ada")

    assert json.loads(result.stdout) == {"findings": 2, "open_findings": 1, "sessions": 30000}
    with connect(workspace.published) as published:
        expected = published.execute("from findings order by all").fetchall()
    assert postgres.run("select * from audit.findings order by 1", user="ada") == expected
    assert postgres.run(
        "select obj_description('audit.findings'::regclass), col_description('audit.findings'::regclass, 3)"
    ) == [("One row a red flag; it's so.", "How many.")]


def test_readers_may_read_and_nothing_else(postgres: Postgres, copy: Copy) -> None:
    copy()
    assert postgres.may("ada", "select * from audit.findings") is False

    copy("--grant-to", "ada")

    assert postgres.may("ada", "select * from audit.findings") is True
    assert postgres.may("ada", "delete from audit.findings") is False
    assert postgres.may("ada", "create table audit.mine (a int)") is False


def test_a_reader_neither_waits_nor_holds_up_nor_sees_half(
    workspace: Workspace, postgres: Postgres, copy: Copy
) -> None:
    copy("--grant-to", "ada")
    audits = "select distinct audit from audit.findings union all select distinct audit from audit.sessions"
    publish(workspace, 2)
    with postgres.session("ada") as reader:
        reader.autocommit = False
        reader.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        assert reader.execute(audits).fetchall() == [(1,), (1,)]

        # The reader's transaction is open: the copy must not wait for it.
        assert copy().exception is None

        assert reader.execute(audits).fetchall() == [(1,), (1,)]
        reader.commit()
        assert reader.execute(audits).fetchall() == [(2,), (2,)]


def test_tables_take_their_new_shape_and_keep_their_readers(
    workspace: Workspace, postgres: Postgres, copy: Copy
) -> None:
    copy()
    postgres.run("grant usage on schema audit to ada")
    postgres.run("grant select on audit.sessions to ada")
    new_shape = "alter table sessions add column service varchar; drop view open_findings"
    publish(workspace, 2, new_shape)

    copied = json.loads(copy("--json").stdout)

    sessions = postgres.run("select distinct audit, service from audit.sessions", user="ada")
    assert copied == {"findings": 2, "sessions": 30000}
    assert sessions == [(2, None)]
    assert postgres.may("ada", "select * from audit.findings") is False
    assert postgres.run("select to_regclass('audit.open_findings')") == [(None,)]


def test_what_rests_on_an_old_shape_is_named_and_all_stays_as_it_was(
    workspace: Workspace, postgres: Postgres, copy: Copy
) -> None:
    copy()
    postgres.run("create view public.mine as select audit from audit.sessions")
    publish(workspace, 2, "alter table sessions add column service varchar")

    result = copy()
    left = postgres.run(
        "select distinct audit from public.mine union all select max(audit) from audit.findings"
    )
    postgres.run("drop view public.mine")

    assert "view mine depends on table audit.sessions" in str(result.exception)
    assert left == [(1,), (1,)]


def test_a_schema_of_somebody_else_is_left_alone(postgres: Postgres, copy: Copy) -> None:
    postgres.run("create schema audit")
    try:
        result = copy()
        assert isinstance(result.exception, AuditError)
        assert "has a schema audit that oncall-audit did not make" in str(result.exception)
    finally:
        postgres.run("drop schema audit")


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (f"postgresql://ada:{PASSWORD}@db/x", "A password must not stand in an address"),
        (f"postgres:/{PASSWORD}", "That is no address: write postgresql://user@host/database"),
        ("postgresql://nobody@/postgres?host=/nowhere", "PostgreSQL at /nowhere: "),
    ],
)
def test_mistakes_are_told_without_the_password(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, address: str, message: str
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)

    result = CliRunner().invoke(sql, ["--workspace", str(workspace.root), "--copy-to", address])

    assert isinstance(result.exception, AuditError)
    assert message in str(result.exception)
    assert PASSWORD not in str(result.exception) + result.output
