"""The whole audit of the demo organisation through its public doors: right, twice, and in any order."""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oncall_audit.connectors.base import Window
from oncall_audit.demo import score, write_demo
from oncall_audit.errors import CheckFailed
from oncall_audit.pipeline.run import Outcome
from oncall_audit.pipeline.runner import read_status
from oncall_audit.pipeline.start import audit, audit_incident
from oncall_audit.warehouse.connection import connect_published
from oncall_audit.workspace import Workspace

TABLES = ("findings", "sessions", "access_events", "entitlements", "shifts", "coverage")


@dataclass(frozen=True)
class Audited:
    """A workspace after its first audit."""

    workspace: Workspace
    window: Window
    outcome: Outcome
    answers: object


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, object]:
    """Write the demo organisation once; tests take copies."""
    root = tmp_path_factory.mktemp("demo")
    return root, write_demo(root)


@pytest.fixture(scope="session")
def audited(written: tuple[Path, object], tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Audit a copy of the demo organisation once, directly."""
    source, answers = written
    root = tmp_path_factory.mktemp("audited") / "workspace"
    shutil.copytree(source, root)
    window = Window(answers.since, answers.until)
    outcome = audit(root, since=window.since, until=window.until)
    return Audited(Workspace(root), window, outcome, answers)


@pytest.fixture
def copy(audited: Audited, tmp_path: Path) -> Iterator[Workspace]:
    """A copy of the audited workspace to do things to."""
    root = tmp_path / "workspace"
    shutil.copytree(audited.workspace.root, root, symlinks=True)
    yield Workspace(root)
    shutil.rmtree(root)


def rows(workspace: Workspace, query: str) -> list[tuple[object, ...]]:
    with connect_published(workspace.published) as published:
        return published.execute(query).fetchall()


def findings(workspace: Workspace) -> set[tuple[object, ...]]:
    return set(rows(workspace, "select finding_id, rule_id, started_at, ended_at from findings"))


def content(workspace: Workspace, table: str) -> list[tuple[object, ...]]:
    # What says when or by which run a row was made, or where its copy of a file lies, may differ.
    drop = {
        "findings": "exclude (first_detected_run, raw_file)",
        "sessions": "",
        "access_events": "exclude (raw_file, raw_line)",
    }.get(table, "")
    return rows(workspace, f"select * {drop} from {table} order by all")


def test_every_planted_violation_is_found_and_nothing_else(audited: Audited) -> None:
    found = rows(
        audited.workspace,
        "select rule_id, engineer_id, account, resource_id, started_at, ended_at, system from findings",
    )
    names = ("rule_id", "engineer_id", "account", "resource_id", "started_at", "ended_at", "system")

    result = score(audited.answers, [dict(zip(names, row, strict=True)) for row in found])

    assert (result.missed, result.false) == ([], [])
    assert result.found == result.planted


def test_every_record_is_accounted_for(audited: Audited) -> None:
    totals = rows(
        audited.workspace,
        "select source_name, path from log_batches"
        " where records <> landed + duplicates + ignored + quarantined",
    )

    assert totals == []
    assert rows(audited.workspace, "select count(*) > 0 from log_batches") == [(True,)]


def test_a_second_run_finds_the_same_and_nothing_is_new(copy: Workspace, audited: Audited) -> None:
    before = findings(copy)

    again = audit(copy.root, since=audited.window.since, until=audited.window.until)

    assert findings(copy) == before
    assert again.new_findings == 0


def test_a_full_rebuild_gives_the_same_rows(copy: Workspace, audited: Audited) -> None:
    before = {table: content(copy, table) for table in TABLES}

    audit(copy.root, since=audited.window.since, until=audited.window.until, full_refresh=True)

    assert {table: content(copy, table) for table in TABLES} == before


def test_files_delivered_twice_under_other_names_change_nothing(
    copy: Workspace, audited: Audited
) -> None:
    before = findings(copy)
    for path in log_files(copy.root):
        shutil.copy2(path, path.with_name(f"again-{path.name}"))

    outcome = audit(copy.root, since=audited.window.since, until=audited.window.until)

    assert findings(copy) == before
    assert outcome.new_findings == 0


def test_shuffled_files_give_the_same_findings(
    written: tuple[Path, object], audited: Audited, tmp_path: Path
) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(written[0], root)
    order = random.Random(1)
    for path in log_files(root):
        shuffle(path, order)

    audit(root, since=audited.window.since, until=audited.window.until)

    assert findings(Workspace(root)) == findings(audited.workspace)
