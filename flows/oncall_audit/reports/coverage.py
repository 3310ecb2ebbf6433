"""Which hours of which source the audit has seen: a heat strip for each source."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.reports.lanes import Axis
from oncall_audit.reports.published import Published, Row

_LONGEST = timedelta(days=92)

# Runs of equal hours within a day become one rectangle.
_RUNS = """
    with shares as (
        select *, records / median(nullif(records, 0)) over (partition by source_name) as share
        from coverage where hour_start >= $since and hour_start < $until
    ),
    levels as (
        select source_name, hour_start, case
            when state in ('blind', 'removed') then 'blind' when state = 'quiet' then 'quiet'
            when share > 2 then 'busy' when share > 0.5 then 'seen' else 'low' end as level
        from shares
    ),
    runs as (
        select *, cast(hour_start as date) as calendar_day,
            hour_start - to_hours(row_number() over (
            partition by source_name, level, cast(hour_start as date) order by hour_start
        )) as run
        from levels
    )
    select source_name, level,
        date_diff('day', cast($since as date), calendar_day) as column_number,
        hour(min(hour_start)) as first_hour, count(*) as hours
    from runs group by source_name, level, calendar_day, run order by all
"""


def strips(published: Published, axis: Axis) -> list[Row]:
    """Return for each source one path a level; a day is one unit wide and 24 high."""
    since = max(axis.since, axis.until - _LONGEST)
    found: dict[str, dict[str, list[str]]] = {}
    for row in published.rows(_RUNS, since=since, until=axis.until):
        left, top, hours = row["column_number"], row["first_hour"], row["hours"]
        rectangle = f"M{left} {top}h1v{hours}h-1z"
        found.setdefault(row["source_name"], {}).setdefault(row["level"], []).append(rectangle)
    return [
        {"source_name": name, "paths": {level: "".join(parts) for level, parts in levels.items()}}
        for name, levels in found.items()
    ]


def days_shown(axis: Axis) -> int:
    """Return how many calendar days a strip has."""
    first = datetime.combine(axis.since.date(), datetime.min.time())
    return max(1, -(-(axis.until - first) // timedelta(days=1)))
