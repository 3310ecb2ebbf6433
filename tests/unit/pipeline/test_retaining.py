"""What is kept no longer goes, noted first; everything that something rests on stays."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from oncall_audit.cli.retain import retain as verb
from oncall_audit.evidence import register
from oncall_audit.pipeline import retaining
from oncall_audit.retention import Retention
from oncall_audit.workspace import Workspace

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
CONTENTS = ("audit.duckdb", "evidence.zip", "report.html", "run.json")


def _publication(workspace: Workspace, days: int) -> Path:
    folder = workspace.publications / f"{NOW - timedelta(days=days):%Y%m%dT%H%M%SZ}-ab12"
    (folder / "csv").mkdir(parents=True)
    for name in (*CONTENTS, "csv/sessions.csv"):
        (folder / name).write_text(name)
    return folder


def _report(workspace: Workspace, days: int, name: str) -> Path:
    folder = workspace.data / "reports" / name
    folder.mkdir(parents=True)
    (folder / "report.md").write_text("Ada Abel")
    made = (NOW - timedelta(days=days)).timestamp()
    os.utime(folder, (made, made))
    return folder


def _names(folder: Path) -> list[str]:
    return sorted(it.name for it in folder.iterdir())


@pytest.fixture
def kept(workspace: Workspace) -> Workspace:
    """A workspace with publications of 119, 121, 400 and 401 days, and two reports."""
    for days in (119, 121, 400, 401):
        _publication(workspace, days)
    _report(workspace, 119, "for-the-auditor")
    _report(workspace, 121, "for-the-board")
    return workspace


def test_what_is_old_goes_and_the_packs_stay_longer(kept: Workspace) -> None:
    retaining.retain(kept, Retention(), NOW)

    found = {it.name: _names(it) for it in kept.publications.iterdir()}
    ages = {name: (NOW - retaining._made(kept.publications / name)).days for name in found}
    assert {ages[name]: parts for name, parts in found.items() if name != "run-2"} == {
        119: sorted([*CONTENTS, "csv"]),
        121: ["evidence.zip", "run.json"],
        400: ["evidence.zip", "run.json"],
    }
    assert _names(kept.data / "reports") == ["for-the-auditor"]


def test_the_current_publication_stays_however_old(workspace: Workspace) -> None:
    old = _publication(workspace, 1000)
    workspace.publication.unlink()
    workspace.publication.symlink_to(f"publications/{old.name}")

    retaining.retain(workspace, Retention(), NOW)

    assert _names(old) == sorted([*CONTENTS, "csv"])


def test_it_is_noted_before_it_goes_and_only_once(kept: Workspace) -> None:
    planned = retaining.planned(kept, Retention(), NOW)

    done = retaining.retain(kept, Retention(), NOW)

    assert done == planned
    [noted] = [it for it in register.read(kept.register) if it["kind"] == "retention"]
    assert noted["removed"] == [it.as_dict() for it in planned]
    assert {it["part"] for it in noted["removed"]} == {"packs", "publications", "reports"}
    assert str(kept.root) not in json.dumps(noted)
    assert retaining.retain(kept, Retention(), NOW) == []
    assert len(register.read(kept.register)) == 1


def test_without_limits_everything_stays(kept: Workspace) -> None:
    endless = Retention(publications_days=None, packs_days=None, reports_days=None)

    assert retaining.retain(kept, endless, NOW) == []
    assert not kept.register.exists()


def test_what_a_killed_call_left_goes_with_the_next(kept: Workspace) -> None:
    left = kept.data / "reports" / ".for-the-board.removed"
    (left / "csv").mkdir(parents=True)

    retaining.retain(kept, Retention(), NOW)

    assert not left.exists()


def test_a_dry_run_shows_it_and_removes_nothing(kept: Workspace) -> None:
    kept.config.write_text("organisation: Example\nretention: {tables: {sessions: 31}}\n")
    before = sorted(kept.data.rglob("*"))

    result = CliRunner().invoke(verb, ["--dry-run", "--json", "--workspace", str(kept.root)])

    rows = json.loads(result.output)
    # One of the two sessions is what an open finding is about.
    assert {"part": "tables", "what": "sessions", "amount": "1 rows, with the next run"} in rows
    assert sorted(kept.data.rglob("*")) == before
