"""Puts values into queries: bound by DuckDB, never written into the text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb

from oncall_audit.errors import ConfigurationError
from oncall_audit.queries.saved import Parameter, Query, meant_by

_FEW = 20


def bound(connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any]) -> None:
    """Run a query with its `$name`s bound to values."""
    if not values:
        connection.execute(query)
        return
    with _without_pandas():
        connection.execute(query, dict(values))


def answers(
    connection: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """Return all rows of a query with its `$name`s bound to values."""
    bound(connection, query, values)
    return connection.fetchall()


def spelled(
    connection: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the values as the tables spell them, whatever their case.

    Refuses a value that the tables do not know: no rows would be taken for 'nothing happened'.
    """
    return {
        it.name: _spelled(connection, it, values[it.name])
        if it.among and values[it.name] is not None
        else values[it.name]
        for it in query.parameters
    }


def known(
    connection: duckdb.DuckDBPyConnection, parameter: Parameter, limit: int = 500
) -> list[str]:
    """Return values that the tables have for a parameter."""
    query = f"{_among(parameter)} order by value limit {limit}"
    return [value for (value,) in answers(connection, query, {})]


def _spelled(connection: duckdb.DuckDBPyConnection, parameter: Parameter, value: str) -> str:
    query = (
        f"select value from ({_among(parameter)}) where lower(value) = lower($value)"
        " order by value <> $value, value limit 1"
    )
    found = answers(connection, query, {"value": value})
    if found:
        return str(found[0][0])
    names = known(connection, parameter)
    hint = meant_by(value, names)
    if len(names) > _FEW and not hint.startswith("Did"):
        hint = f"One of many is {names[0]}."
    raise ConfigurationError(f"No {parameter.name} '{value}' in the published tables. {hint}")


def _among(parameter: Parameter) -> str:
    columns = (
        f"select {column}::varchar as value from {column.partition('.')[0]}"
        for column in parameter.among
    )
    return f"select value from ({' union '.join(columns)}) where value is not null"


def blind_hours(
    connection: duckdb.DuckDBPyConnection, query: Query, values: Mapping[str, Any]
) -> str | None:
    """Say how much of the asked time no log was seen for, if the query rests on logs."""
    if not query.needs_logs:
        return None
    ((blind, whole),) = answers(
        connection,
        "select count(*) filter (where state = 'blind'), count(*) from coverage"
        " where coalesce(hour_start + interval 1 hour > $since::timestamp, true)"
        " and coalesce(hour_start < $until::timestamp, true)"
        " and coalesce(time_bucket(interval 1 hour, $at::timestamp) = hour_start, true)",
        {"since": values.get("since"), "until": values.get("until"), "at": values.get("at")},
    )
    if not whole:
        return "The audit covers no hour of that time: no rows say nothing."
    if not blind:
        return None
    return (
        f"In {blind:,} of {whole:,} hours of the sources the audit was blind: what happened in them"
        " is not here (saved query coverage_gaps)."
    )


@contextmanager
def _without_pandas() -> Iterator[None]:
    # To bind a value, DuckDB asks whether it is one of pandas', and imports pandas to ask: that
    # takes longer than the query. None in its place means that it cannot be imported.
    if "pandas" in sys.modules:
        yield
        return
    sys.modules["pandas"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["pandas"]
