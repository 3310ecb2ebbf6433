"""What a run came to, read from the tables that it is about to publish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.evidence import register
from oncall_audit.pipeline.knowledge import code_version
from oncall_audit.pipeline.run import SEVERITIES, Run
from oncall_audit.warehouse.connection import connect_published


def facts(run: Run, database: Path, done: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the run's window, versions, state, messages, and its findings by severity."""
    with connect_published(database) as published:
        counted = dict(
            published.execute(
                "select severity, count(*) from audit.findings where state in ('open', 'reopened')"
                " group by all"
            ).fetchall()
        )
        identifiers = [
            row[0] for row in published.execute("select finding_id from audit.findings").fetchall()
        ]
        silent = published.execute(
            "select rule_id from audit.rule_runs where state = 'silent' order by rule_id"
        ).fetchall()
        blind = published.execute(
            "select source_name, count(*) filter (state = 'blind') from audit.coverage"
            f" where hour_start >= {_naive(run.window.since)}"
            f" and hour_start < {_naive(run.window.until)} group by all order by all"
        ).fetchall()
    sources = list(done["extract"]["sources"])
    messages = [f"{s['source']}: {s['message']}" for s in sources if s["state"] != "complete"]
    return {
        **run.plain(),
        "workspace": run.workspace.root.name,
        "state": "with exceptions" if messages else "complete",
        "code_version": code_version(),
        "policy_sha256": run.policy.sha256,
        "sources": sources,
        "messages": messages,
        "findings": {severity: counted.get(severity, 0) for severity in SEVERITIES},
        "silent_rules": [row[0] for row in silent],
        "blind_hours": dict(blind),
        "new_findings": sorted(set(identifiers) - _known(run)),
    }


def _naive(moment: datetime) -> str:
    return f"timestamp '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"


def _known(run: Run) -> set[str]:
    return {
        finding
        for record in register.read(run.workspace.register)
        if record["kind"] == "run"
        for finding in record.get("new_findings", ())
    }
