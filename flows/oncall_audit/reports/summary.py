"""The first screen of a report: verdict, window, population, and what was not audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import number, plural

SEVERITIES = ("critical", "high", "medium", "low", "info")

_RUNS = """
    select run_id, since, until, started_at, ended_at, state, code_version, policy_sha256
    from audit_runs order by started_at desc nulls last, run_id desc
"""
_MOMENTS = ("since", "until", "started_at", "ended_at")
_PLAIN = ("run_id", "state", "code_version", "policy_sha256")

# Label, table and what of it lies in the window; None counts all of it.
_POPULATION = (
    ("sessions", "sessions", "ended_at >= $since and started_at < $until"),
    ("engineers", "engineers", None),
    ("resources", "resources", None),
    ("events", "access_events", "occurred_at >= $since and occurred_at < $until"),
    (
        "entitlements",
        "entitlements",
        "valid_from < $until and coalesce(valid_until > $since, true)",
    ),
    ("shifts", "shifts", "ended_at > $since and started_at < $until"),
)

_COUNTS = """
    select severity, count(*) filter (state in ('open', 'reopened')) as open, count(*) as total,
        count(*) filter (first_detected_run = $run and state in ('open', 'reopened')) as new
    from findings group by severity
"""

TOTALS = """
    select source_name, count(*) as batches, sum(records)::bigint as records,
        sum(coalesce(landed, records - duplicates - ignored - quarantined))::bigint as landed,
        sum(duplicates)::bigint as duplicates, sum(ignored)::bigint as ignored,
        sum(quarantined)::bigint as quarantined
    from log_batches group by source_name order by source_name
"""

BLIND = """
    with hours as (
        select source_name, hour_start,
            hour_start - to_hours(row_number() over (partition by source_name order by hour_start))
                as island
        from coverage
        where state = 'blind' and hour_start >= $since and hour_start < $until
    )
    select source_name, min(hour_start) as since, max(hour_start) + interval 1 hour as until,
        count(*) as hours
    from hours group by source_name, island order by source_name, since
"""

COVERAGE = """
    select source_name, count(*) as hours, count(*) filter (state = 'seen') as seen,
        count(*) filter (state = 'quiet') as quiet, count(*) filter (state = 'blind') as blind,
        count(*) filter (state = 'removed') as removed, sum(records)::bigint as records
    from coverage where hour_start >= $since and hour_start < $until
    group by source_name order by source_name
"""

# An older publication says only which inputs were missing.
_DEGRADED = """
    select rule_id, why, state = 'degraded' as runs from rule_runs where state <> 'ran'
    union all
    select rule_id, string_agg('no ' || input, '; ' order by input) as why,
        not coalesce(bool_or(is_required), false) as runs
    from rule_inputs
    where not is_present and rule_id not in (select rule_id from rule_runs)
    group by rule_id order by runs, rule_id
