"""What an auditor draws samples from: the whole populations of a scope as CSV, with counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.reports.csv_files import copy_csv
from oncall_audit.reports.published import Published, Row, filled
from oncall_audit.reports.summary import TOTALS

_OVERLAPS = "started_at < $until and coalesce(ended_at, started_at) >= $since"
_HELD = "valid_from < $until and coalesce(valid_until > $since, true)"
_HOURS = "hour_start < $until and hour_start + interval 1 hour > $since"

_HISTORY = """
    select finding_id, audit_runs.started_at as at, 'open' as state, null as decided_by,
        null as reason, first_detected_run as run_id
    from findings left join audit_runs on findings.first_detected_run = audit_runs.run_id
    union all
    select finding_id, acted_at, action, engineer, reason, run_id
    from audit_actions where finding_id is not null
"""
_COVERAGE = f"""
    select source_name, count_if(state = 'seen') as seen, count_if(state = 'quiet') as quiet,
        count_if(state in ('blind', 'removed')) as blind
    from coverage where {_HOURS} group by source_name order by source_name
"""
_FINDINGS = """
    select severity, state, count(*) as findings from findings group by all order by all
"""


@dataclass(frozen=True, slots=True)
class _File:
    """A file of the pack: whole rows of a table, in an order that no run changes."""

    path: str
    table: str
    where: str = "true"
    order: str = "all"
    without: tuple[str, ...] = ()


_COUNTED = ("bytes", "records", "landed", "duplicates", "ignored", "quarantined")
# What depends on when or by which run it was made is below record/, and nowhere else.
_FILES = (
    _File("population/sessions.csv", "sessions", _OVERLAPS, "started_at, session_id"),
    _File("population/entitlements.csv", "entitlements", _HELD),
    _File("population/shifts.csv", "shifts", _OVERLAPS, "started_at, shift_id"),
    _File("population/incidents.csv", "incidents", _OVERLAPS),
    _File("population/access_requests.csv", "access_requests", _OVERLAPS),
    _File("population/engineers.csv", "engineers"),
    _File("population/identities.csv", "identities"),
    _File("population/resources.csv", "resources"),
    _File("coverage.csv", "coverage", _HOURS, "source_name, hour_start"),
    _File("findings.csv", "findings", order="finding_id", without=("first_detected_run",)),
    _File("controls.csv", "controls"),
    _File("rules.csv", "rules", without=("runbook",)),
    _File("rule_runs.csv", "rule_runs", without=("run_id",)),
    _File("inputs/log_batches.csv", "log_batches", without=("batch_id", "received_at")),
    _File("inputs/quarantined_records.csv", "quarantined_records", without=("batch_id",)),
    _File("inputs/snapshots.csv", "snapshots"),
    _File("record/decisions.csv", "audit_actions"),
    _File("record/runs.csv", "audit_runs", order="started_at, run_id"),
    _File("record/policy_versions.csv", "policy_versions"),
    _File("record/received.csv", "log_batches", without=_COUNTED),
)
_PATHS = ("path", "raw_file")


@dataclass(frozen=True, slots=True)
class Scope:
    """What one audit answers for: aware times, half-open; and the folder that paths begin at."""

    since: datetime
    until: datetime
    root: Path


def write_populations(published: Published, folder: Path, scope: Scope) -> dict[str, int]:
    """Write every file of the pack that comes from a table; return its rows by its name."""
    rows = {}
    for file in _FILES:
        if file.table in published.tables:
            query = _query(published, file, scope)
            rows[file.path] = _write(published, query, file.order, folder / file.path)
    rows["inputs/control_totals.csv"] = _write(
        published, TOTALS, "source_name", folder / "inputs" / "control_totals.csv"
    )
    if "audit_actions" in published.tables:
        path = folder / "record" / "finding_history.csv"
        rows["record/finding_history.csv"] = _write(published, _HISTORY, "all", path)
    return rows


def counts(published: Published, scope: Scope) -> dict[str, Any]:
    """Return control totals and coverage by source, and findings by severity and state."""
    totals: list[Row] = published.rows(TOTALS)
    return {
        "control_totals": totals,
        "coverage": published.rows(_COVERAGE, **_bounds(scope)),
        "findings": published.rows(_FINDINGS),
    }


def versions(published: Published) -> tuple[list[str], list[Row]]:
    """Return the policies that held at some time by their hash, and every rule's version."""
    policies = (
        published.rows("select distinct policy_sha256 from policy_versions order by all")
        if "policy_versions" in published.tables
        else []
    )
    columns = published.connection.execute("describe rules").fetchall()
    version = "rule_version" if any(it[0] == "rule_version" for it in columns) else "null"
    rules = published.rows(f"select rule_id, {version} as version from rules order by rule_id")
    return [row["policy_sha256"] for row in policies], rules


def _query(published: Published, file: _File, scope: Scope) -> str:
    table = f"published.audit.{file.table}"
    columns = {row[0] for row in published.connection.execute(f"describe {table}").fetchall()}
    left_out = ", ".join(name for name in file.without if name in columns)
    # Below the workspace a path begins there: an audit in another folder finds the same.
    root = str(scope.root).rstrip("/") + "/"
    paths = ", ".join(
        f"case when starts_with({name}, $root) then substr({name}, length($root) + 1)"
        f" else {name} end as {name}"
        for name in _PATHS
        if name in columns
    )
    star = "*" + (f" exclude ({left_out})" if left_out else "")
    star += f" replace ({paths})" if paths else ""
    query = f"select {star} from {table} where {file.where}"
    return filled(query, {**_bounds(scope), "root": root})


def _bounds(scope: Scope) -> dict[str, datetime]:
    return {
        name: moment.astimezone(UTC).replace(tzinfo=None)
        for name, moment in (("since", scope.since), ("until", scope.until))
    }


def _write(published: Published, query: str, order: str, path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return copy_csv(published, query, order, path)
