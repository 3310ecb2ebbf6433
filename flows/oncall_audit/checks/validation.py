"""Runs suites through Great Expectations. Slow to import: see `oncall_audit.checks.check`."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.checks.engine import Warehouse
from oncall_audit.checks.results import CheckReport, Outcome
from oncall_audit.checks.suites import Expectation, Suite

FAILING_ROWS = 20


def validate(database: Path, suites: Sequence[Suite], bounds: Bounds = USUAL) -> CheckReport:
    """Run the suites on a DuckDB file, one batch a table, and say how each expectation went."""
    contents = _Contents.read(database)
    queries = {suite.name: contents.rows_of(suite) for suite in suites}
    with _quiet(), Warehouse(database, bounds, queries) as warehouse:
        outcomes = [
            outcome for suite in suites for outcome in _outcomes(warehouse, contents, suite)
        ]
    return CheckReport(tuple(outcomes))


class _Contents:
    """Which tables there are, and which days this run opened."""

    def __init__(self, tables: frozenset[str], days: tuple[date, ...]) -> None:
        self.tables = tables
        self.days = days

    @classmethod
    def read(cls, database: Path) -> _Contents:
        query = "select table_schema || '.' || table_name from information_schema.tables"
        with duckdb.connect(str(database), read_only=True) as connection:
            tables = frozenset(name for (name,) in connection.execute(query).fetchall())
            if "landing.opened_days" not in tables:
                return cls(tables, ())
            opened = "select distinct day from landing.opened_days where day is not null order by 1"
            return cls(tables, tuple(day for (day,) in connection.execute(opened).fetchall()))

    def rows_of(self, suite: Suite) -> str:
        """Return the query of the suite's rows."""
        if suite.days is None or not self.days:
            return f"select * from {suite.name}"
        # The plain bounds let DuckDB skip most of the file; the list alone would not.
        first, last = self.days[0], self.days[-1] + timedelta(days=1)
        listed = ", ".join(f"date '{day}'" for day in self.days)
        return (
            f"select * from {suite.name} where {suite.days} >= date '{first}'"
            f" and {suite.days} < date '{last}' and cast({suite.days} as date) in ({listed})"
        )


def _outcomes(warehouse: Warehouse, contents: _Contents, suite: Suite) -> Iterator[Outcome]:
    if suite.name not in contents.tables:
        missing = "the table is missing from the warehouse"
        yield from (_outcome(suite, entry, False, 0, (), missing) for entry in suite.expectations)
        return
    batch = warehouse.batch(suite.name)
    results = warehouse.run(batch, suite.expectations)
    for entry, result in zip(suite.expectations, results, strict=True):
        if result["success"]:
            yield _outcome(suite, entry, True, 0)
        else:
            yield _failure(warehouse, batch, suite, entry)


def _failure(warehouse: Warehouse, batch: Any, suite: Suite, entry: Expectation) -> Outcome:
    """Run a failed expectation again, this time for its rows: passing ones need no such scans."""
    [result] = warehouse.run(batch, [entry], keys=suite.keys, rows=FAILING_ROWS)
    error = _error(result)
    if error is not None:
        return _outcome(suite, entry, False, 0, (), error)
    details = result["result"]
    rows = details.get("details", {}).get("unexpected_rows")
    if rows is None:
        rows = details.get("partial_unexpected_index_list") or details.get(
            "partial_unexpected_list"
        )
    count = details.get("unexpected_count")
    if count is None:
        count = details.get("observed_value")
    shown = tuple(_plain(row) for row in (rows or [])[:FAILING_ROWS])
    return _outcome(suite, entry, False, count if isinstance(count, int) else 1, shown)


def _error(result: Mapping[str, Any]) -> str | None:
    """Return the first error of a result that could not be computed."""
    told = result.get("exception_info") or {}
    for entry in (told, *(value for value in told.values() if isinstance(value, dict))):
        if entry.get("raised_exception"):
            return str(entry.get("exception_message")).strip().splitlines()[0]
    return None


def _outcome(
    suite: Suite,
    entry: Expectation,
    success: bool,
    count: int,
    rows: tuple[Mapping[str, Any], ...] = (),
    error: str | None = None,
) -> Outcome:
    return Outcome(
        table=suite.name,
        expectation=entry.type,
        description=entry.description,
        severity=entry.severity,
        why=entry.why,
        success=success,
        unexpected_count=count,
        failing_rows=rows,
        error=error,
    )


def _plain(row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping):
        row = {"value": row}
    return {
        name: value if value is None or isinstance(value, bool | int | float) else str(value)
        for name, value in row.items()
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's remarks to its own developers from the user's terminal."""
    logger, silence = logging.getLogger("great_expectations"), logging.NullHandler()
    was_heard = logger.propagate
    logger.addHandler(silence)
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.propagate = was_heard
        logger.removeHandler(silence)
