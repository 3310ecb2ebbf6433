"""The people of the demo's audit: hidden where that is asked, and found by who may."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from audits import Audited, rows
from named import named, people

from oncall_audit.__main__ import main
from oncall_audit.pipeline.start import audit

pytestmark = pytest.mark.slow


def test_no_report_of_the_demo_names_anybody(audited: Audited, tmp_path: Path) -> None:
    workspace = audited.workspace
    arguments = ["--output", str(tmp_path), "--workspace", str(workspace.root)]

    assert main(["report", "--pseudonymised", *arguments]) == 0

    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(paths) > 20
    assert named(paths, people(workspace.published)) == {}


_REMOVED = """
    select source_name, hour_start from audit.coverage where state = 'removed'
"""
_EVENTS = """
    select count(*) from audit.access_events as events
    join audit.coverage on events.source_name = coverage.source_name
        and date_trunc('hour', events.occurred_at) = coverage.hour_start
    where coverage.state = 'removed'
"""
_OPEN = """
    select session_id from audit.findings join audit.sessions using (session_id)
    where findings.state = 'open' order by all
"""


def test_what_retention_removes_is_told_and_what_is_open_keeps_its_evidence(
    copied: Audited,
) -> None:
    workspace, answers = copied.workspace, copied.answers
    opened = {row[0] for row in rows(workspace, _OPEN)}
    # The month in which the answers begin is over by so many days.
    limit = (datetime.now(UTC).date() - answers.since.date()).days - 31
    with workspace.config.open("a") as config:
        config.write(f"retention: {{landing_days: {limit}}}\n")

    audit(workspace.root, since=answers.since, until=answers.until)

    removed = rows(workspace, _REMOVED)
    assert removed, "some days have to go for this to show anything"
    assert rows(workspace, _EVENTS) == [(0,)]
    sessions = {row[0] for row in rows(workspace, "select session_id from audit.sessions")}
    assert opened <= sessions
    summary = json.loads((workspace.publication / "summary.json").read_text())
    assert any("removed by retention" in it for it in summary["messages"])
