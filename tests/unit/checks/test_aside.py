"""Checks in a process of their own find what they find here."""

from __future__ import annotations

from pathlib import Path

import duckdb

from oncall_audit.bounds import Bounds
from oncall_audit.checks import aside, load_suites
from oncall_audit.checks.validation import validate


def test_another_process_finds_the_same(built: Path) -> None:
    process = aside.begin()
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.log_batches set landed = 80")

    found = aside.ask(process, built, Bounds(1, "1GB"))

    assert found == validate(built, load_suites())
    assert [failure.failing_rows[0]["landed"] for failure in found.failures] == [80]


def test_what_cannot_be_checked_there_is_not_told(tmp_path: Path) -> None:
    process = aside.begin()

    assert aside.ask(process, tmp_path / "no.duckdb", Bounds()) is None
