"""Seconds, of clock and processor, and peak memory of each report format at 10,000 findings and 500,000 sessions.

`review` is a week, a month and a quarter, reviewed by one audit, each as HTML, Markdown and JSON.

python benchmarks/reports.py /tmp/bench-reports [--findings 10_000] [--sessions 500_000] [FORMAT ...] [--pseudonymised]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb

from oncall_audit.reports import FORMATS

# The tables as a year of 200 engineers would fill them; one session in a hundred went beyond its policy.
TABLES = """
set TimeZone = 'UTC';
create schema audit;
use audit;
create table engineers as select 'e' || i as engineer_id, 'Engineer Number ' || i as name,
    'e' || i || '@example.com' as email, 'team ' || i % 20 as team, 'Europe/Berlin' as time_zone,
    timestamp '2025-01-01' as started_at, cast(null as timestamp) as ended_at from range(200) t (i);
create table identities as select 'linux' as system, 'account' || i as account, 'e' || i as engineer_id,
    'human' as kind, timestamp '2025-01-01' as valid_from, cast(null as timestamp) as valid_until from range(200) t (i);
create table resources as select 'resource-' || i as resource_id, 'server' as kind, 'service-' || i % 20 as service,
    1 + i % 3 as tier, 'team ' || i % 20 as owner_team from range(100) t (i);
create table access_events as select cast(i as varchar) as event_id, timestamp '2025-01-01' + to_seconds(i * 60) as occurred_at
    from range($sessions) t (i);
create table sessions as select md5(cast(i as varchar)) as session_id, 'e' || i % 200 as engineer_id,
    'account' || i % 200 as account, 'linux' as system, 'resource-' || i % 100 as resource_id,
    'service-' || i % 20 as service, timestamp '2025-01-01' + to_seconds(i * 63) as started_at,
    timestamp '2025-01-01' + to_seconds(i * 63 + 1800) as ended_at, 'observed' as end_source,
    1800 as duration_seconds, 4 as action_count, 0 as failure_count, '192.0.2.1' as source_ip,
    if(i % 100 = 0, null, 'h' || i % 5000) as shift_id, cast(null as varchar) as incident_id,
    cast(null as varchar) as request_id, if(i % 100 = 0, 0, 1800) as allowed_seconds,
    if(i % 100 = 0, 1800, 0) as off_policy_seconds, i % 100 <> 0 as is_start_allowed,
    'logs/sshd/2025/auth-' || i % 365 || '.log' as raw_file, i as raw_line from range($sessions) t (i);
create table shifts as select 'h' || i as shift_id, 'Schedule ' || i % 20 as schedule, 'service-' || i % 20 as service,
    'e' || i % 200 as engineer_id, 1 as level, timestamp '2025-01-01' + to_hours(i * 2) as started_at,
    timestamp '2025-01-01' + to_hours(i * 2 + 12) as ended_at, 'rotation' as origin, timestamp '2024-12-01' as recorded_at
    from range(5000) t (i);
create table entitlements as select 'e' || i % 200 as engineer_id, 'account' || i % 200 as account, 'linux' as system,
    'resource-' || i % 100 as resource_id, 'admin' as permission, true as privileged, 'group sre' as granted_via,
    timestamp '2025-01-01' + to_hours(i) as valid_from, cast(null as timestamp) as valid_until from range(5000) t (i);
create table entitlement_drift as select date '2025-12-01' - cast(i % 90 as int) as observed_on, 'e' || i % 200 as engineer_id,
    'account' || i % 200 as account, 'linux' as system, 'resource-' || i % 100 as resource_id, 'admin' as permission,
    'excess' as kind, false as on_shift from range(5000) t (i);
create table access_map as select 'e' || i % 200 as engineer_id, 'resource-' || i // 200 as resource_id, 'admin' as permission,
    i % 3 <> 0 as can_access, i % 5 <> 0 as should_access, 'group sre' as granted_via, i % 7 = 0 as on_shift,
    timestamp '2025-12-01' as last_used_at from range(6000) t (i);
create table rules as select 'rule_' || i as rule_id, 'Rule number ' || i as title, 'high' as severity, 'Who did that?' as question,
    '' as runbook from range(45) t (i);
create table findings as select md5('f' || i) as finding_id, 'rule_' || i % 45 as rule_id,
    ['critical', 'high', 'medium', 'low', 'info'][1 + i % 5] as severity, 'e' || i % 200 as engineer_id,
    'account' || i % 200 as account, 'linux' as system, 'resource-' || i % 100 as resource_id, 'host-' || i % 1000 as resource_name,
    'admin' as permission, 'service-' || i % 20 as service, md5(cast(i * 20 as varchar)) as session_id,
    timestamp '2025-01-01' + to_seconds(i * 3000) as started_at, timestamp '2025-01-01' + to_seconds(i * 3000 + 1800) as ended_at,
    1.0 as score, if(i % 10 = 0, 'accepted', 'open') as state,
    'Engineer Number ' || i % 200 || ' used resource-' || i % 100 || ' for 30 min, on shift for nothing: nearest shift 21 h away, no incident open, no approved request.' as summary,
    '{"nearest_shift":"' || md5(cast(i as varchar)) || '","minutes_from_shift":1292.0,"incidents_checked":["i1","i2"],"merged":[{"minutes_from_shift":12.0}]}' as evidence,
    if(i % 50 = 0, 'run-2', 'run-1') as first_detected_run, 'logs/sshd/2025/auth-1.log' as raw_file, i as raw_line,
    'SOC2-CC7.2, SOC2-CC6.3, ISO27001-A.8.15, NIST80053-AC-2(12)' as controls, 'T1078' as attack, 'seen' as coverage_state
    from range($findings) t (i);
