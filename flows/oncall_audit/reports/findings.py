"""Findings as the report shows them: the urgent first, with evidence, limited in number."""

from __future__ import annotations

from typing import Any

from oncall_audit.reports.json_files import parsed
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import number, shortened

SHOWN = 1_000
_LONGEST_VALUE = 1_500
_LONGEST_SUMMARY = 400

ORDER = """
    case when state in ('open', 'reopened') then 0 else 1 end,
    case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2
        when 'low' then 3 else 4 end,
    started_at desc nulls last, finding_id
"""

_FINDINGS = f"""
    with urgent as (
        select *, row_number() over (order by {ORDER}) as place from findings
        where $engineers is null or list_contains($engineers, engineer_id)
        qualify place <= $shown
    )
    select urgent.*, engineers.name, engineers.team, rules.title, rules.question,
        coalesce(urgent.raw_file, sessions.raw_file) as file,
        coalesce(urgent.raw_line, sessions.raw_line) as line,
        urgent.first_detected_run is not distinct from $run as is_new
    from urgent
    left join engineers on urgent.engineer_id = engineers.engineer_id
    left join rules on urgent.rule_id = rules.rule_id
    left join sessions on urgent.session_id = sessions.session_id
    order by urgent.place
"""

_BY_RULE = """
    select findings.rule_id, any_value(rules.title) as title,
        any_value(findings.severity) as severity, count(*) as total,
        count(*) filter (findings.state in ('open', 'reopened')) as open,
        count(*) filter (findings.first_detected_run is not distinct from $run) as new,
        count(distinct findings.engineer_id) as engineers
    from findings left join rules on findings.rule_id = rules.rule_id
    group by findings.rule_id order by open desc, findings.rule_id
"""


def shown_findings(
    published: Published,
    run_id: str | None,
    shown: int = SHOWN,
    engineers: list[str] | None = None,
) -> list[Row]:
    """Return the findings to print in full, the urgent first; those about `engineers`, or all."""
    rows = published.rows(_FINDINGS, run=run_id, shown=shown, engineers=engineers)
    for row in rows:
        row["summary"] = shortened(
            row["summary"] or row["title"] or row["rule_id"], _LONGEST_SUMMARY
        )
        row["facts"] = finding_facts(row["evidence"])
        row["seconds"] = _seconds(row)
        row["about"], row["place"] = _headline(row)
        row["who"] = row["name"] or row["engineer_id"] or row["account"] or "nobody known"
    return rows


def findings_by_rule(published: Published, run_id: str | None) -> list[Row]:
    """Count findings by rule, those with most open ones first."""
    return published.rows(_BY_RULE, run=run_id)


def _headline(row: Row) -> tuple[str, str | None]:
    """Return whom or what the finding is about and, if it is about somebody, where."""
    who, where = row["name"] or row["account"], row["resource_id"] or row["resource_name"]
    if who:
        return who, where
    return row["resource_name"] or where or row["system"] or row["rule_id"], None


def _seconds(row: Row) -> float | None:
    if row["started_at"] is None or row["ended_at"] is None:
        return None
    seconds: float = (row["ended_at"] - row["started_at"]).total_seconds()
    return seconds


def finding_facts(text: str | None) -> list[tuple[str, str]]:
    """Turn evidence, JSON text, into pairs of a name and a text."""
    evidence = parsed(text)
    if not isinstance(evidence, dict):
        evidence = {"evidence": evidence} if evidence else {}
    pairs = ((str(name).replace("_", " "), _text(value)) for name, value in evidence.items())
    return [(name, shortened(value, _LONGEST_VALUE)) for name, value in pairs if value]


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list):
        between = " | " if any(isinstance(item, dict) for item in value) else ", "
        return between.join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        pairs = ((str(name).replace("_", " "), _text(part)) for name, part in value.items())
        return "; ".join(f"{name} {part}" for name, part in pairs if part)
    return str(value)
