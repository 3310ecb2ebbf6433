"""Every run tells how it went: in a table, as metrics, in a log and on a page, also when it fails."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from audits import Audited, rows
from prometheus_client import parser
from prometheus_client.openmetrics import parser as openmetrics_parser
from pytest_httpserver import HTTPServer

from oncall_audit.connectors.base import Window
from oncall_audit.errors import SourceError
from oncall_audit.evidence import register
from oncall_audit.pipeline import journal, server
from oncall_audit.pipeline.run import Run
from oncall_audit.pipeline.start import audit
from oncall_audit.pipeline.status import read_status
from oncall_audit.reports.status_page import status_page
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
EXTRACTED = "select source_name, state, records, landed, quarantined from run_metrics order by 1"


@pytest.fixture(scope="module")
def failed(audited: Audited, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The audited organisation after a night on which nothing could be read."""
    workspace = Workspace(tmp_path_factory.mktemp("failed") / "workspace")
    shutil.copytree(audited.workspace.root, workspace.root, symlinks=True)
    workspace.config.write_text(
        "organisation: Example\nsources:\n  hosts: {type: sshd, path: nowhere}\n"
    )
    with pytest.raises(SourceError):
        audit(workspace.root, until=audited.answers.until + timedelta(hours=1))
    return workspace


