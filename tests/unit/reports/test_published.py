# ruff: noqa: DTZ001 - the tables hold naive times in UTC
from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.reports.published import SHAPES, Published, connect, filled


def test_says_how_to_make_a_publication_when_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        connect(tmp_path / "audit.duckdb")

    assert str(caught.value) == (
        f"No audit is published in {tmp_path}. Make one with 'oncall-audit run'."
    )


def test_says_that_a_damaged_file_cannot_be_read(tmp_path: Path) -> None:
    damaged = tmp_path / "audit.duckdb"
    damaged.write_bytes(b"no database" * 1000)

    with pytest.raises(ConfigurationError, match="cannot be read"):
        connect(damaged)


def test_reads_while_another_process_reads(published: Path) -> None:
    reader = (
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1], read_only=True);"
        " print(c.execute('select 1').fetchone(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", reader, str(published)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with Published(published) as tables:
            count = tables.value("select count(*) from findings")
        assert other.stdin is not None
        other.stdin.close()

    assert count == 3


def test_reads_what_an_older_publication_lacks_as_empty(tmp_path: Path) -> None:
    built = tmp_path / "built.duckdb"
    with duckdb.connect(str(built)) as connection:
        connection.execute("create schema audit")
        connection.execute("create table audit.findings as select 'f1' as finding_id")

    with Published(built) as tables:
        findings = tables.rows("select finding_id, raw_file from findings")
        counts = {table: tables.value(f"select count(*) from {table}") for table in SHAPES}

    assert findings == [{"finding_id": "f1", "raw_file": None}]
    assert counts == {table: int(table == "findings") for table in SHAPES}


def test_writes_parameters_as_literals_that_end_where_they_should(published: Path) -> None:
    hostile = "x'; drop table findings; --"
    query = "select $text as text, $time as time, $span as span, $many as many, $none as nothing"
    values = {
        "text": hostile,
        "time": datetime(2026, 4, 3, 2, 0, 0, 5),
        "span": timedelta(hours=1, microseconds=1),
        "many": [hostile, "b"],
        "none": None,
    }

    with Published(published) as tables:
        rows = tables.rows(query, **values)

    assert rows == [
        {
            "text": hostile,
            "time": datetime(2026, 4, 3, 2, 0, 0, 5),
            "span": timedelta(hours=1, microseconds=1),
            "many": [hostile, "b"],
            "nothing": None,
        }
    ]


def test_refuses_a_value_that_has_no_literal() -> None:
    with pytest.raises(ValueError, match="cannot stand in a query"):
        filled("select $a", {"a": object()})


def test_a_query_goes_on_behind_a_nul(published: Path) -> None:
    with Published(published) as tables:
        assert tables.value("select $a", a="nul\x00 'and' more") == "nul\x00 'and' more"
