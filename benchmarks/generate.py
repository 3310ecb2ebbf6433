"""Writes a workspace with N invented events in three vendor formats, for the benchmarks alone.

Half of the events are CloudTrail (gzipped `{"Records": [...]}` files), a quarter Teleport (JSON lines) and
a quarter sshd with sudo (syslog text); twenty events make a session, and one in `--anybody` sessions is
not of who is on call. DuckDB makes the text: ten million events take minutes, the same call the same files.

    python benchmarks/generate.py --events 1_000_000 /tmp/bench-1m
    python benchmarks/generate.py --events 1_000_000 --engineers 2_000 --schedules 60 /tmp/bench-large
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from duckdb import DuckDBPyConnection, connect
from measure import number

BEGIN = datetime(2026, 1, 5, tzinfo=UTC)
HOSTS, EVENTS_PER_SESSION, EVENTS_PER_FILE = 100, 20, 5_000


@dataclass(frozen=True)
class Organisation:
    """Who there is; each schedule is that of one service; one session in `anybody` is anybody's."""

    engineers: int = 200
    schedules: int = 20
    anybody: int = 200
    begin: datetime = BEGIN


_EVENTS = f"""
create or replace temp table events as
with numbered as (
    select j, j // {EVENTS_PER_SESSION} as session, j % {EVENTS_PER_SESSION} as k
    from range($first, $last) as numbers(j)
)
select
    j, session, k,
    cast(hash(session, 1) % {HOSTS} as integer) as host,
    -- A few sessions are anybody's; the others are the on-call engineer's of that week.
    case when hash(session, 7) % $anybody = 0 then cast(hash(session) % $engineers as integer)
        else (host % $schedules + $schedules * ($day // 7 + 1)) % $engineers end as engineer,
    session % 4 as kind,
    cast($begin as timestamp) + to_days($day)
        + to_seconds(cast(hash(session, 2) % 83000 as bigint) + k * 45 + cast(hash(j) % 30 as bigint))
        as occurred_at
from numbered
"""

_CLOUDTRAIL = """
select '{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","principalId":"AIDA'
    || printf('%012d', engineer) || '","arn":"arn:aws:iam::111122223333:user/e' || printf('%03d', engineer)
    || '","accountId":"111122223333","accessKeyId":"ASIA' || printf('%012d', session)
    || '","userName":"e' || printf('%03d', engineer)
    || '","sessionContext":{"sessionIssuer":{},"attributes":{"creationDate":"'
    || strftime(occurred_at - to_seconds(k * 45), '%Y-%m-%dT%H:00:00Z')
    || '","mfaAuthenticated":"true"}}},"eventTime":"' || strftime(occurred_at, '%Y-%m-%dT%H:%M:%SZ')
    || '","eventSource":"ec2.amazonaws.com","eventName":"'
    || list_extract(['DescribeInstances','GetObject','PutObject','StartInstances','DescribeVolumes'],
        cast(hash(j, 3) % 5 + 1 as bigint))
    || '","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.' || (engineer % 250)
    || '","userAgent":"aws-cli/2.15.0 Python/3.11","requestParameters":{"instanceId":"i-'
    || printf('%08x', host) || '","filter":{"tag":"team-' || (engineer % 20) || '"}},"responseElements":null,'
    || case when hash(j, 4) % 50 = 0 then '"errorCode":"AccessDenied","errorMessage":"not allowed",' else '' end
    || '"requestID":"' || md5('r' || j) || '","eventID":"' || md5('e' || j)::uuid
    || '","readOnly":true,"eventType":"AwsApiCall","managementEvent":true,'
    || '"recipientAccountId":"111122223333","eventCategory":"Management"}' as record
from events where kind < 2 order by occurred_at, j
"""

