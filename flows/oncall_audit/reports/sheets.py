"""What the sheets of the workbook hold: published tables in the words of a reader."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from oncall_audit.reports.findings import shown_findings
from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import Summary
from oncall_audit.reports.text import duration

Line = tuple[Any, ...]

# One query a sheet; its columns are the headers. Single hours of coverage are for CSV and SQL.
QUERIES = {
    "Sessions off policy": """
        select off_policy_seconds / 60 as "off policy (min)",
            duration_seconds / 60 as "length (min)", sessions.engineer_id as "engineer",
            engineers.name as "name", engineers.team as "team",
            account as "account", system as "system", resource_id as "resource",
            service as "service", sessions.started_at as "begin (UTC)",
            sessions.ended_at as "end (UTC)", end_source as "end is",
            is_start_allowed as "allowed at its begin", shift_id as "shift",
            incident_id as "incident", request_id as "request", session_id as "session",
            raw_file as "log file", raw_line as "line"
        from sessions left join engineers on sessions.engineer_id = engineers.engineer_id
        where off_policy_seconds > 0
        order by sessions.started_at desc nulls last, session_id
    """,
    "Access map": """
        select access_map.engineer_id as "engineer", engineers.name as "name",
            engineers.team as "team", resource_id as "resource", permission as "permission",
            can_access as "can", should_access as "should",
            case when can_access and not should_access then 'excess'
                when should_access and not can_access then 'missing' end as "difference",
            granted_via as "granted via", on_shift as "on shift", last_used_at as "last used (UTC)"
        from access_map left join engineers on access_map.engineer_id = engineers.engineer_id
        order by "difference" nulls last, access_map.engineer_id nulls last, resource_id nulls last,
            permission nulls last
    """,
    "Entitlement drift": """
        select observed_on as "observed on (UTC)", kind as "kind",
            entitlement_drift.engineer_id as "engineer", engineers.name as "name",
            account as "account", system as "system", resource_id as "resource",
            permission as "permission", on_shift as "on shift"
        from entitlement_drift
        left join engineers on entitlement_drift.engineer_id = engineers.engineer_id
        order by observed_on desc nulls last, system nulls last, account nulls last,
            resource_id nulls last, permission nulls last, kind nulls last
    """,
    "Coverage": """
        select source_name as "source", cast(hour_start as date) as "day (UTC)",
            count_if(state = 'seen') as "hours seen", count_if(state = 'quiet') as "hours quiet",
            count_if(state = 'blind') as "hours blind", sum(records)::bigint as "records"
        from coverage group by "source", "day (UTC)"
        order by "day (UTC)" desc nulls last, "source" nulls last
    """,
    "Controls": """
        select framework as "framework", control_id as "control", requirement as "asks for",
            rule_id as "rule", result as "result", exceptions as "exceptions",
            rule_state as "the rule", why as "why"
        from controls
        order by framework nulls last, control_id nulls last, rule_id nulls last
    """,
    "Decisions": """
        select acted_at as "decided (UTC)", engineer as "by", action as "action",
            reason as "reason", finding_id as "finding", subject as "whose access",
            system as "system", account as "account", resource_id as "resource",
            permission as "permission", run_id as "run", plan_sha256 as "SHA-256 of the plan"
        from audit_actions order by acted_at desc nulls last, action_id nulls last
    """,
    "Inputs": """
        select source_name as "source", path as "file or page", sha256 as "SHA-256",
            bytes as "bytes", records as "raw records", landed as "landed",
            duplicates as "duplicate", ignored as "ignored", quarantined as "quarantined",
            received_at as "received (UTC)"
        from log_batches
        order by quarantined > 0 desc nulls last, source_name nulls last, path nulls last, batch_id
    """,
}

_FINDING = {
    "state": "state",
    "severity": "severity",
    "rule": "rule_id",
    "what": "title",
    "engineer": "engineer_id",
    "name": "name",
    "team": "team",
    "account": "account",
    "system": "system",
    "resource": "resource_id",
    "permission": "permission",
    "service": "service",
    "begin (UTC)": "started_at",
    "end (UTC)": "ended_at",
    "in short": "summary",
    "score": "score",
    "new": "is_new",
    "session": "session_id",
    "log file": "file",
    "line": "line",
    "coverage": "coverage_state",
    "controls": "controls",
    "ATT&CK": "attack",
    "finding": "finding_id",
}


def findings_sheet(published: Published, summary: Summary, limit: int) -> Iterator[Line]:
    """Yield the headers and then at most `limit` findings, the urgent first."""
    yield (*_FINDING, "evidence")
    for row in shown_findings(published, summary.run["run_id"], limit):
        evidence = "; ".join(f"{name}: {value}" for name, value in row["facts"])
        yield (*(row[key] for key in _FINDING.values()), evidence)


def queried_sheet(published: Published, query: str, limit: int) -> Iterator[Line]:
    """Yield the headers and then at most `limit` rows of a query, without holding them all."""
    # A cursor of its own: the summary may be read meanwhile.
    cursor = published.connection.execute(f"select * from ({query}) limit {limit}")
    yield tuple(column[0] for column in cursor.description or ())
    while rows := cursor.fetchmany(10_000):
        yield from rows


def summary_sheet(summary: Summary, kept: list[Line]) -> Iterator[Line]:
    """Yield the first screen of the report; `kept` says how many rows each sheet has."""
    run = summary.run
    yield ("On-call access audit", summary.verdict)
    yield ("audited from (UTC)", run["since"])
    yield ("until (UTC)", run["until"])
    yield ("run", run["run_id"])
    yield ("began (UTC)", run["started_at"])
    yield ("ended (UTC)", run["ended_at"])
    yield ("result", run["state"])
    yield ("code", run["code_version"])
    yield ("SHA-256 of the policy", run["policy_sha256"])
    yield ("audit before", run["previous_run"])
    if summary.is_pseudonymised:
        yield ("people", "have pseudonyms: oncall-audit report --resolve PSEUDONYM")
    yield from _section("Findings", "open", "new", "all")
    for name, row in summary.severities.items():
        yield (name, row["open"], row["new"], row["total"])
    yield from _section("What was tested", "in the window", "on record")
    for row in summary.population:
        yield (row["label"], row["count"], row["total"])
    yield from _gaps(summary)
    yield from _section("Coverage", "hours seen", "hours quiet", "hours blind", "records")
    for row in summary.coverage:
        yield (row["source_name"], row["seen"], row["quiet"], row["blind"], row["records"])
    names = ("batches", "records", "landed", "duplicates", "ignored", "quarantined")
    yield from _section("Inputs", "batches", "raw", *names[2:])
    for row in summary.sources:
        yield (row["source_name"], *(row[name] for name in names))
    yield ("all", *(summary.totals[name] for name in names))
    yield from _section("Sheets", "rows", "of")
    yield from kept


def _gaps(summary: Summary) -> Iterator[Line]:
    yield from _section("What is not audited")
    if summary.is_whole:
        yield ("nothing", "Every source hour, rule and account of the window was audited.")
    for message in summary.messages:
        yield ("notice", message)
    if summary.coverage_ratio is None:
        yield ("coverage", "No coverage is known for this window.")
    for row in summary.blind:
        hours = duration(row["hours"] * 3600)
        yield ("blind (UTC)", f"{row['source_name']} for {hours}", row["since"], row["until"])
    for row in summary.degraded:
        yield ("ran degraded" if row["runs"] else "not tested", row["rule_id"], row["why"])
    for row in summary.unresolved:
        yield ("accounts of nobody", row["accounts"], row["kind"])
    if summary.totals["quarantined"]:
        yield ("records not read", summary.totals["quarantined"])


def _section(*headers: str) -> Iterator[Line]:
    yield ()
    yield headers
