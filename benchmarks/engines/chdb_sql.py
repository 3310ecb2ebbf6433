"""chdb: ClickHouse within the process, with the same statements in its own dialect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from chdb.session import Session

from engines import THREADS, Part, Rows

_MAKE = {
    "sessions": """
create table sessions engine = Memory as
with slots as (
    select account, resource, intDiv(toUnixTimestamp64Micro(occurred_at), 1800000000) as slot,
        min(occurred_at) as first_at, max(occurred_at) as last_at, count() as actions
    from file('{folder}/events.parquet', Parquet) where is_member
    group by account, resource, slot
),
gapped as (
    select *, row_number() over w as n,
        n = 1 or first_at > lagInFrame(last_at) over w + interval 30 minute as is_new
    from slots
    window w as (partition by account, resource order by slot
        rows between unbounded preceding and current row)
),
numbered as (
    select *, sum(is_new) over (partition by account, resource order by slot
        rows between unbounded preceding and current row) as number
    from gapped
)
select account, resource, min(first_at) as started_at, max(last_at) as ended_at,
    sum(actions) as actions
from numbered
group by account, resource, number
""",
    "overlap": """
create table overlap engine = Memory as
with shifts as (
    select engineer, started_at - interval 15 minute as opens_at, ended_at + interval 30 minute as closes_at
    from file('{folder}/shifts.parquet', Parquet)
),
marked as (
    select *, row_number() over w as n, n = 1 or opens_at > max(closes_at) over (partition by engineer
        order by opens_at, closes_at rows between unbounded preceding and 1 preceding) as is_new
    from shifts
    window w as (partition by engineer order by opens_at, closes_at)
),
numbered as (
    select *, sum(is_new) over (partition by engineer order by opens_at, closes_at
        rows between unbounded preceding and current row) as island
    from marked
),
windows as (
    select engineer, min(opens_at) as opens_at, max(closes_at) as closes_at
    from numbered
    group by engineer, island
),
covered as (
    select account, resource, started_at, sum(toUnixTimestamp64Micro(least(ended_at, closes_at))
        - toUnixTimestamp64Micro(greatest(started_at, opens_at))) as inside
    from sessions inner join windows on account = engineer
    where started_at < closes_at and ended_at > opens_at
    group by account, resource, started_at
)
select account, resource, started_at, coalesce(covered.inside, 0) as inside,
    toUnixTimestamp64Micro(ended_at) - toUnixTimestamp64Micro(started_at) - inside as outside
from sessions left outer join covered using (account, resource, started_at)
""",
    "bursts": """
create table bursts engine = Memory as
with failures as (
    select account, toUnixTimestamp64Micro(assumeNotNull(occurred_at)) as at, count() over recent as recent,
        min(at) over recent as since
    from file('{folder}/events.parquet', Parquet) where is_failed_login
    window recent as (partition by account order by at range between 900000000 preceding and current row)
)
select account, toDate(fromUnixTimestamp64Micro(at)) as failed_on, count() as failures, max(recent) as most,
    minIf(since, recent >= 10) as started_at
from failures
group by account, failed_on
having most >= 10
""",
    "drift": """
create table drift engine = Memory as
select 'added' as kind, account, resource, permission from file('{folder}/rights-2.parquet', Parquet) as later
anti left join file('{folder}/rights-1.parquet', Parquet) as earlier using (account, resource, permission)
union all
select 'removed' as kind, account, resource, permission from file('{folder}/rights-1.parquet', Parquet) as earlier
anti left join file('{folder}/rights-2.parquet', Parquet) as later using (account, resource, permission)
""",
}
_TELL = {
    "sessions": "select account, resource, toUnixTimestamp64Micro(assumeNotNull(started_at)) as a,"
    " toUnixTimestamp64Micro(assumeNotNull(ended_at)) as b, actions from sessions",
    "overlap": "select account, resource, toUnixTimestamp64Micro(assumeNotNull(started_at)) as a,"
    " inside, outside from overlap",
    "bursts": "select account, toString(failed_on) as day, failures, most, started_at from bursts",
    "drift": "select kind, account, resource, permission from drift",
}


def run(folder: Path) -> Iterator[Part]:
    """Do every part in tables in memory."""
    session = Session()
    for setting in (f"max_threads = {THREADS}", "session_timezone = 'UTC'"):
        session.query(f"set {setting}")
    for part, statement in _MAKE.items():
        session.query(statement.format(folder=folder))
        yield part, lambda part=part: _rows(session, _TELL[part])


def _rows(session: Session, query: str) -> Rows:
    with pa.ipc.open_stream(session.query(query, "ArrowStream").bytes()) as stream:
        columns = [column.to_pylist() for column in stream.read_all().columns]
    plain = ([_plain(value) for value in column] for column in columns)
    return list(zip(*plain, strict=True))


def _plain(value: object) -> object:
    return value.decode() if isinstance(value, bytes) else value
