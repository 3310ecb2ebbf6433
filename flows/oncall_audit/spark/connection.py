"""The one place where statements on their way to Spark are translated, whatever carries them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from oncall_audit.spark.dialect import translated

# The materializations write it before what the models say; before it stands Spark's own SQL.
MARK = "/* duckdb */"


@contextmanager
def translating() -> Iterator[None]:
    """Let dbt-spark send what stands behind the mark as Spark's SQL, by session, Thrift or ODBC."""
    from dbt.adapters.spark.connections import SparkConnectionManager

    send = SparkConnectionManager.add_query

    def add_query(self: Any, sql: str, *rest: Any, **named: Any) -> Any:
        head, mark, query = sql.partition(MARK)
        if mark:
            sql = head + translated(query, lambda table: _columns(self, table))
        return send(self, sql, *rest, **named)

    setattr(SparkConnectionManager, "add_query", add_query)  # noqa: B010 - mypy knows it as fixed
    try:
        yield
    finally:
        setattr(SparkConnectionManager, "add_query", send)  # noqa: B010


def _columns(manager: Any, table: str) -> list[str]:
    cursor = manager.get_thread_connection().handle.cursor()
    cursor.execute(f"describe table {table}")
    names = [row[0] for row in cursor.fetchall()]
    # What follows an empty name tells of partitions.
    return names[: next((n for n, name in enumerate(names) if not name or name[0] == "#"), None)]