_TELEPORT = """
select case when k = 0 then
        '{"code":"T2000I","event":"session.start","sid":"' || md5('s' || session)::uuid
    when k = 19 then
        '{"code":"T2004I","event":"session.end","sid":"' || md5('s' || session)::uuid
        || '","session_start":"' || strftime(occurred_at - to_seconds(855), '%Y-%m-%dT%H:%M:%S.000Z')
        || '","session_stop":"' || strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.000Z')
    else '{"argv":["-n","' || k || '"],"program":"kubectl","path":"/usr/bin/kubectl","return_code":0,'
        || '"code":"T4000I","event":"session.command","sid":"' || md5('s' || session)::uuid
    end
    || '","time":"' || strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%gZ') || '","uid":"' || md5('u' || j)::uuid
    || '","user":"e' || printf('%03d', engineer) || '@example.com","login":"root","namespace":"default",'
    || '"server_id":"' || md5('h' || host)::uuid || '","server_hostname":"node-' || printf('%03d', host)
    || '","cluster_name":"example","addr.remote":"198.51.100.' || (engineer % 250) || ':' || (20000 + k)
    || '","ei":' || k || ',"proto":"ssh"}' as record
from events where kind = 2 order by occurred_at, j
"""

_SSHD = """
select strftime(occurred_at, '%b ') || lpad(strftime(occurred_at, '%-d'), 2, ' ')
    || strftime(occurred_at, ' %H:%M:%S') || ' node-' || printf('%03d', host) || ' '
    || case
        when k = 0 and hash(session, 5) % 20 = 0 then 'sshd[' || (session % 4000000 + 100) || ']: Failed password for e'
            || printf('%03d', engineer) || ' from 198.51.100.' || (engineer % 250) || ' port 50000 ssh2'
        when k = 0 or (k = 1 and hash(session, 5) % 20 = 0) then 'sshd[' || (session % 4000000 + 100) || ']: Accepted publickey for e'
            || printf('%03d', engineer) || ' from 198.51.100.' || (engineer % 250)
            || ' port 50000 ssh2: ED25519 SHA256:' || md5('k' || engineer)
        when k = 2 then 'sshd[' || (session % 4000000 + 100)
            || ']: pam_unix(sshd:session): session opened for user e' || printf('%03d', engineer) || ' by (uid=0)'
        when k = 19 then 'sshd[' || (session % 4000000 + 100)
            || ']: pam_unix(sshd:session): session closed for user e' || printf('%03d', engineer)
        else 'sudo: e' || printf('%03d', engineer) || ' : TTY=pts/0 ; PWD=/home ; USER=root ; COMMAND=/bin/journalctl -n '
            || k end as record
from events where kind = 3 order by occurred_at, j
"""


