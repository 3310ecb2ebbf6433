from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.reports import render
from oncall_audit.reports.csv_files import TABLES

# An older publication may lack them.
ABSENT = ("anomalies", "audit_actions", "quarantined_records")


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_writes_a_csv_for_each_table(published: Path, tmp_path: Path) -> None:
    paths = render(published, tmp_path, ["csv"])

    present = [name for name in TABLES if name not in ABSENT]
    assert paths == [tmp_path / "csv" / f"{name}.csv" for name in present]
    assert _read(tmp_path / "csv" / "shifts.csv") == [
        {
            "shift_id": "h1",
            "schedule": "Payments primary",
            "service": "payments",
            "engineer_id": "e001",
            "level": "1",
            "started_at": "2026-04-02T00:00:00Z",
            "ended_at": "2026-04-03T00:00:00Z",
            "origin": "rotation",
            "recorded_at": "2026-03-01T00:00:00Z",
        }
    ]


@pytest.mark.parametrize(
    "formula",
    ["=1+1", "+1", "-1", "@a", "\tx", "\rx", " =1", "\u00a0=1", "\uff1d1", "\uff20a", "\u200b=1"],
)
def test_no_cell_of_a_csv_is_a_formula(built: Path, tmp_path: Path, formula: str) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "update audit.sessions set account = ?, raw_file = ?, action_count = -5",
            [formula, formula],
        )

    render(built, tmp_path, ["csv"])

    rows = _read(tmp_path / "csv" / "sessions.csv")
    shown = formula.replace("\r", "⟨U+000D⟩").replace("\u200b", "⟨U+200B⟩")
    assert [(row["account"], row["raw_file"], row["action_count"]) for row in rows] == [
        (f"'{shown}", f"'{shown}", "-5")
    ] * 2


def test_a_night_leaves_out_sessions_that_were_over_before_it(
    published: Path, tmp_path: Path
) -> None:
    render(published, tmp_path / "all", ["csv"])
    every = _read(tmp_path / "all" / "csv" / "sessions.csv")
    since = max(datetime.fromisoformat(row["ended_at"]) for row in every)

    render(published, tmp_path / "night", ["csv"], since=since)

    assert _read(tmp_path / "night" / "csv" / "sessions.csv") == every[-1:] != every
    assert _read(tmp_path / "night" / "csv" / "shifts.csv") != []


def test_hostile_names_in_csv_begin_with_an_apostrophe(published: Path, tmp_path: Path) -> None:
    render(published, tmp_path, ["csv"])

    accounts = [row["account"] for row in _read(tmp_path / "csv" / "identities.csv")]
    assert accounts == ["'=cmd|' /C calc'!A0", "aabel", "bcosta"]


def test_writes_findings_as_json_with_their_evidence(published: Path, tmp_path: Path) -> None:
    findings, summary = render(published, tmp_path, ["json"])

    [newest, *_others] = json.loads(findings.read_text(encoding="utf-8"))
    assert newest == {
        "finding_id": "f-new",
        "rule_id": "off_shift_access",
        "severity": "high",
        "engineer_id": "e002",
        "account": "bcosta",
        "system": "linux",
        "resource_id": "payments-db",
        "resource_name": None,
        "permission": None,
        "service": "payments",
        "session_id": "s2",
        "started_at": "2026-04-03T02:00:00Z",
        "ended_at": "2026-04-03T02:30:00Z",
        "score": 80.0,
        "state": "open",
        "summary": "Ben used payments-db.",
        "evidence": {
            "nearest_shift": "h1",
            "client": "<img src=x onerror=alert(1)>",
            "hours": [1, 2],
            "link": "javascript:alert(1)",
        },
        "first_detected_run": "run-2",
        "also_matched": None,
        "raw_file": "auth.log",
        "raw_line": 2,
        "tier": None,
        "start_local": None,
        "tz": None,
        "policy_sha256": None,
        "schedule_recorded_at": None,
        "snapshot_at": None,
        "coverage_state": None,
        "controls": None,
        "attack": None,
    }
    told = json.loads(summary.read_text(encoding="utf-8"))
    assert (told["verdict"], told["blind_hours"], told["run"]["since"]) == (
        "1 high finding needs a decision; 3 source hours not audited.",
        3,
        "2026-04-02T00:00:00Z",
    )


def test_writes_a_markdown_summary(published: Path, tmp_path: Path) -> None:
    [path] = render(published, tmp_path, ["md"])

    assert path.read_text(encoding="utf-8") == (
        "# On-call access audit: 1 high finding needs a decision; 3 source hours not audited.\n"
        "\n"
        "2 Apr 2026 00:00 \u2013 4 Apr 2026 00:00 UTC, run `run-2`, 1 new since `run-1`.\n"
        "\n"
        "| severity | open | new | all |\n"
        "|---|---:|---:|---:|\n"
        "| critical | 0 | 0 | 1 |\n"
        "| high | 1 | 1 | 1 |\n"
        "| medium | 1 | 0 | 1 |\n"
        "| low | 0 | 0 | 0 |\n"
        "| info | 0 | 0 | 0 |\n"
        "\n"
        "## What was tested\n"
        "\n"
        "2 sessions, 2 engineers, 2 resources, 2 events, 2 entitlements, 1 shift.\n"
        "\n"
        "100 raw records = 90 landed + 5 duplicate + 3 ignored + 2 quarantined.\n"
        "\n"
        "## What is not audited\n"
        "\n"
        "- 93.7 % of the source hours are covered.\n"
        "- 3 blind hours of bastion.\n"
        "- Ran degraded, no requests: `off_shift_access`.\n"
        "- 1 account of nobody (unknown).\n"
        "\n"
        "## Open findings\n"
        "\n"
        "| severity | finding | rule | begin (UTC) |  |\n"
        "|---|---|---|---|---|\n"
        "| high | Ben used payments-db. | `off_shift_access` | 3 Apr 2026 02:00 | new |\n"
        "| medium | +SUM(A1) silent | `log_gap` | 1 Apr 2026 00:00 |  |\n"
    )


def test_refuses_a_format_it_does_not_know(published: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        render(published, tmp_path, ["docx"])

    assert (
        str(caught.value)
        == "There is no report format docx. Formats: html, csv, json, md, xlsx, ocsf, oscal, pdf."
    )
