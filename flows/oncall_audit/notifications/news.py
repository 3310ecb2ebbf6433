"""What there is to tell: new findings with their owners, from the published tables."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from oncall_audit.channels import Channel, Notify
from oncall_audit.evidence.decisions import UNDECIDED, Decision, decisions, latest
from oncall_audit.notifications.record import Past, Record
from oncall_audit.reports.decided import overlaid
from oncall_audit.reports.findings import ORDER
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.summary import SEVERITIES, Summary, summarise
from oncall_audit.reports.text import number, plural
from oncall_audit.workspace import Workspace

# The team of the resource, else of its service, else of the person.
_FINDINGS = f"""
    with services as (
        select service, min(owner_team) as team from resources
        where owner_team is not null group by service
    ),
    owned as (
        select findings.finding_id, findings.rule_id, findings.severity, findings.state,
            findings.engineer_id, findings.account, findings.started_at, findings.ended_at,
            coalesce(findings.resource_id, findings.resource_name) as resource,
            coalesce(findings.summary, rules.title, findings.rule_id) as summary,
            findings.first_detected_run, audit_runs.started_at as detected_at,
            engineers.name,
            coalesce(resources.owner_team, services.team, engineers.team, $default) as owner
        from findings
        left join resources on findings.resource_id = resources.resource_id
        left join services on findings.service = services.service
        left join engineers on findings.engineer_id = engineers.engineer_id
        left join rules on findings.rule_id = rules.rule_id
        left join audit_runs on findings.first_detected_run = audit_runs.run_id
    )
    select * from owned order by {ORDER}
"""
_NAMED_RULES = 3
_ENGINEERS = "select engineer_id, name, email, ended_at from engineers order by engineer_id"


@dataclass(frozen=True, slots=True)
class Audit:
    """A published audit as notifications see it, with what was decided since."""

    summary: Summary
    organisation: str
    report: str
    findings: list[Row]
    engineers: dict[str, Row]
    decisions: dict[str, Decision]
    now: datetime

    @property
    def run_id(self) -> str:
        """The run that is published."""
        return str(self.summary.run["run_id"])

    @property
    def not_audited(self) -> list[str]:
        """What of the window nobody can vouch for, a sentence each."""
        return not_audited(self.summary)


def read_audit(
    workspace: Workspace, section: Notify, organisation: str, records: Iterable[Record]
) -> Audit:
    """Return what is published; raise `ConfigurationError` where nothing is."""
    made, now = decisions(records), datetime.now(UTC)
    with Published(workspace.published) as published:
        told = published.folder / "run.json"
        said = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else {}
        rows = published.rows(_FINDINGS, default=section.default_owner)
        return Audit(
            summary=summarise(published, said),
            organisation=organisation,
            report=section.report_url or str(published.folder / "report.html"),
            findings=overlaid(rows, made, now),
            engineers={row["engineer_id"]: row for row in published.rows(_ENGINEERS)},
            decisions=latest(made),
            now=now,
        )


def is_wanted(channel: Channel, finding: Row) -> bool:
    """Say whether a channel is told of a finding at all."""
    least = SEVERITIES.index(channel.severity)
    return (
        finding["severity"] in SEVERITIES[: least + 1]
        and (not channel.rules or finding["rule_id"] in channel.rules)
        and (not channel.owners or finding["owner"] in channel.owners)
    )


def new_findings(audit: Audit, channel: Channel, past: Past) -> list[Row]:
    """Return what a channel was not told of: first found by a run not told, or reopened since."""
    runs, told = set(past.pending), past.told()
    return [
        finding
        for finding in audit.findings
        if finding["state"] in UNDECIDED
        and is_wanted(channel, finding)
        and _is_new(finding, runs, told, audit.decisions)
    ]


def _is_new(
    finding: Row, runs: set[str], told: Mapping[str, datetime], made: Mapping[str, Decision]
) -> bool:
    told_at = told.get(finding["finding_id"])
    if finding["state"] == "reopened":
        decision = made.get(finding["finding_id"])
        return told_at is None or (decision is not None and decision.decided_at > told_at)
    return told_at is None and finding["first_detected_run"] in runs


def counts(findings: Iterable[Row]) -> dict[str, int]:
    """Count findings by severity, the worst first."""
    found = [finding["severity"] for finding in findings]
    return {name: found.count(name) for name in SEVERITIES if name in found}


def not_audited(summary: Summary) -> list[str]:
    """Return what of the window nobody can vouch for, a sentence each."""
    rows = [
        *summary.messages,
        *(
            f"{row['source_name']}: {plural(row['blind'], 'blind hour')}"
            for row in summary.coverage
            if row["blind"]
        ),
        *_untested(summary.degraded),
        *(
            f"{plural(row['accounts'], 'account')} of nobody ({row['kind']})"
            for row in summary.unresolved
        ),
    ]
    if quarantined := summary.totals["quarantined"]:
        rows.append(f"{number(quarantined)} records could not be read")
    return rows


def _untested(degraded: Iterable[Row]) -> list[str]:
    """Say which rules ran with less than they need, or not at all; those of one reason together."""
    found: dict[tuple[bool, str], list[str]] = {}
    for row in degraded:
        found.setdefault((row["runs"], row["why"]), []).append(row["rule_id"])
    return [
        f"{', '.join(rules) if len(rules) <= _NAMED_RULES else plural(len(rules), 'rule')}"
        f" {'ran degraded' if runs else 'not tested'}: {why}"
        for (runs, why), rules in found.items()
    ]


def as_document(finding: Row) -> dict[str, Any]:
    """Return a finding as plain values for programs."""
    shown = ("finding_id", "rule_id", "severity", "state", "owner", "engineer_id", "account")
    times = {name: _iso(finding[name]) for name in ("started_at", "ended_at")}
    rest = {name: finding[name] for name in ("resource", "summary", "first_detected_run")}
    return {**{name: finding[name] for name in shown}, **times, **rest}


def _iso(moment: datetime | None) -> str | None:
    return moment.replace(tzinfo=UTC).isoformat() if moment else None