def figures(workspace: Workspace) -> dict[tuple[Any, ...], float]:
    """Read the metrics by their format's own parser: name and label values, and the value."""
    families = openmetrics_parser.text_string_to_metric_families(workspace.metrics.read_text())
    return {
        (sample.name.removeprefix("oncall_audit_"), *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def lines(workspace: Workspace) -> list[dict[str, Any]]:
    text = (workspace.logs / "oncall-audit.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def runs(workspace: Workspace) -> list[dict[str, Any]]:
    return [it for it in register.read(workspace.register) if it["kind"] == "run"]


def test_the_table_holds_what_each_source_came_to(audited: Audited) -> None:
    counted = rows(
        audited.workspace,
        "select source_name, sum(records), sum(landed), sum(quarantined) from log_batches"
        " group by all order by 1",
    )
    extracted = rows(audited.workspace, EXTRACTED)

    assert {state for _, state, *_ in extracted} == {"complete"}
    assert {it[0]: it[2:] for it in extracted if it[2]} == {
        it[0]: it[1:] for it in counted if it[1]
    }


def test_the_register_keeps_stages_and_sources_for_the_next_table(audited: Audited) -> None:
    (run,) = runs(audited.workspace)
    stages = {it["stage"]: it["seconds"] for it in run["measures"] if "source" not in it}

    assert stages == audited.outcome.stage_seconds
    assert len(run["measures"]) == len(stages) + len(rows(audited.workspace, EXTRACTED))


def test_the_metrics_are_what_the_audit_came_to(audited: Audited) -> None:
    found = figures(audited.workspace)
    (run,) = runs(audited.workspace)
    outcome = audited.outcome
    blind = rows(
        audited.workspace,
        "select coverage.source_name, count(*) filter (coverage.state = 'blind') from coverage"
        " inner join audit_runs on hour_start >= since and hour_start < until group by all",
    )

    assert {name[1]: value for name, value in found.items() if name[0] == "findings_open"} == (
        outcome.findings
    )
    assert found["findings_new",] == outcome.new_findings
    assert {name[1]: value for name, value in found.items() if name[0] == "blind_hours"} == dict(
        blind
    )
    assert {
        name[1]: value for name, value in found.items() if name[0] == "stage_duration_seconds"
    } == (outcome.stage_seconds)
    assert found["stale",] == 0
    assert found["published_until_timestamp_seconds",] == outcome.window.until.timestamp()
    ended = datetime.fromisoformat(run["ended_at"])
    assert abs(found["last_success_timestamp_seconds",] - ended.timestamp()) < 60


def test_the_metrics_are_valid_in_the_older_format_too(audited: Audited) -> None:
    text = audited.workspace.metrics.read_text()

    older = {
        family.name: len(family.samples) for family in parser.text_string_to_metric_families(text)
    }
    newer = {
        family.name: len(family.samples)
        for family in openmetrics_parser.text_string_to_metric_families(text)
    }

    assert older == newer
    assert all(name.startswith("oncall_audit_") for name in newer)


def test_every_metric_and_event_is_documented(audited: Audited, failed: Workspace) -> None:
    page = (Path(__file__).parents[1] / "docs" / "operations.md").read_text()
    named = {
        f"oncall_audit_{name[0]}" for it in (audited.workspace, failed) for name in figures(it)
    }
    said = {name for line in lines(failed) for name in line} | {it["event"] for it in lines(failed)}

    assert [name for name in sorted(named | said) if f"`{name}`" not in page] == []


def test_a_failed_night_shows_as_stale_and_keeps_the_last_good_figures(
    audited: Audited, failed: Workspace
) -> None:
    before, after = figures(audited.workspace), figures(failed)
    same = [name for name in before if name[0].startswith(("findings", "blind", "last_success"))]

    assert after["stale",] == 1
    assert {name: before[name] for name in same} == {name: after[name] for name in same}
    assert not [name for name in after if name[0] == "stage_duration_seconds"]


def test_the_log_has_a_line_for_each_event(audited: Audited, failed: Workspace) -> None:
    good, bad = lines(audited.workspace), lines(failed)[len(lines(audited.workspace)) :]
    sources = [it for it in good if it["event"] == "source"]

    assert [it["event"] for it in good if it["event"] != "source"] == [
        "run_started", "stage", "stage", "stage", "stage", "run_published",
    ]  # fmt: skip
    assert {it["run_id"] for it in good} == {audited.outcome.run_id}
    assert all(it["seconds"] >= 0 and it["state"] == "complete" for it in sources)
    assert [it["event"] for it in bad] == ["run_started", "source", "run_failed"]
    assert bad[-1]["stage"] == "extract"
    assert "No source could be read" in bad[-1]["reason"]


def test_the_page_says_what_is_published_and_until_when(audited: Audited) -> None:
    page = audited.workspace.status_page.read_text()

    assert f"Up to date until {audited.outcome.window.until:%-d %b %Y %H:%M} UTC" in page
    assert all(f"<td>{name}</td>" in page for (name, *_) in rows(audited.workspace, EXTRACTED))


def test_the_page_of_a_failed_night_says_since_when_and_why(failed: Workspace) -> None:
    page = failed.status_page.read_text()
    since = datetime.fromisoformat(read_status(failed)["stale_since"])

    assert f"<h1>Stale since {since:%-d %b %Y %H:%M} UTC</h1>" in page
    assert "No source could be read" in page
    assert "The stage that failed is extract." in page
    assert "What is published is the last good audit." in page


def test_the_page_runs_nothing_and_loads_nothing(audited: Audited) -> None:
    page = audited.workspace.status_page.read_text()
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"default-src 'none'; style-src 'sha256-{digest}'" in page.replace("&#39;", "'")
    assert not re.search(r"<script|<img|<link|src=|https?:", page)


def test_what_a_source_says_is_no_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    status = {"stale_since": NOW.isoformat(), "reason": hostile}

    page = status_page(status, hostile, NOW)

    assert "<img" not in page
    assert page.count("&lt;img src=x") >= 2


def test_the_next_run_is_shown_where_a_server_knows_it(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/flow_runs/filter", method="POST").respond_with_json(
        [{"next_scheduled_start_time": "2026-11-04T02:30:00Z"}]
    )

    known = server.next_run(httpserver.url_for("/api"), NOW)

    assert known == "2026-11-04T02:30:00Z"
    assert "4 Nov 2026 02:30 UTC" in status_page({"next_run": known}, "night", NOW)


def test_a_server_that_answers_nonsense_knows_no_next_run(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/flow_runs/filter").respond_with_json({"detail": "what?"})

    assert server.next_run(httpserver.url_for("/api"), NOW) is None


def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PAGER_TOKEN", "canary-5f1d0c7a")
    workspace = Workspace(tmp_path)
    workspace.config.write_text(
        'organisation: Example\nsources:\n  pager: {type: pagerduty, token: "${PAGER_TOKEN}"}\n'
    )
    return Run(workspace, "20261103T020000Z-0000", Window(NOW - timedelta(days=1), NOW), NOW)


def test_no_secret_reaches_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = noted(tmp_path, monkeypatch)

    journal.note(run, "source", message="Token canary-5f1d0c7a was refused.", seconds=1.5)

    (line,) = lines(run.workspace)
    assert {**line, "at": None} == {
        "at": None,
        "event": "source",
        "run_id": run.run_id,
        "message": "Token … was refused.",
        "seconds": 1.5,
    }


def test_the_log_rotates_and_no_line_is_torn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = noted(tmp_path, monkeypatch)
    monkeypatch.setattr(journal, "_BYTES", 1000)

    for number in range(60):
        journal.note(run, "stage", stage="build", rows=number)

    kept = sorted(run.workspace.logs.iterdir())
    read = [json.loads(line)["rows"] for path in kept for line in path.read_text().splitlines()]
    assert len(kept) == 5
    assert all(path.stat().st_size <= 1000 for path in kept)
    assert sorted(read) == list(range(60 - len(read), 60))


def test_a_log_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = noted(tmp_path, monkeypatch)
    run.workspace.data.mkdir()
    run.workspace.logs.write_text("in the way")

    journal.note(run, "run_started")

    assert capsys.readouterr().err == ""
