"""The audit as OSCAL assessment results: observations, and what they say about each control."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import Any

import orjson

from oncall_audit.evidence.decisions import UNDECIDED
from oncall_audit.reports.controls import control_results
from oncall_audit.reports.findings import finding_facts
from oncall_audit.reports.oscal_terms import (
    control_identifiers,
    filled,
    line,
    prop,
    utc,
    uuid,
)
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.summary import Summary
from oncall_audit.reports.text import duration, markdown, plural

VERSION = "1.1.3"

_FINDINGS = """
    select findings.*, rules.title, engineers.name from findings
    left join rules on findings.rule_id = rules.rule_id
    left join engineers on findings.engineer_id = engineers.engineer_id
    order by findings.finding_id
"""
_MAPPED = "select distinct framework, control_id, rule_id from controls order by all"
# Our result, and what OSCAL has for it: only two states, so that untested is never satisfied.
_STATUSES = {
    "passed": ("satisfied", "pass"),
    "exceptions": ("not-satisfied", "fail"),
    "not tested": ("not-satisfied", "other"),
}


def write_oscal(published: Published, summary: Summary, folder: Path) -> list[Path]:
    """Write `assessment-results.oscal.json`."""
    path = folder / "assessment-results.oscal.json"
    content = {"assessment-results": assessment_results(published, summary)}
    path.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return [path]


def assessment_results(published: Published, summary: Summary) -> dict[str, Any]:
    """Return the run as a document of OSCAL's assessment results model."""
    run = summary.run
    made = utc(run["ended_at"] or run["started_at"] or run["until"])
    plan = uuid("policy", run["policy_sha256"])
    policy = markdown(run["policy_sha256"] or "unknown")
    return {
        "uuid": uuid("document", run["run_id"]),
        "metadata": {
            "title": "On-call access audit",
            "last-modified": made,
            "version": line(run["run_id"]),
            "oscal-version": VERSION,
        },
        "import-ap": {"href": f"#{plan}", "remarks": "The policy that the run judged by."},
        "results": [_result(published, summary, made)],
        "back-matter": {
            "resources": [
                {
                    "uuid": plan,
                    "title": "Policy of the audit",
                    "description": f"policy.yml, SHA-256 {policy}",
                }
            ]
        },
    }


def _result(published: Published, summary: Summary, made: str | None) -> dict[str, Any]:
    run = summary.run
    findings, controls = published.rows(_FINDINGS), control_results(published)
    result: dict[str, Any] = {
        "uuid": uuid("result", run["run_id"]),
        "title": f"Audit {line(run['run_id'])}",
        "description": markdown(summary.verdict),
        "start": utc(run["since"] or run["started_at"]),
        "end": utc(run["until"] or run["ended_at"]),
        "local-definitions": _definitions(findings, run),
        "reviewed-controls": _reviewed(controls),
        "observations": [_observation(finding, made) for finding in findings],
        "findings": _control_findings(published, controls, findings),
        "remarks": _remarks(summary),
    }
    return filled(result)


def _definitions(findings: list[Row], run: Row) -> dict[str, Any]:
    tool = {
        "uuid": uuid("tool"),
        "type": "software",
        "title": "oncall-audit",
        "description": f"Version {markdown(run['code_version'] or 'unknown')}",
        "status": {"state": "operational"},
    }
    platform = {"uuid": uuid("platform"), "uses-components": [{"component-uuid": tool["uuid"]}]}
    people = {it["engineer_id"]: it["name"] for it in findings if it["engineer_id"]}
    resources = sorted({it["resource_id"] for it in findings if it["resource_id"]})
    defined = {
        "inventory-items": [
            {"uuid": uuid("resource", name), "description": markdown(name)} for name in resources
        ],
        "users": [
            {"uuid": uuid("engineer", key), "title": line(name or key), "short-name": line(key)}
            for key, name in sorted(people.items())
        ],
        "assessment-assets": {"components": [tool], "assessment-platforms": [platform]},
    }
    return filled(defined)


def _reviewed(controls: list[Row]) -> dict[str, Any]:
    selections = []
    for framework, rows in groupby(controls, key=lambda row: row["framework"]):
        parts: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            control, statement = control_identifiers(framework, row["control_id"])
            parts[control] += [statement] if statement else []
        included = [
            filled({"control-id": control, "statement-ids": statements})
            for control, statements in parts.items()
        ]
        selections.append({"description": markdown(framework), "include-controls": included})
    nothing = {"description": "No control is mapped to a rule.", "include-controls": []}
    return {"control-selections": selections or [filled(nothing)]}