def main() -> None:
    """Write the workspace named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    for name, default in (("events", 1_000_000), ("days", 30), ("per-file", EVENTS_PER_FILE)):
        parser.add_argument(f"--{name}", type=number, default=default)
    for name in ("engineers", "schedules", "anybody"):
        parser.add_argument(f"--{name}", type=number, default=getattr(Organisation, name))
    asked = parser.parse_args()
    organisation = Organisation(asked.engineers, asked.schedules, asked.anybody)
    written = write(asked.folder, asked.events, asked.days, asked.per_file, organisation)
    print(f"{written} events in {asked.folder}")


def write(
    folder: Path,
    events: int,
    days: int,
    per_file: int = EVENTS_PER_FILE,
    organisation: Organisation = Organisation(),
) -> int:
    """Write logs over `days` days, and the exports and configuration; return how many events."""
    written = write_logs(folder, range(days), events // days, per_file, organisation)
    _write_exports(folder, days, organisation)
    return written


def write_logs(
    folder: Path,
    days: range,
    a_day: int,
    per_file: int = EVENTS_PER_FILE,
    organisation: Organisation = Organisation(),
) -> int:
    """Write the logs of some days, counted from the first; return how many events."""
    connection = connect(config={"threads": 2})
    a_day = a_day // EVENTS_PER_SESSION * EVENTS_PER_SESSION
    for name in ("cloudtrail", "teleport", "sshd"):
        (folder / "logs" / name).mkdir(parents=True, exist_ok=True)
    for day in days:
        numbers = {"first": day * a_day, "last": (day + 1) * a_day, "day": day}
        naive = organisation.begin.replace(tzinfo=None)
        connection.execute(_EVENTS, {**vars(organisation), **numbers, "begin": naive})
        _write_day(connection, folder / "logs", organisation.begin + timedelta(days=day), per_file)
    return a_day * len(days)


def _write_day(connection: DuckDBPyConnection, logs: Path, day: datetime, per_file: int) -> None:
    stamp, delivered = f"{day:%Y-%m-%d}", (day + timedelta(days=2)).timestamp()
    reader = connection.execute(_CLOUDTRAIL)
    part = 0
    while chunk := reader.fetchmany(per_file):
        path = logs / "cloudtrail" / f"111122223333_CloudTrail_{day:%Y%m%d}T{part:04d}Z.json.gz"
        body = '{"Records":[' + ",".join(row[0] for row in chunk) + "]}"
        path.write_bytes(gzip.compress(body.encode(), compresslevel=3, mtime=0))
        part += 1
    for name, query in (("teleport", _TELEPORT), ("sshd", _SSHD)):
        path = logs / name / f"{stamp}.log"
        with path.open("w") as file:
            reader = connection.execute(query)
            while chunk := reader.fetchmany(50_000):
                file.writelines(f"{row[0]}\n" for row in chunk)
        os.utime(path, (delivered, delivered))


def _write_exports(folder: Path, days: int, organisation: Organisation) -> None:
    schedules, count, begin = organisation.schedules, organisation.engineers, organisation.begin
    stamp = f"{begin - timedelta(days=4):%Y-%m-%d}"
    exports = folder / "exports"
    exports.mkdir(exist_ok=True)
    engineers = [f"e{n:03d}" for n in range(count)]
    people = [
        {
            "engineer_id": e, "name": f"Engineer {e}", "email": f"{e}@example.com",
            "team": f"team{n % schedules:02d}", "role": "engineer", "time_zone": "UTC",
            "started_at": "2020-01-01",
            "accounts": [
                {"system": "aws", "account": e, "kind": "human"},
                {"system": "linux", "account": e, "kind": "human"},
                {"system": "teleport", "account": f"{e}@example.com", "kind": "human"},
            ],
        }
        for n, e in enumerate(engineers)
    ]  # fmt: skip
    (exports / f"directory-{stamp}.json").write_text(json.dumps(people))
    weeks = range(-1, days // 7 + 2)
    shifts = [
        {
            "schedule": f"service{s:02d} primary",
            "engineer": engineers[(s + schedules * (w + 1)) % count],
            "level": 1, "origin": "rotation",
            "started_at": (begin + timedelta(days=7 * w)).isoformat(),
            "ended_at": (begin + timedelta(days=7 * w + 7)).isoformat(),
            "window_since": (begin - timedelta(days=30)).isoformat(),
            "window_until": (begin + timedelta(days=days + 30)).isoformat(),
        }
        for s in range(schedules) for w in weeks
    ]  # fmt: skip
    (exports / f"schedules-{stamp}.json").write_text(json.dumps(shifts))
    (folder / "oncall-audit.yml").write_text(_CONFIGURATION.replace("DATE", stamp))
    (folder / "policy.yml").write_text(_policy(schedules))


_CONFIGURATION = """\
organisation: Benchmark
time_zone: UTC
memory_limit: 2GB
sources:
  cloudtrail: {type: aws_cloudtrail, path: logs/cloudtrail, system: aws}
  teleport: {type: teleport, path: logs/teleport, system: teleport}
  sshd: {type: sshd, path: logs/sshd, system: linux}
  directory: {type: generic, kind: directory, path: exports/directory-DATE.json}
  schedules: {type: generic, kind: schedules, path: exports/schedules-DATE.json}
"""


def _policy(schedules: int) -> str:
    lines = ["services:"]
    lines += [
        f"  service{s:02d}: {{tier: 1, owner_teams: [team{s:02d}],"
        f" schedules: [service{s:02d} primary]}}"
        for s in range(schedules)
    ]
    lines.append("resources:")
    for h in range(HOSTS):
        names = f'["linux:node-{h:03d}", "teleport:node-{h:03d}", "aws:i-{h:08x}"]'
        lines.append(
            f"  node-{h:03d}: {{kind: server, service: service{h % schedules:02d}, tier: 1,"
            f" owner_team: team{h % schedules:02d}, names: {names}}}"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
