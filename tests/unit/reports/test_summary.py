# ruff: noqa: DTZ001 - the tables hold naive times in UTC
from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import summarise


def test_counts_what_was_tested_found_and_not_audited(published: Path) -> None:
    with Published(published) as tables:
        summary = summarise(tables)

    assert summary.verdict == "1 high finding needs a decision; 3 source hours not audited."
    assert summary.level == "high"
    assert summary.run == {
        "run_id": "run-2",
        "since": datetime(2026, 4, 2),
        "until": datetime(2026, 4, 4),
        "started_at": datetime(2026, 4, 4, 1),
        "ended_at": datetime(2026, 4, 4, 1, 1),
        "state": "complete",
        "code_version": "0.1.0",
        "policy_sha256": "abcdef",
        "previous_run": "run-1",
    }
    assert summary.severities["high"] == {"severity": "high", "open": 1, "total": 1, "new": 1}
    assert summary.severities["critical"] == {
        "severity": "critical",
        "open": 0,
        "total": 1,
        "new": 0,
    }
    assert (summary.open_findings, summary.new_findings) == (2, 1)
    assert [(entry["label"], entry["count"], entry["total"]) for entry in summary.population] == [
        ("sessions", 2, 2),
        ("engineers", 2, 2),
        ("resources", 2, 2),
        ("events", 2, 2),
        ("entitlements", 2, 2),
        ("shifts", 1, 1),
    ]
    assert summary.totals == {
        "records": 100,
        "landed": 90,
        "duplicates": 5,
        "ignored": 3,
        "quarantined": 2,
        "batches": 1,
        "is_exact": True,
    }
    assert summary.coverage_ratio == 45 / 48
    assert summary.blind == [
        {
            "source_name": "bastion",
            "since": datetime(2026, 4, 2, 3),
            "until": datetime(2026, 4, 2, 6),
            "hours": 3,
        }
    ]
    assert summary.degraded == [{"rule_id": "off_shift_access", "why": "no requests", "runs": True}]
    assert summary.unresolved == [{"kind": "unknown", "accounts": 1}]
    assert not summary.is_whole


def test_takes_the_run_from_what_it_says_of_itself(published: Path) -> None:
    told = {
        "run_id": "run-3",
        "since": "2026-04-03T02:00:00+02:00",
        "until": "2026-04-04T00:00:00+00:00",
        "state": "with exceptions",
        "messages": ["bastion: refused"],
    }

    with Published(published) as tables:
        summary = summarise(tables, told)

    assert summary.run["since"] == datetime(2026, 4, 3)
    assert summary.run["previous_run"] == "run-2"
    assert summary.messages == ["bastion: refused"]


def test_says_when_control_totals_do_not_add_up(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.log_batches set landed = 89")

    with Published(built) as tables:
        totals = summarise(tables).totals

    assert not totals["is_exact"]


@pytest.mark.parametrize(
    ("change", "verdict", "level"),
    [
        ("delete from audit.coverage", "1 high finding needs a decision.", "high"),
        ("update audit.findings set severity = 'critical', state = 'open'; delete from audit.coverage", "3 critical findings need a decision.", "critical"),
        ("update audit.findings set severity = 'low'", "Nothing critical or high; 2 findings are open; 3 source hours not audited.", "medium"),
        ("delete from audit.findings", "No open findings, but 3 source hours not audited.", "medium"),
        ("delete from audit.findings; delete from audit.coverage", "No open findings.", "clear"),
    ],
)  # fmt: skip
def test_gives_a_verdict(built: Path, change: str, verdict: str, level: str) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(change)

    with Published(built) as tables:
        summary = summarise(tables)

    assert (summary.verdict, summary.level) == (verdict, level)


def test_does_not_call_an_unknown_coverage_whole(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "delete from audit.coverage; delete from audit.rule_inputs; delete from audit.rule_runs;"
            " delete from audit.identities where engineer_id is null;"
            " update audit.log_batches set quarantined = 0, ignored = 5"
        )

    with Published(built) as tables:
        assert not summarise(tables).is_whole


def test_an_older_publication_says_which_inputs_were_missing(built: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("drop table audit.rule_runs")
    renamed = built.rename(built.with_name("audit.duckdb"))

    with Published(renamed) as published:
        degraded = summarise(published).degraded

    assert degraded == [{"rule_id": "off_shift_access", "why": "no requests", "runs": True}]