def _observation(finding: Row, made: str | None) -> dict[str, Any]:
    props = {
        "rule-id": finding["rule_id"],
        "severity": finding["severity"],
        "state": finding["state"],
        "finding-id": finding["finding_id"],
        "begin": utc(finding["started_at"]),
        "end": utc(finding["ended_at"]),
    }
    subjects = [
        {"subject-uuid": uuid(kind, finding[key]), "type": type_}
        for kind, key, type_ in (
            ("resource", "resource_id", "inventory-item"),
            ("engineer", "engineer_id", "user"),
        )
        if finding[key]
    ]
    facts = [
        f"{markdown(name)}: {markdown(value)}" for name, value in finding_facts(finding["evidence"])
    ]
    if finding["raw_file"]:
        facts.append(f"log: {markdown(finding['raw_file'])}, line {finding['raw_line']}")
    return filled(
        {
            "uuid": uuid("finding", finding["finding_id"]),
            "title": line(finding["title"] or finding["rule_id"]),
            "description": markdown(finding["summary"] or finding["rule_id"]),
            "props": [prop(name, value) for name, value in props.items() if value],
            "methods": ["TEST"],
            "types": ["finding"],
            "origins": [{"actors": [{"type": "tool", "actor-uuid": uuid("tool")}]}],
            "subjects": subjects,
            "relevant-evidence": [{"description": "; ".join(facts)}] if facts else [],
            "collected": made,
        }
    )


def _control_findings(
    published: Published, controls: list[Row], findings: list[Row]
) -> list[dict[str, Any]]:
    by_rule: dict[str, list[str]] = defaultdict(list)
    for finding in findings:
        if finding["state"] in UNDECIDED:
            by_rule[finding["rule_id"]].append(uuid("finding", finding["finding_id"]))
    rules: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in published.rows(_MAPPED):
        rules[row["framework"], row["control_id"]].append(row["rule_id"])
    return [
        _control_finding(
            row,
            [seen for rule in rules[row["framework"], row["control_id"]] for seen in by_rule[rule]],
        )
        for row in controls
    ]


def _control_finding(row: Row, observations: list[str]) -> dict[str, Any]:
    framework, control_id = row["framework"], row["control_id"]
    control, statement = control_identifiers(framework, control_id)
    objective = f"{control}_obj" if framework == "NIST 800-53" else control
    state, reason = _STATUSES.get(row["result"], ("not-satisfied", "other"))
    target = {
        "type": "statement-id" if statement else "objective-id",
        "target-id": statement or objective,
        "description": markdown(row["requirement"] or control_id),
        "status": {"state": state, "reason": reason, "remarks": _why(row)},
    }
    return filled(
        {
            "uuid": uuid("control", framework, control_id),
            "title": line(f"{framework} {control_id}: {row['result']}"),
            "description": markdown(f"Tested by {row['rules']}."),
            "props": [prop("result", row["result"])],
            "target": target,
            "related-observations": [{"observation-uuid": seen} for seen in observations],
        }
    )


def _why(row: Row) -> str:
    parts = [f"{row['result']}: {plural(row['exceptions'] or 0, 'open finding')}"]
    parts += [f"not tested by {row['untested']}"] if row["untested"] else []
    parts += [f"ran degraded: {row['degraded']}"] if row["degraded"] else []
    return markdown("; ".join(parts) + ".")


def _remarks(summary: Summary) -> str:
    """Say what was not audited: results are worth what their coverage is."""
    lines = [*summary.messages]
    lines += [
        f"{row['source_name']} was blind for {duration(row['hours'] * 3600)}"
        f" from {utc(row['since'])}"
        for row in summary.blind
    ]
    lines += [
        f"{row['rule_id']} {'ran degraded' if row['runs'] else 'was not tested'}: {row['why']}"
        for row in summary.degraded
    ]
    if summary.coverage_ratio is None:
        lines.append("No coverage is known for this window")
    whole = "Every source hour, rule and account of the window was audited."
    return "\n\n".join(f"{markdown(it)}." for it in lines) or markdown(whole)
