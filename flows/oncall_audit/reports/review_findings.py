"""The findings of a period: open before it, opened, closed and reopened in it, open after it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from oncall_audit.evidence.decisions import UNDECIDED, Decision
from oncall_audit.periods import Period
from oncall_audit.reports.decided import everybody
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.summary import SEVERITIES

# What began before the window of the audit that first found it came late, and opens with that
# window: the period before was reviewed without it. The first audit finds nothing late.
_OPENED = """
    with runs as (
        select run_id, since, until, started_at = min(started_at) over () as is_first
        from audit_runs where state is distinct from 'failed'
    )
    select findings.finding_id, findings.rule_id, findings.severity, findings.engineer_id,
        findings.account, findings.system,
        coalesce(findings.resource_id, findings.resource_name) as resource, findings.service,
        coalesce(findings.ended_at, findings.started_at) as ended_at,
        coalesce(findings.started_at, findings.ended_at, runs.since) as began_at,
        case when coalesce(runs.is_first, true) then began_at
            else greatest(began_at, runs.since) end as opened_at
    from findings left join runs on findings.first_detected_run = runs.run_id
    order by findings.finding_id
"""
_PLAIN = ("finding_id", "rule_id", "severity", "engineer_id", "account", "system", "resource")


@dataclass(frozen=True, slots=True)
class Known:
    """Every finding with when it opened, whom it is about, and what was decided about it."""

    rows: Sequence[Row]
    people: Mapping[str, Sequence[str]]
    decisions: Mapping[str, Sequence[Decision]]


def known_findings(published: Published, made: Iterable[Decision]) -> Known:
    """Read once what the reviews of several periods are made of."""
    decided: dict[str, list[Decision]] = {}
    for decision in made:
        decided.setdefault(decision.finding_id, []).append(decision)
    return Known(published.rows(_OPENED), everybody(published), decided)


def findings_of(known: Known, period: Period) -> dict[str, Any]:
    """Return counts that add up, by severity and rule, and each finding that they count."""
    since, until = naive(period.since), naive(period.until)
    listed = [
        found
        for row in known.rows
        if row["opened_at"] and row["opened_at"] < until
        if (found := _in_period(known, row, since, until))
    ]
    return {
        **_counted(listed),
        "by_severity": _grouped(listed, "severity", SEVERITIES),
        "by_rule": _grouped(listed, "rule_id", sorted({it["rule_id"] for it in listed})),
        "listed": listed,
    }


def naive(moment: datetime) -> datetime:
    """Return an aware time as the tables hold it: in UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def iso(moment: datetime) -> str:
    """Write a time of the tables as text that says its zone."""
    return moment.replace(tzinfo=UTC).isoformat() if moment.tzinfo is None else moment.isoformat()


def _in_period(known: Known, row: Row, since: datetime, until: datetime) -> Row | None:
    decided = known.decisions.get(row["finding_id"], ())
    is_opened = row["opened_at"] >= since
    before = "" if is_opened else _state(row, decided, since)
    state = _state(row, decided, until)
    was_open, is_open = before in UNDECIDED, state in UNDECIDED
    if not (is_opened or was_open or is_open):
        return None
    return {
        **{name: row[name] for name in _PLAIN},
        "people": list(known.people.get(row["finding_id"], ())),
        "opened_at": iso(row["opened_at"]),
        "age_days": (until - row["opened_at"]) // timedelta(days=1),
        "state": state,
        "is_opened": is_opened,
        "is_late": is_opened and row["began_at"] < row["opened_at"],
        "was_open": was_open,
        "is_closed": not is_open,
        "is_reopened": is_open and not is_opened and not was_open,
    }


def _state(row: Row, decided: Sequence[Decision], at: datetime) -> str:
    moment = at.replace(tzinfo=UTC)
    last = next((it for it in reversed(decided) if it.decided_at < moment), None)
    if last is None:
        return "open"
    # What went on after the period says nothing of how it stood at its end.
    ended_at = min(row["ended_at"], at).replace(tzinfo=UTC) if row["ended_at"] else None
    return last.standing(ended_at, moment)


def _counted(listed: Sequence[Row]) -> dict[str, int]:
    return {
        "open_before": sum(it["was_open"] for it in listed),
        "opened": sum(it["is_opened"] for it in listed),
        "opened_late": sum(it["is_late"] for it in listed),
        "reopened": sum(it["is_reopened"] for it in listed),
        "closed": sum(it["is_closed"] for it in listed),
        "accepted": sum(it["state"] == "accepted" for it in listed),
        "remediated": sum(it["state"] == "remediated" for it in listed),
        "false_positive": sum(it["state"] == "false-positive" for it in listed),
        "open_after": sum(not it["is_closed"] for it in listed),
    }


def _grouped(listed: Sequence[Row], by: str, names: Sequence[str]) -> list[dict[str, Any]]:
    groups: dict[str, list[Row]] = {name: [] for name in names}
    for it in listed:
        groups.setdefault(it[by], []).append(it)
    return [
        {by: name, **_counted(rows), "oldest_days": _oldest(rows)} for name, rows in groups.items()
    ]


def _oldest(rows: Iterable[Row]) -> int | None:
    return max((it["age_days"] for it in rows if not it["is_closed"]), default=None)