create table coverage as select 'source ' || s as source_name, timestamp '2025-01-01' + to_hours(h) as hour_start,
    if(h % 97 = 0, 'blind', 'seen') as state, if(h % 97 = 0, 0, 60) as records from range(10) a (s), range(8760) b (h);
create table log_batches as select 'b' || i as batch_id, 'source ' || i % 10 as source_name, 'logs/sshd/2025/auth-' || i || '.log' as path,
    md5(cast(i as varchar)) || md5('b' || i) as sha256, 100000 as bytes, 1000 as records, 990 as landed, 5 as duplicates, 5 as ignored,
    0 as quarantined, timestamp '2025-12-01' as received_at from range(3650) t (i);
create table audit_runs as select 'run-' || i as run_id, timestamp '2025-01-01' as since, timestamp '2026-01-01' as until,
    timestamp '2026-01-01 01:00:00' + to_hours(i) as started_at, timestamp '2026-01-01 01:05:00' + to_hours(i) as ended_at,
    'complete' as state, '0.1.0' as code_version, 'abcdef' as policy_sha256 from range(1, 3) t (i);
create table controls as select 'Framework ' || i % 6 as framework, 'C.' || i % 70 as control_id, 'rule_' || i % 45 as rule_id,
    'Access is monitored.' as requirement, 'exceptions' as result, 10 as exceptions, 'ran' as rule_state, cast(null as varchar) as why
    from range(315) t (i);
create table audit_actions as select 'a' || i as action_id, md5('f' || i) as finding_id, 'ada.abel@example.com' as engineer,
    'accepted' as action, 'Known maintenance window.' as reason, timestamp '2025-12-01' + to_seconds(i) as acted_at from range(1000) t (i);
"""


def main() -> None:
    """Make the tables and print, for each format in a process of its own, seconds and megabytes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("formats", nargs="*", default=[*FORMATS, "review"])
    parser.add_argument("--findings", type=int, default=10_000)
    parser.add_argument("--sessions", type=int, default=500_000)
    parser.add_argument("--pseudonymised", action="store_true")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    database = options.folder / "audit.duckdb"
    if options.one:
        print(_measured(database, options.formats[0], options.pseudonymised))
        return
    make(database, options.findings, options.sessions)
    for name in options.formats:
        command = [sys.executable, __file__, str(options.folder), name, "--one"]
        command += ["--pseudonymised"] if options.pseudonymised else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        print(f"{name:6} {done.stdout.strip()}", flush=True)


def make(database: Path, findings: int, sessions: int) -> None:
    """Write the tables as an `audit.duckdb`."""
    shutil.rmtree(database.parent, ignore_errors=True)
    database.parent.mkdir(parents=True)
    # In a file audit.duckdb the schema `audit` would be ambiguous while it is made.
    built = database.with_name("built.duckdb")
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            TABLES.replace("$findings", str(findings)).replace("$sessions", str(sessions))
        )
    built.rename(database)


def _measured(database: Path, name: str, is_pseudonymised: bool) -> str:
    from measure import Stopwatch

    from oncall_audit.evidence.pseudonym_key import PseudonymKey
    from oncall_audit.reports import render

    watch = Stopwatch()
    out = database.parent / "out"
    key = PseudonymKey(bytes(32)) if is_pseudonymised else None
    if name == "review":
        paths = _reviewed(database, out)
    else:
        paths = render(database, out, [name], pseudonym_key=key)
    watch.lap(name)
    size = sum(path.stat().st_size for path in paths) / 1e6
    lap = watch.laps[name]
    return f"{lap['seconds']:6.2f} s {lap['processor']:6.2f} s of processor {lap['peak_mb']:5.0f} MB peak {size:7.1f} MB written"


def _reviewed(database: Path, folder: Path) -> list[Path]:
    from datetime import UTC, datetime

    from oncall_audit import periods
    from oncall_audit.evidence.standing import standing
    from oncall_audit.policy.reviews import Duty
    from oncall_audit.reports import review_pages
    from oncall_audit.reports.published import Published
    from oncall_audit.reports.review import Reviews

    now, paths = datetime(2026, 1, 2, tzinfo=UTC), []
    with Published(database) as published:
        source = Reviews(published, [])
        for name in ("2025-W51", "2025-12", "2025-Q4"):
            period = periods.named(name, "UTC")
            where = standing(period, [], Duty(), now)
            page = review_pages.model(published, source.facts(period), where, [], "Example")
            paths += review_pages.write(page, folder)
    return paths


if __name__ == "__main__":
    main()