"""

_UNRESOLVED = """
    select kind, count(distinct (system, account)) as accounts from identities
    where engineer_id is null and kind is distinct from 'service' and valid_until is null
    group by kind order by kind
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """What an audit says in one screen."""

    run: Row
    verdict: str
    level: str
    severities: dict[str, Row]
    open_findings: int
    new_findings: int
    population: list[Row]
    totals: Row
    sources: list[Row]
    coverage: list[Row]
    coverage_ratio: float | None
    blind: list[Row]
    degraded: list[Row]
    unresolved: list[Row]
    messages: list[str]
    reviews: list[Row]
    signing_key: Mapping[str, str] | None
    is_pseudonymised: bool = False

    @property
    def blind_hours(self) -> int:
        """Hours of single sources in the window that nobody can vouch for."""
        return sum(row["hours"] for row in self.blind)

    @property
    def unresolved_accounts(self) -> int:
        """Accounts that belong to no person and are no service's."""
        return sum(row["accounts"] for row in self.unresolved)

    @property
    def is_whole(self) -> bool:
        """Whether everything in the window was audited."""
        gaps = self.blind or self.degraded or self.unresolved or self.totals["quarantined"]
        return not gaps and not self.messages and self.coverage_ratio is not None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for `summary.json`."""
        return {**asdict(self), "blind_hours": self.blind_hours, "is_whole": self.is_whole}


def summarise(published: Published, told: Mapping[str, Any] | None = None) -> Summary:
    """Count what was tested, what was found and what was not audited.

    `told` is what the run says of itself; without it the latest run on record stands for it.
    """
    run = _run(published, told or {})
    window = {
        "since": run["since"] or datetime.min,  # noqa: DTZ901 - naive UTC, as in the tables
        "until": run["until"] or datetime.max,  # noqa: DTZ901
    }
    severities = _severities(published, run["run_id"])
    coverage = published.rows(COVERAGE, **window)
    blind = published.rows(BLIND, **window)
    sources = published.rows(TOTALS)
    counted = sum(row["hours"] for row in coverage)
    unseen = sum(row["blind"] + row["removed"] for row in coverage)
    verdict, level = _verdict(severities, unseen)
    return Summary(
        run=run,
        verdict=verdict,
        level=level,
        severities=severities,
        open_findings=sum(row["open"] for row in severities.values()),
        new_findings=sum(row["new"] for row in severities.values()),
        population=[_counted(published, window, *entry) for entry in _POPULATION],
        totals=_totals(sources),
        sources=sources,
        coverage=coverage,
        coverage_ratio=(counted - unseen) / counted if counted else None,
        blind=blind,
        degraded=published.rows(_DEGRADED),
        unresolved=published.rows(_UNRESOLVED),
        messages=[*map(str, (told or {}).get("messages", ())), *_removed(coverage)],
        reviews=list((told or {}).get("reviews", ())),
        signing_key=(told or {}).get("signing_key"),
        is_pseudonymised=published.pseudonyms is not None,
    )


def population(published: Published, window: dict[str, Any]) -> list[Row]:
    """Count what of each table lies in the window, UTC without a zone."""
    dated = (_counted(published, window, *it) for it in _POPULATION if it[2] is not None)
    return [{name: it[name] for name in ("label", "count")} for it in dated]


def _run(published: Published, told: Mapping[str, Any]) -> Row:
    recorded = published.rows(_RUNS)
    if "run_id" in told:
        moments = {name: _naive(told.get(name)) for name in _MOMENTS}
        run: Row = {**{name: told.get(name) for name in _PLAIN}, **moments}
    else:
        run = recorded[0] if recorded else dict.fromkeys((*_PLAIN, *_MOMENTS))
    earlier = [
        row["run_id"]
        for row in recorded
        if row["run_id"] != run["run_id"] and row["state"] != "failed"
    ]
    return {**run, "previous_run": earlier[0] if earlier else None}


def _naive(moment: str | None) -> datetime | None:
    """Read an ISO time as the tables hold it: in UTC, without a zone."""
    if not moment:
        return None
    time = datetime.fromisoformat(moment)
    return time.astimezone(UTC).replace(tzinfo=None) if time.tzinfo else time


def _severities(published: Published, run_id: str | None) -> dict[str, Row]:
    counted = {row["severity"]: row for row in published.rows(_COUNTS, run=run_id)}
    nothing = {"open": 0, "total": 0, "new": 0}
    return {
        severity: {"severity": severity, **nothing, **counted.get(severity, {})}
        for severity in SEVERITIES
    }


def _counted(
    published: Published, window: dict[str, Any], label: str, table: str, condition: str | None
) -> Row:
    total = published.value(f"select count(*) from {table}")
    if condition is None:
        return {"label": label, "count": total, "total": total}
    count = published.value(f"select count(*) from {table} where {condition}", **window)
    return {"label": label, "count": count, "total": total}


def _totals(sources: list[Row]) -> Row:
    columns = ("records", "landed", "duplicates", "ignored", "quarantined", "batches")
    totals: Row = {name: sum(row[name] or 0 for row in sources) for name in columns}
    accounted = sum(totals[name] for name in columns[1:5])
    return {**totals, "is_exact": accounted == totals["records"]}


def _removed(coverage: list[Row]) -> list[str]:
    """Say of which sources records of the window are gone: nobody can judge it again."""
    said = "{}: {} of the window removed by retention"
    gone = [row for row in coverage if row["removed"]]
    return [said.format(row["source_name"], plural(row["removed"], "hour")) for row in gone]


def _verdict(severities: dict[str, Row], blind_hours: int) -> tuple[str, str]:
    """Return the sentence on top of the report and how serious it is."""
    counts = {name: row["open"] for name, row in severities.items()}
    urgent = [f"{number(counts[name])} {name}" for name in SEVERITIES[:2] if counts[name]]
    lesser = sum(counts[name] for name in SEVERITIES[2:])
    gap = f"{plural(blind_hours, 'source hour')} not audited" if blind_hours else ""
    also = f"; {gap}" if gap else ""
    if urgent:
        needs = "finding needs" if counts["critical"] + counts["high"] == 1 else "findings need"
        level = "critical" if counts["critical"] else "high"
        return f"{' and '.join(urgent)} {needs} a decision{also}.", level
    if lesser:
        verb = "is" if lesser == 1 else "are"
        return f"Nothing critical or high; {plural(lesser, 'finding')} {verb} open{also}.", "medium"
    if gap:
        return f"No open findings, but {gap}.", "medium"
    return "No open findings.", "clear"
