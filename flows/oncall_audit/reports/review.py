"""What the review of a period says, from the published tables and the register alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from oncall_audit.evidence.decisions import Decision, decisions
from oncall_audit.evidence.reviews import Facts
from oncall_audit.periods import Period
from oncall_audit.reports.published import Published
from oncall_audit.reports.review_controls import controls_of
from oncall_audit.reports.review_findings import (
    Known,
    findings_of,
    iso,
    known_findings,
    naive,
)
from oncall_audit.reports.summary import BLIND, COVERAGE, SEVERITIES, population

FORMAT = "oncall-audit review 1"

_RUNS = """
    select run_id, since, until, started_at, state, code_version, policy_sha256 from audit_runs
    where since < $until and until > $since order by since, started_at, run_id
"""
_ACTIVE = """
    select count(distinct engineer_id) from sessions
    where ended_at >= $since and started_at < $until
"""
_STEPS = ("planned", "approved", "warned", "applied", "failed", "skipped", "verified", "undone")
_DONE = ("applied", "failed", "undone")
_CHANGE = ("action", "system", "account", "resource_name", "permission", "engineer_id", "reason")

Record = Mapping[str, Any]


class Reviews:
    """Makes reviews of one publication; what they share is read once."""

    def __init__(self, published: Published, records: Sequence[Record]) -> None:
        self.published, self.records = published, records
        self.decisions = decisions(records)
        incidents = [it for it in records if it["kind"] == "run" and it.get("incident")]
        self.incidents = {it["run_id"] for it in incidents}

    @cached_property
    def known(self) -> Known:
        """Every finding with its history; what is read for no review, is not read at all."""
        return known_findings(self.published, self.decisions)

    @property
    def audited_until(self) -> datetime | None:
        """The end of what nightly audits covered, in UTC without a zone."""
        runs = self.published.rows("select * from audit_runs")
        ends = (it["until"] for it in runs if self._covers(it) and it["until"])
        return max(ends, default=None)

    def facts(self, period: Period) -> Facts:
        """Return what the review of a period says; the same tables and register say the same."""
        since, until = naive(period.since), naive(period.until)
        audits = self._audits(since, until)
        findings = findings_of(self.known, period)
        made = [it for it in self.decisions if period.since <= it.decided_at < period.until]
        changes = self._changes(period)
        facts = {
            "format": FORMAT,
            "period": {
                "name": period.name,
                "kind": period.kind,
                "since": period.since.isoformat(),
                "until": period.until.isoformat(),
                "time_zone": period.zone,
            },
            "audits": audits,
            "population": self._population(since, until),
            "findings": findings,
            "decisions": [_decision(it) for it in made],
            "changes": changes,
            "accepted_ending": self._ending(period),
            "controls": controls_of(self.published, self.records, audits["runs"], findings),
        }
        return {**facts, "figures": _figures(facts)}

    def _covers(self, run: Mapping[str, Any]) -> bool:
        return run["state"] != "failed" and run["run_id"] not in self.incidents

    def _audits(self, since: datetime, until: datetime) -> dict[str, Any]:
        window = {"since": since, "until": until}
        runs = self.published.rows(_RUNS, **window)
        uncovered = _uncovered([it for it in runs if self._covers(it)], since, until)
        blind, coverage = (
            self.published.rows(BLIND, **window),
            self.published.rows(COVERAGE, **window),
        )
        missing = sum((end - begin for begin, end in uncovered), timedelta())
        return {
            "runs": [_plain(it) for it in runs if self._covers(it)],
            # An incident's audit is made of what the nightly ones cover, but may be read alone.
            "incident_runs": [it["run_id"] for it in runs if it["run_id"] in self.incidents],
            "failed_runs": [it["run_id"] for it in runs if it["state"] == "failed"],
            "uncovered": [{"since": iso(a), "until": iso(b)} for a, b in uncovered],
            "uncovered_seconds": int(missing.total_seconds()),
            "source_hours": sum(it["hours"] for it in coverage),
            "blind_hours": sum(it["blind"] + it["removed"] for it in coverage),
            "blind": [_plain(it) for it in blind],
        }

    def _population(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        window = {"since": since, "until": until}
        active = {
            "label": "engineers with sessions",
            "count": self.published.value(_ACTIVE, **window),
        }
        return [*population(self.published, window), active]

    def _changes(self, period: Period) -> dict[str, Any]:
        steps = [
            it
            for it in self.records
            if it["kind"] == "access" and _within(period, it["at"]) and it["step"] in _STEPS
        ]
        counts = {name: sum(it["step"] == name for it in steps) for name in _STEPS}
        done = [
            {
                "step": it["step"],
                "at": it["at"],
                "by": it["by"],
                **{name: it.get(name) for name in _CHANGE},
            }
            for it in steps
            if it["step"] in _DONE and it.get("change_id")
        ]
        return {"steps": {name: count for name, count in counts.items() if count}, "done": done}

    def _ending(self, period: Period) -> list[dict[str, Any]]:
        """Return accepted risks that ran out in the period, or will in the one after it."""
        standing: dict[str, Decision] = {}
        for it in self.decisions:
            if it.decided_at < period.until:
                standing[it.finding_id] = it
        return [
            _decision(it)
            for it in standing.values()
            if it.state == "accepted"
            and it.expires_at
            and period.since <= it.expires_at < period.after.until
        ]


def _uncovered(
    runs: Sequence[Mapping[str, Any]], since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the spans that no run covers."""
    found, reached = [], since
    for run in sorted(runs, key=lambda it: it["since"]):
        if run["since"] > reached:
            found.append((reached, run["since"]))
        reached = max(reached, run["until"])
    if reached < until:
        found.append((reached, until))
    return found


def _figures(facts: Facts) -> dict[str, int]:
    """Return the numbers that a trend is drawn of; the register keeps them."""
    findings, audits = facts["findings"], facts["audits"]
    open_after = {it["severity"]: it["open_after"] for it in findings["by_severity"]}
    return {
        **{name: findings[name] for name in ("opened", "closed", "open_after")},
        **{f"open_{severity}": open_after.get(severity, 0) for severity in SEVERITIES},
        "sessions": next(it["count"] for it in facts["population"] if it["label"] == "sessions"),
        "decisions": len(facts["decisions"]),
        "changes": facts["changes"]["steps"].get("applied", 0),
        "source_hours": audits["source_hours"],
        "blind_hours": audits["blind_hours"],
        "uncovered_seconds": audits["uncovered_seconds"],
    }


def _within(period: Period, moment: str) -> bool:
    return period.since <= datetime.fromisoformat(moment) < period.until


def _decision(decision: Decision) -> dict[str, Any]:
    return _plain(asdict(decision))


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: iso(it) if isinstance(it, datetime) else it for name, it in row.items()}
