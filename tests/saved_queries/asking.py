"""Asks the saved queries, and the published tables for what they should answer."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from audits import Audited

from oncall_audit import queries
from oncall_audit.reports.published import connect

Row = dict[str, Any]
SAVED = queries.load()
# The tables' times are UTC and have no zone.
EARLIEST, LATEST = (datetime.fromisoformat(text) for text in ("1000-01-01", "9000-01-01"))

each_query = pytest.mark.parametrize("name", SAVED)


def rows(audited: Audited, query: str, values: dict[str, Any] | None = None) -> list[Row]:
    with connect(audited.workspace.published) as connection:
        queries.bound(connection, query, values or {})
        names = [column[0] for column in connection.description or ()]
        return [dict(zip(names, row, strict=True)) for row in connection.fetchall()]


def asked(audited: Audited, name: str, **given: Any) -> list[Row]:
    query = SAVED[name]
    with connect(audited.workspace.published) as connection:
        texts = {key: str(value) for key, value in given.items()}
        values = queries.spelled(connection, query, query.values(texts))
    return rows(audited, query.sql, values)


def table(audited: Audited, name: str) -> list[Row]:
    return rows(audited, f"select * from {name}")


def ids(found: list[Row], column: str) -> Counter[Any]:
    return Counter(row[column] for row in found)


def name_of(row: Row) -> Any:
    return row["resource_id"] or row["resource_name"]


def lasts_in(row: Row, since: datetime, until: datetime) -> bool:
    begin, end = row["started_at"] or EARLIEST, row["ended_at"] or LATEST
    return begin < until and (end > since or begin >= since)


def holds_at(begin: datetime | None, end: datetime | None, moment: datetime) -> bool:
    return (begin or EARLIEST) <= moment < (end or LATEST)


def moments(audited: Audited) -> list[datetime]:
    """Times at which something begins or ends, where a half-open interval shows, and one beside."""
    starts = sorted({row["started_at"] for row in table(audited, "shifts")})[5:60:11]
    ends = sorted({row["ended_at"] for row in table(audited, "sessions")})[50:3000:700]
    return [*starts, *ends, ends[0] + timedelta(minutes=7)]
