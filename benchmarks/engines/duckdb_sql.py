"""DuckDB: slots, the edges of gaps, merged windows and a range of time, as the product's models do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb

from engines import THREADS, Part

_MAKE = {
    "sessions": """
create table sessions as
with slots as (
    select account, resource, epoch_us(occurred_at) // 1800000000 as slot, min(occurred_at) as first_at,
        max(occurred_at) as last_at, count(*) as actions
    from '{folder}/events.parquet' where is_member
    group by all
),
gapped as (
    select *, coalesce(first_at - lag(last_at) over w > interval 30 minutes, true) as is_new from slots
    window w as (partition by account, resource order by slot)
),
numbered as (
    select *, sum(is_new::integer) over w as number from gapped
    window w as (partition by account, resource order by slot)
)
select account, resource, min(first_at) as started_at, max(last_at) as ended_at,
    sum(actions)::bigint as actions
from numbered
group by account, resource, number
""",
    "overlap": """
create table overlap as
with shifts as (
    select engineer, started_at - interval 15 minutes as opens_at, ended_at + interval 30 minutes as closes_at
    from '{folder}/shifts.parquet'
),
marked as (
    select *, coalesce(opens_at > max(closes_at) over (partition by engineer order by opens_at, closes_at
        rows between unbounded preceding and 1 preceding), true) as is_new
    from shifts
),
numbered as (
    select *, sum(is_new::integer) over (partition by engineer order by opens_at, closes_at) as island
    from marked
),
windows as (
    select engineer, min(opens_at) as opens_at, max(closes_at) as closes_at
    from numbered
    group by engineer, island
),
covered as (
    select account, resource, started_at, sum(date_diff('microsecond', greatest(started_at, opens_at),
        least(ended_at, closes_at)))::bigint as inside
    from sessions inner join windows
        on account = engineer and started_at < closes_at and ended_at > opens_at
    group by all
)
select sessions.account, sessions.resource, sessions.started_at, coalesce(inside, 0) as inside,
    date_diff('microsecond', started_at, ended_at) - coalesce(inside, 0) as outside
from sessions left outer join covered using (account, resource, started_at)
""",
    "bursts": """
create table bursts as
with failures as (
    select account, occurred_at, count(*) over recent as recent, min(occurred_at) over recent as since
    from '{folder}/events.parquet' where is_failed_login
    window recent as (partition by account order by occurred_at
        range between interval 15 minutes preceding and current row)
)
select account, occurred_at::date as failed_on, count(*) as failures, max(recent) as most,
    min(since) filter (where recent >= 10) as started_at
from failures
group by account, failed_on
having most >= 10
""",
    "drift": """
create table drift as
with earlier as (from '{folder}/rights-1.parquet'), later as (from '{folder}/rights-2.parquet')
select 'added' as kind, * from later anti join earlier using (account, resource, permission)
union all
select 'removed' as kind, * from earlier anti join later using (account, resource, permission)
""",
}
_TELL = {
    "sessions": "select account, resource, epoch_us(started_at), epoch_us(ended_at), actions from sessions",
    "overlap": "select account, resource, epoch_us(started_at), inside, outside from overlap",
    "bursts": "select account, failed_on::varchar, failures, most, epoch_us(started_at) from bursts",
    "drift": "select kind, account, resource, permission from drift",
}


def run(folder: Path) -> Iterator[Part]:
    """Do every part in a database in memory."""
    connection = duckdb.connect(config={"threads": THREADS})
    connection.execute("set preserve_insertion_order = false")
    for part, statement in _MAKE.items():
        connection.execute(statement.format(folder=folder))
        yield part, lambda part=part: connection.execute(_TELL[part]).fetchall()
