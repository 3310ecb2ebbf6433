"""The tables that are published in parts: events by the day, sessions by the month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path

import duckdb

from oncall_audit.warehouse import parts
from oncall_audit.warehouse.parts import Part, Parted

Written = dict[Parted, list[Part]]

# The turns of names that both audits know, where they differ, until the next turn of either.
_TURNED = """
    create or replace temp table turned as
    with now as (from warehouse.main.int_names__answered),
    differing as (
        (from now except from before.answered) union (from before.answered except from now)
    ),
    turns as (
        select question, system, name, turned_at,
            coalesce(lead(turned_at) over name_s, timestamp 'infinity') as until
        from (select distinct question, system, name, turned_at
            from (from now union all from before.answered))
        window name_s as (partition by question, system, name order by turned_at)
    )
    select distinct turns.* from turns
    semi join differing using (question, system, name, turned_at)
    semi join before.answered using (question, system, name)
"""
_TURNED_DAYS = """
    select distinct events.event_day from warehouse.main.int_events__unioned as events
    semi join turned on events.system = turned.system and events.{column} = turned.name
        and turned.question in ({questions})
        and events.occurred_at >= turned.turned_at and events.occurred_at < turned.until
"""
_ASKED = {
    "account": "'holder', 'service'",
    "resource_name": "'target'",
    "resource_scope": "'target'",
}


def _turned(connection: duckdb.DuckDBPyConnection) -> set[date]:
    """Return the days with events whose names are answered otherwise than they were."""
    connection.execute(_TURNED)
    turned: set[date] = set()
    if connection.execute("from turned limit 1").fetchall():
        for column, questions in _ASKED.items():
            query = _TURNED_DAYS.format(column=column, questions=questions)
            turned.update(day for (day,) in connection.execute(query).fetchall())
    return turned


TABLES = (
    Parted(
        "access_events",
        period="day",
        began="occurred_at",
        key="event_id",
        apart=14,
        days="select event_day, built_by, events from warehouse.main.int_days__built",
        answered="int_names__answered",
        turned=_turned,
    ),
    # A reader opens every file: of sessions, which are few, a month goes into one.
    Parted(
        "sessions",
        period="month",
        began="started_at",
        key="session_id",
        apart=2,
        days="select event_day, coalesce(told_by, ''), coalesce(sessions, 0)"
        " from warehouse.main.int_days__retold full join ("
        "select cast(started_at as date) as event_day, count(*) as sessions"
        " from warehouse.main.int_sessions__audited group by all) using (event_day)",
    ),
)


def write(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    before: Path,
    kept_since: Mapping[str, datetime],
    kept: Mapping[str, Iterable[str]],
) -> Written:
    """Write or link the parts of every such table, as `parts.write` does; leave empty ones out."""
    written = {
        table: parts.write(
            connection,
            table,
            folder,
            before,
            kept_since.get(table.name),
            kept.get(table.name, ()),
        )
        for table in TABLES
    }
    return {table: made for table, made in written.items() if made}


def views(written: Written, home: Path) -> dict[str, str]:
    """Return by table what makes the view of its parts, which are in `home`."""
    return {table.name: parts.view(table, made, home) for table, made in written.items()}
