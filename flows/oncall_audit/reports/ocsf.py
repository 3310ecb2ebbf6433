"""Findings as OCSF Detection Findings, one JSON object a line, for a SIEM or a security lake."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.reports.json_files import finding_rows
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.summary import Summary
from oncall_audit.reports.text import plain

VERSION = "1.5.0"
_CLASS, _CATEGORY = 2004, 2

_SEVERITIES = {
    "info": (1, "Informational"),
    "low": (2, "Low"),
    "medium": (3, "Medium"),
    "high": (4, "High"),
    "critical": (5, "Critical"),
}
_NEW, _SUPPRESSED, _RESOLVED = (1, "New"), (3, "Suppressed"), (4, "Resolved")
_STATUSES = {
    "open": _NEW,
    "reopened": _NEW,
    "accepted": _SUPPRESSED,
    "false-positive": _SUPPRESSED,
    "remediated": _RESOLVED,
}
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
# What the class has no attribute for.
_UNMAPPED = (
    "state",
    "score",
    "session_id",
    "permission",
    "service",
    "system",
    "tier",
    "first_detected_run",
    "also_matched",
    "controls",
    "coverage_state",
    "policy_sha256",
    "schedule_recorded_at",
    "snapshot_at",
    "raw_file",
    "raw_line",
)


def write_ocsf(published: Published, summary: Summary, folder: Path) -> list[Path]:
    """Write every finding, decided ones too, to `findings.ocsf.jsonl`."""
    rules = {row["rule_id"]: row for row in published.rows("select * from rules")}
    people = {row["engineer_id"]: row for row in published.rows("select * from engineers")}
    path = folder / "findings.ocsf.jsonl"
    with path.open("w", encoding="ascii", newline="\n") as file:
        for row in finding_rows(published):
            rule, person = rules.get(row["rule_id"], {}), people.get(row["engineer_id"], {})
            # ASCII: what a terminal would act on or hide is an escape, and nothing is lost.
            file.write(json.dumps(detection(row, rule, person, summary.run), default=plain) + "\n")
    return [path]


def detection(
    finding: Row, rule: Mapping[str, Any], person: Mapping[str, Any], run: Row
) -> dict[str, Any]:
    """Return a finding as an OCSF object; times are milliseconds since 1970 UTC."""
    severity = _SEVERITIES.get(finding["severity"], (99, finding["severity"]))
    status = _STATUSES.get(finding["state"], (99, finding["state"]))
    activity = _activity(finding, run, status)
    began, ended = _milliseconds(finding["started_at"]), _milliseconds(finding["ended_at"])
    made = _milliseconds(run["ended_at"] or run["started_at"] or run["until"])
    return _present(
        {
            "activity_id": activity[0],
            "activity_name": activity[1],
            "category_name": "Findings",
            "category_uid": _CATEGORY,
            "class_name": "Detection Finding",
            "class_uid": _CLASS,
            "type_name": f"Detection Finding: {activity[1]}",
            "type_uid": _CLASS * 100 + activity[0],
            "severity": severity[1],
            "severity_id": severity[0],
            "status": status[1],
            "status_id": status[0],
            "message": finding["summary"],
            "time": began if began is not None else made or 0,
            "start_time": began,
            "end_time": ended,
            "metadata": _metadata(finding, run),
            "finding_info": _finding_info(finding, rule, began, ended),
            "evidences": [_evidence(finding, person)],
            "resources": _resources(finding),
            "unmapped": _present({name: finding.get(name) for name in _UNMAPPED}),
        }
    )


def _activity(finding: Row, run: Row, status: tuple[int, Any]) -> tuple[int, str]:
    if status in (_SUPPRESSED, _RESOLVED):
        return _CLOSE
    return _CREATE if finding["first_detected_run"] == run["run_id"] else _UPDATE


def _metadata(finding: Row, run: Row) -> dict[str, Any]:
    product = {"name": "oncall-audit", "vendor_name": "oncall-audit"}
    return {
        "version": VERSION,
        "product": _present({**product, "version": run["code_version"]}),
        # The same finding in two runs is two events.
        "uid": f"{run['run_id']}/{finding['finding_id']}",
        "correlation_uid": finding["finding_id"],
    }


def _finding_info(
    finding: Row, rule: Mapping[str, Any], began: int | None, ended: int | None
) -> dict[str, Any]:
    rule_id = finding["rule_id"]
    analytic = {
        "uid": rule_id,
        "name": rule.get("title") or rule_id,
        "desc": rule.get("question"),
        "type": "Rule",
        "type_id": 1,
        "version": finding.get("rule_version"),
    }
    return _present(
        {
            "uid": finding["finding_id"],
            "title": rule.get("title") or rule_id,
            "desc": finding.get("explanation") or finding["summary"],
            "analytic": _present(analytic),
            "attacks": [_attack(it.strip()) for it in (finding["attack"] or "").split(",") if it],
            "first_seen_time": began,
            "last_seen_time": ended,
            "related_events": [{"uid": uid} for uid in finding.get("event_ids") or ()],
        }
    )


def _attack(technique: str) -> dict[str, Any]:
    """Return a technique of ATT&CK by its number, the only name that our tables have for it."""
    parent, _, part = technique.partition(".")
    found: dict[str, Any] = {"technique": {"uid": parent, "name": parent}}
    return {**found, "sub_technique": {"uid": technique}} if part else found


def _evidence(finding: Row, person: Mapping[str, Any]) -> dict[str, Any]:
    user = {
        "uid": finding["engineer_id"],
        "name": finding["account"],
        "full_name": person.get("name"),
        "email_addr": person.get("email"),
    }
    evidence = finding["evidence"]
    return _present(
        {
            "actor": {"user": _present(user)}
            if finding["engineer_id"] or finding["account"]
            else {},
            # Its object has to hold something, and an empty one says that there was nothing more.
            "data": evidence if isinstance(evidence, dict) else {"evidence": evidence},
        },
        but="data",
    )


def _resources(finding: Row) -> list[dict[str, Any]]:
    if not finding["resource_id"]:
        return []
    name = finding["resource_name"] or finding["resource_id"]
    tier = f"tier {finding['tier']}" if finding["tier"] is not None else None
    resource = {"uid": finding["resource_id"], "name": name, "namespace": finding["system"]}
    return [_present({**resource, "criticality": tier})]


def _present(attributes: dict[str, Any], but: str = "") -> dict[str, Any]:
    """Leave out what is not known: an attribute that is there has a value."""
    return {
        name: value
        for name, value in attributes.items()
        if name == but or (value is not None and value not in ({}, []))
    }


def _milliseconds(moment: datetime | None) -> int | None:
    return round(moment.replace(tzinfo=UTC).timestamp() * 1000) if moment else None
