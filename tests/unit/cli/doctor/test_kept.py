"""What runs have left: the publication, chains, keys, landed files and the warehouse."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from oncall_audit.connectors.base import Window
from oncall_audit.evidence import register
from oncall_audit.landing import land
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

from .conftest import checks


def test_a_stale_publication_is_told_with_the_reason(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace.publications / "20260101T000000Z-abcd"
    folder.mkdir(parents=True)
    (folder / "audit.duckdb").touch()
    workspace.publication.symlink_to(folder)
    status_file = workspace.data / "status.json"
    status_file.write_text(
        '{"stale_since": "2026-01-02T00:00:00+00:00", "reason": "The disk is full."}'
    )

    _, found = checks(capsys)

    assert found["publication"][0] == "note"
    assert found["publication"][1].startswith(
        "Stale since 2026-01-02 00:00 UTC: The disk is full. Mend"
    )


def test_an_audit_that_is_later_than_the_configuration_allows_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = workspace.publications / "20260101T000000Z-abcd"
    folder.mkdir(parents=True)
    (folder / "audit.duckdb").touch()
    workspace.publication.symlink_to(folder)
    ended = datetime.now(UTC) - timedelta(hours=30)
    record = {"kind": "run", "published": True, "ended_at": ended.isoformat()}
    register.append(workspace.register, {**record, "policy_sha256": "0" * 64})

    late = checks(capsys)[1]["publication"]
    with workspace.config.open("a") as config:
        config.write("late_after_hours: 48\n")
    allowed = checks(capsys)[1]["publication"]

    assert late[0] == "note"
    assert late[1].startswith(
        f"The last good audit ended {ended:%Y-%m-%d %H:%M} UTC, 30 hours ago."
    )
    assert allowed[0] == "ok"


def test_a_policy_that_was_changed_since_the_last_run_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    register.append(workspace.register, {"kind": "run", "policy_sha256": "0" * 64})

    _, changed = checks(capsys)
    with workspace.policy.open("a") as policy:
        policy.write("effective_from: 2026-03-01\n")
    _, declared = checks(capsys)

    assert changed["policy"][0] == declared["policy"][0] == "note"
    assert "holds from the next one on" in changed["policy"][1]
    assert "counts from 2026-03-01 00:00 UTC" in declared["policy"][1]


def test_a_run_that_is_under_way_is_named(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    free = checks(capsys)[1]["lock"]
    with exclusive(workspace, patience_seconds=0, on_wait=print):
        held = checks(capsys)[1]["lock"]

    assert free == ("ok", "no run is under way")
    assert held[0] == "note"
    assert held[1].startswith(f"Process {os.getpid()} on ")
    assert checks(capsys)[1]["lock"] == free


def test_a_register_that_was_touched_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        register.append(workspace.register, {"kind": "note", "number": number})
    whole = checks(capsys)[1]["register"]
    workspace.register.write_text(
        workspace.register.read_text().replace('"number":1', '"number":7')
    )

    status, found = checks(capsys)

    assert whole == ("ok", "3 lines, the chain is whole")
    assert (status, found["register"][0]) == (2, "fail")
    assert "Restore the file from a backup." in found["register"][1]


def test_a_key_that_cannot_be_read_fails(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    none_yet = checks(capsys)[1]["signing key"]
    workspace.signing_key.parent.mkdir(parents=True)
    workspace.signing_key.write_text("no key")

    status, found = checks(capsys)

    assert none_yet == ("note", "There is none yet; the first run makes one.")
    assert (status, found["signing key"][0]) == (2, "fail")


@pytest.fixture
def landed(workspace: Workspace) -> Workspace:
    """A workspace whose log of one record has landed."""
    (workspace.root / "logs" / "auth.log").write_text(
        "2026-03-02T08:00:00+00:00 box sshd[1]: Failed password for root from 192.0.2.1 port 22 ssh2\n"
    )
    source = load(workspace).sources[0]
    now = datetime.now(UTC)
    land(
        source.connector(workspace.root),
        source_name=source.name,
        system=source.system,
        window=Window(now - timedelta(days=1), now),
        folder=workspace.landing,
        now=now,
    )
    return workspace


def test_landed_files_that_vanished_fail_and_raw_ones_are_noted(
    landed: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    before = checks(capsys)[1]
    (part,) = landed.landing.rglob("*.parquet")
    part.unlink()
    (landed.root / "logs" / "auth.log").rename(landed.root / "logs" / "other.log")

    status, found = checks(capsys)

    assert before["landing"] == ("ok", "1 landed files are there")
    assert before["raw files"] == ("ok", "1 that were read are still there")
    assert (status, found["landing"][0], found["raw files"][0]) == (2, "fail", "note")
    assert (
        f"1 of 1 landed files are gone, among them {part.relative_to(landed.landing)}."
        in (found["landing"][1])
    )


def test_records_of_the_future_are_noted(
    landed: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    with sqlite3.connect(landed.manifest) as manifest:
        manifest.execute("update cursors set occurred_at = '2999-01-01 00:00:00.000000+00:00'")
    manifest.close()

    assert checks(capsys)[1]["clock of bastion"][0] == "note"


def test_a_warehouse_that_is_none_fails_and_may_be_removed(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.warehouse.parent.mkdir(parents=True)
    workspace.warehouse.write_text("torn" * 10_000)

    status, found = checks(capsys)

    assert (status, found["warehouse"][0]) == (2, "fail")
    assert "the next run builds it from what has landed" in found["warehouse"][1]
