"""Starts Great Expectations: its import alone takes seconds, so the module is kept small."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import duckdb
import pytest

from oncall_audit.checks import CheckReport, Expectation, Suite, check, load_suites
from oncall_audit.checks.validation import validate

pytestmark = pytest.mark.slow


def _expectation(kind: str, **kwargs: object) -> Expectation:
    return Expectation(kind, kwargs, "blocking", "Because.", "it is right")


def _suite(
    *expectations: Expectation,
    table: str = "shifts",
    keys: Sequence[str] = ("shift_id",),
    days: str | None = None,
) -> Suite:
    return Suite("audit", table, tuple(keys), days, tuple(expectations))


def _change(database: Path, *statements: str) -> None:
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_sound_warehouse_meets_every_expectation(built: Path) -> None:
    report = check(built)

    assert [outcome.sentence() for outcome in report.failures] == []
    assert len(report.outcomes) == sum(len(suite.expectations) for suite in load_suites())
    assert report.success


def test_names_the_rows_that_fail_a_query(built: Path) -> None:
    _change(built, "update audit.log_batches set landed = 80")

    report = check(built)

    [failure] = report.blocking_failures
    assert failure.table == "audit.log_batches"
    assert failure.unexpected_count == 1
    assert failure.failing_rows == (
        {
            "batch_id": "b1",
            "source_name": "bastion",
            "path": "auth.log",
            "records": 100,
            "landed": 80,
            "duplicates": 5,
            "ignored": 3,
            "quarantined": 2,
        },
    )
    assert failure.sentence() == (
        "audit.log_batches: raw = landed + duplicate + ignored + quarantined, in every batch: 1 wrong"
        " (batch_id=b1, source_name=bastion, path=auth.log, records=100, landed=80, duplicates=5,"
        " ignored=3, quarantined=2). Completeness is what an auditor tests first; a record that is in"
        " no column was lost."
    )


@pytest.mark.parametrize(
    ("expectation", "rows"),
    [
        (
            _expectation("expect_column_values_to_be_in_set", column="origin", value_set=["swap"]),
            ({"origin": "rotation", "shift_id": "h1"},),
        ),
        (
            _expectation("expect_column_values_to_be_null", column="service"),
            ({"service": "payments", "shift_id": "h1"},),
        ),
    ],
)
def test_names_the_rows_that_fail_a_column(
    built: Path, expectation: Expectation, rows: tuple[dict[str, str], ...]
) -> None:
    [outcome] = validate(built, [_suite(expectation)]).outcomes

    assert (outcome.success, outcome.unexpected_count, outcome.failing_rows) == (False, 1, rows)


def test_names_rows_that_are_not_unique_together(built: Path) -> None:
    _change(built, "insert into audit.shifts from audit.shifts")
    unique = _expectation("expect_compound_columns_to_be_unique", column_list=["shift_id", "level"])

    [outcome] = validate(built, [_suite(unique)]).outcomes

    assert (outcome.success, outcome.unexpected_count) == (False, 2)
    assert outcome.failing_rows == ({"shift_id": "h1", "level": 1},) * 2


def test_shows_at_most_twenty_rows(built: Path) -> None:
    _change(built, "insert into audit.sessions by name select 'n' as session_id from range(100)")
    unique = _expectation("expect_column_values_to_be_unique", column="session_id")

    [outcome] = validate(built, [_suite(unique, table="sessions", keys=["session_id"])]).outcomes

    assert (outcome.unexpected_count, len(outcome.failing_rows)) == (100, 20)


def test_a_check_that_cannot_run_fails(built: Path) -> None:
    unknown = _expectation("expect_column_values_to_be_unique", column="no_such_column")

    [outcome] = validate(built, [_suite(unknown)]).outcomes

    assert not outcome.success
    assert outcome.error
    assert "no_such_column" in outcome.error


def test_a_missing_table_fails(built: Path) -> None:
    _change(built, "drop table audit.shifts")

    report = validate(built, [_suite(_expectation("expect_column_to_exist", column="shift_id"))])

    assert [(o.success, o.error) for o in report.blocking_failures] == [
        (False, "the table is missing from the warehouse")
    ]


def test_reads_only_the_days_that_the_run_opened(built: Path) -> None:
    _change(
        built,
        "create schema landing",
        "create table landing.opened_days (source_name varchar, day date)",
        f"insert into landing.opened_days values ('bastion', date '{date(2026, 4, 3)}')",
        "update audit.sessions set end_source = 'guessed'",
    )
    known = _expectation(
        "expect_column_values_to_be_in_set", column="end_source", value_set=["open"]
    )

    [outcome] = validate(
        built, [_suite(known, table="sessions", keys=["session_id"], days="started_at")]
    ).outcomes

    assert outcome.failing_rows == ({"end_source": "guessed", "session_id": "s2"},)


def test_an_empty_directory_blocks_when_there_are_sessions(built: Path) -> None:
    _change(built, "delete from audit.engineers")

    report = check(built)

    assert "the directory is not empty when there are sessions" in [
        failure.description for failure in report.blocking_failures
    ]


def test_leaves_the_file_free_and_writes_nothing(
    built: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its own: others write to the machine's at the same time.
    temporary = built.parent / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))

    check(built)

    _change(built, "create table audit.written_after_the_checks (a integer)")
    assert capfd.readouterr() == ("", "")
    assert list(temporary.iterdir()) == []


def test_the_report_is_plain_data(built: Path) -> None:
    _change(built, "update audit.shifts set recorded_at = null")
    rows = _expectation(
        "unexpected_rows_expectation",
        unexpected_rows_query="select shift_id, started_at from {batch}",
    )

    report = validate(built, [_suite(rows)])

    assert json.loads(json.dumps(report.as_dict())) == {
        "success": False,
        "expectations": 1,
        "failures": 1,
        "blocking_failures": 1,
        "outcomes": [
            {
                "table": "audit.shifts",
                "expectation": "unexpected_rows_expectation",
                "description": "it is right",
                "severity": "blocking",
                "why": "Because.",
                "success": False,
                "unexpected_count": 1,
                "failing_rows": [{"shift_id": "h1", "started_at": "2026-04-02T00:00:00"}],
                "error": None,
            }
        ],
    }


def test_warnings_do_not_block() -> None:
    assert CheckReport(()).success
