"""What became of each control in a period: its findings, and in which audits it was tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from oncall_audit.reports.published import Published, Row

_CONTROLS = """
    select distinct framework, control_id, rule_id from controls order by all
"""
_STATES = "select rule_id, state from rule_runs order by rule_id"


def controls_of(
    published: Published,
    records: Iterable[Mapping[str, Any]],
    runs: Sequence[Mapping[str, Any]],
    findings: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return each control with its rules, what they found, and those not tested in every audit."""
    silent = _silent(published, records, [it["run_id"] for it in runs])
    exceptions: dict[str, int] = {}
    for it in findings["listed"]:
        if it["state"] != "false-positive":
            exceptions[it["rule_id"]] = exceptions.get(it["rule_id"], 0) + 1
    groups: dict[tuple[str, str], list[str]] = {}
    for row in published.rows(_CONTROLS):
        groups.setdefault((row["framework"], row["control_id"]), []).append(row["rule_id"])
    return [
        {
            "framework": framework,
            "control_id": control_id,
            "rules": rules,
            **_result(rules, silent, len(runs), sum(exceptions.get(it, 0) for it in rules)),
        }
        for (framework, control_id), rules in groups.items()
    ]


def _result(
    rules: Sequence[str], silent: Mapping[str, int], runs: int, exceptions: int
) -> dict[str, Any]:
    never = [it for it in rules if silent.get(it, 0) >= runs]
    partly = [it for it in rules if 0 < silent.get(it, 0) < runs]
    result = "exceptions" if exceptions else "passed"
    if not exceptions and (never or partly):
        result = "not tested" if len(never) == len(rules) else "tested in part"
    return {"result": result, "exceptions": exceptions, "untested": never, "partly": partly}


def _silent(
    published: Published, records: Iterable[Mapping[str, Any]], run_ids: Sequence[str]
) -> dict[str, int]:
    """Count in how many of the runs each rule was silent.

    The run that is being published is not in the register yet, and older ones do not say it there:
    they count as the published one.
    """
    now = {row["rule_id"] for row in _silent_now(published.rows(_STATES))}
    said = {it["run_id"]: it["silent_rules"] for it in records if "silent_rules" in it}
    counts: dict[str, int] = {}
    for run_id in run_ids:
        for rule in said.get(run_id, now):
            counts[rule] = counts.get(rule, 0) + 1
    return counts


def _silent_now(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["state"] == "silent"]
