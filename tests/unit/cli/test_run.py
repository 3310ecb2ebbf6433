from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.__main__ import main
from oncall_audit.connectors.base import Window
from oncall_audit.pipeline import start
from oncall_audit.pipeline.run import Outcome

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
UNTIL = datetime(2026, 11, 2, 7, 30, tzinfo=UTC)


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Answer every audit with the same outcome, and keep what was asked."""
    monkeypatch.chdir(tmp_path)
    calls: list[dict[str, Any]] = []

    def answer(*place: object, report: object, **options: Any) -> Outcome:
        calls.append({"place": place, **options})
        return Outcome(
            run_id="20261102T073000Z-abcd",
            window=Window(SINCE, UNTIL),
            state="complete",
            publication=tmp_path / "data" / "publication",
            findings={"critical": 1, "high": 0, "low": 3},
            new_findings=2,
            messages=["pagerduty: no incident source"],
            stage_seconds={"extract": 1.24, "build": 8},
        )

    monkeypatch.setattr(start, "audit", answer)
    monkeypatch.setattr(start, "audit_incident", answer)
    return calls


def test_says_what_was_found_and_where_the_report_lies(
    asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["run"])

    told = capsys.readouterr()
    assert status == 0
    assert told.err == "pagerduty: no incident source\n"
    assert told.out == (
        "Audited 2026-11-01 00:00 to 2026-11-02 07:30 UTC: complete.\n"
        "Findings: 1 critical, 3 low; 2 new.\n"
        "Report: data/publication/report.html\n"
        "Ran in this process: extract 1.2 s, build 8.0 s.\n"
    )


def test_times_are_utc_unless_they_say_otherwise(
    asked: list[dict[str, Any]], tmp_path: Path
) -> None:
    main(["run", "--since", "2026-11-01", "--until", "2026-11-02T08:30+01:00", "--full-refresh"])

    assert asked == [
        {
            "place": (tmp_path,),
            "since": SINCE,
            "until": UNTIL,
            "full_refresh": True,
            "prefect": False,
        }
    ]


@pytest.mark.parametrize(
    ("severity", "expected"), [("critical", 1), ("high", 1), ("low", 1), ("info", 1)]
)
def test_findings_as_severe_as_asked_end_with_status_1(
    asked: list[dict[str, Any]], severity: str, expected: int
) -> None:
    assert main(["run", "--fail-on", severity]) == expected


def test_an_incident_is_named(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    status = main(["incident", "PINC1"])

    assert status == 0
    assert asked == [{"place": (tmp_path, "PINC1"), "since": None, "until": None, "prefect": False}]


def test_json_is_all_that_is_printed(
    asked: list[dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["run", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert found["findings"] == {"critical": 1, "high": 0, "low": 3}
    assert found["publication"].endswith("data/publication")
