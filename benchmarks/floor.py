"""The floor: hand-written DuckDB SQL from the generated raw files to the same kind of findings, nothing else.

No quarantine, no deduplication, no evidence, no tests: what the machine could do if nothing had to be safe.
Prints one JSON line: seconds and peak memory by step, and how many sessions and findings came out.

    python benchmarks/floor.py /tmp/bench-1m
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import duckdb
from measure import Stopwatch

_READ = """
create table events as
select
    r.eventTime::timestamp as occurred_at, 'aws' as system, r.userIdentity.userName as engineer,
    'node-' || printf('%03d', ('0x' || substr(r.requestParameters.instanceId, 3))::integer) as resource,
    r.eventName as action, coalesce(r.errorCode, '') = '' as is_success, 'f' as kind,
    r.sourceIPAddress as source_ip
from (
    select unnest(Records) as r
    from read_json('{logs}/cloudtrail/*.json.gz', maximum_object_size = 100000000, columns = {{'Records':
        'STRUCT(eventTime VARCHAR, eventID VARCHAR, eventName VARCHAR, errorCode VARCHAR, sourceIPAddress VARCHAR,
        userIdentity STRUCT(userName VARCHAR, arn VARCHAR), requestParameters STRUCT(instanceId VARCHAR))[]'}})
)
union all
select
    "time"::timestamp, 'teleport', split_part("user", '@', 1), server_hostname, event, true, 'f',
    split_part("addr.remote", ':', 1)
from read_json('{logs}/teleport/*.log', format = 'newline_delimited', columns = {{'time': 'VARCHAR',
    'user': 'VARCHAR', 'server_hostname': 'VARCHAR', 'event': 'VARCHAR', 'addr.remote': 'VARCHAR'}})
union all
select
    strptime('2026 ' || substr(line, 1, 15), '%Y %b %d %H:%M:%S'), 'linux',
    case
        when line like '%Accepted%' or line like '%Failed%' then regexp_extract(line, ' for (\\S+) from ', 1)
        when line like '%session %' then regexp_extract(line, ' for user (\\S+)', 1)
        else regexp_extract(line, 'sudo: (\\S+)', 1)
    end,
    split_part(line[17:], ' ', 1), case when line like '%sudo:%' then 'sudo' else 'login' end,
    line not like '%Failed%', case when line like '%Failed%' then 'a' else 'f' end,
    regexp_extract(line, ' from (\\S+) ', 1)
from read_csv('{logs}/sshd/*.log', columns = {{'line': 'VARCHAR'}}, delim = '\\x01', quote = '', escape = '',
    header = false)
"""

_SESSIONS = """
create table sessions as
with streams as (
    select hash(system, engineer, resource) as stream, occurred_at, row_number() over () as row
    from events where kind = 'f'
),
neighbours as (
    select stream, occurred_at, row_number() over w as n, lag(occurred_at) over w as previous,
        lead(occurred_at) over w as following
    from streams
    window w as (partition by stream order by occurred_at, row)
),
edges as (
    select *, coalesce(occurred_at - previous > interval 30 minutes, true) as is_first,
        coalesce(following - occurred_at > interval 30 minutes, true) as is_last
    from neighbours
    where is_first or is_last
),
paired as (
    select stream, is_first, occurred_at as started_at, n as first_n,
        case when is_last then occurred_at else lead(occurred_at) over w end as ended_at,
        case when is_last then n else lead(n) over w end as last_n
    from edges
    window w as (partition by stream order by n)
),
names as (select distinct hash(system, engineer, resource) as stream, system, engineer, resource from events)
select system, engineer, resource, started_at, ended_at, last_n - first_n + 1 as actions
from paired join names using (stream)
where is_first
"""

_FINDINGS = """
create table findings as
with shifts as (
    select
        engineer, 'service' || substr(schedule, 8, 2) as service,
        started_at::timestamp - interval 15 minutes as started_at, ended_at::timestamp + interval 30 minutes as ended_at
    from read_json_auto('{exports}/schedules-2026-01-01.json')
),
served as (
    select *, 'service' || printf('%02d', substr(resource, 6)::integer % 20) as service from sessions
)
select
    case when exists (
        select 1 from shifts
        where shifts.engineer = served.engineer and served.started_at >= shifts.started_at
            and served.started_at < shifts.ended_at
    ) then 'out_of_scope_resource' else 'off_shift_access' end as rule_id,
    engineer, resource, started_at, ended_at
from served
where not exists (
    select 1 from shifts
    where shifts.engineer = served.engineer and shifts.service = served.service
        and served.started_at >= shifts.started_at and served.started_at < shifts.ended_at
)
union all
select 'failed_login_burst', engineer, resource, min(occurred_at), max(occurred_at)
from events where kind = 'a'
group by engineer, resource, time_bucket(interval 15 minutes, occurred_at)
having count(*) >= 10
"""


def main() -> None:
    """Run the floor over the workspace named on the command line."""
    root = Path(sys.argv[1])
    with tempfile.TemporaryDirectory(dir=root) as scratch:
        connection = duckdb.connect(
            f"{scratch}/floor.duckdb", config={"threads": 2, "memory_limit": "2GB"}
        )
        connection.execute("set preserve_insertion_order = false")
        watch = Stopwatch()
        for step, statement in (("read", _READ), ("sessions", _SESSIONS), ("findings", _FINDINGS)):
            connection.execute(statement.format(logs=root / "logs", exports=root / "exports"))
            watch.lap(step)
        counts = {
            table: connection.execute(f"select count(*) from {table}").fetchone()[0]
            for table in ("events", "sessions", "findings")
        }
    print(json.dumps({"laps": watch.laps, "counts": counts}))


if __name__ == "__main__":
    main()
