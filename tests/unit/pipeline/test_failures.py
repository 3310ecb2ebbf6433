"""Of a machine that has too little of something people are told what to do."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from oncall_audit.bounds import Bounds
from oncall_audit.errors import AuditError, CheckFailed
from oncall_audit.pipeline.failures import told

DATA = Path("audits/data")


def failure(query: str, spill: Path) -> duckdb.Error:
    """Return the error of a query that needs more than 30 MB and 1 MB of disk."""
    bounds = Bounds(1, "30MB").options("test", spill)
    with duckdb.connect(config=bounds) as connection:
        connection.execute("set max_temp_directory_size = '1MB'")
        with pytest.raises(duckdb.OutOfMemoryException) as raised:
            connection.execute(query)
    return raised.value


def test_nowhere_to_spill_to(tmp_path: Path) -> None:
    error = failure(
        "create temp table large as select md5(n::varchar) as text from range(3_000_000) t(n)",
        tmp_path,
    )
    expected = (
        "There is no room left for what does not fit in memory. Nothing was published. Make room on"
        f" the disk of {DATA}, or name a folder on another disk as `spill`, or raise `memory_limit`,"
        " then run again."
    )

    assert str(told(error, DATA)) == expected
    # As dbt leaves it: words alone.
    assert str(told(CheckFailed(f"int_events__unioned: {error}"), DATA)) == expected


def test_more_memory_than_is_allowed(tmp_path: Path) -> None:
    error = failure("select list(n) from range(30_000_000) t(n)", tmp_path)

    assert str(told(error, DATA)) == (
        "More memory is needed than `memory_limit` allows. Nothing was published. Raise it, or lower"
        " `threads`, then run again."
    )


def test_any_other_error_stays_as_it_is() -> None:
    error = AuditError("Something else.")

    assert told(error, DATA) is error
