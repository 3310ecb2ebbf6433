"""What is in a pack: whole populations of its scope, what made them, and bytes that come again."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oncall_audit import landing
from oncall_audit.landing.records import Batch, Commit, Part
from oncall_audit.reports import render
from oncall_audit.workspace import Workspace

from .conftest import UNTIL, publish


def table(pack: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(pack) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(name).decode())))


def manifest(pack: Path) -> dict[str, Any]:
    with zipfile.ZipFile(pack) as archive:
        said: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return said


@pytest.fixture
def database(workspace: Workspace) -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables that the next pack is made of, to be changed."""
    path = workspace.published.resolve()
    path.chmod(0o600)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as published")
        connection.execute("use published.audit")
        yield connection


def test_every_population_is_there_with_its_count(pack: Path) -> None:
    rows = {it["path"]: it.get("rows") for it in manifest(pack)["content"]["files"]}

    assert rows["population/sessions.csv"] == len(table(pack, "population/sessions.csv")) == 2
    assert rows["population/entitlements.csv"] == 2
    assert rows["population/shifts.csv"] == 1
    assert rows["coverage.csv"] == 48
    assert rows["findings.csv"] == 3


def test_control_totals_are_by_source_and_add_up(pack: Path) -> None:
    totals = {
        "source_name": "bastion", "batches": 1, "records": 100, "landed": 90, "duplicates": 5,
        "ignored": 3, "quarantined": 2,
    }  # fmt: skip

    assert manifest(pack)["content"]["control_totals"] == [totals]
    assert table(pack, "inputs/control_totals.csv") == [{k: str(v) for k, v in totals.items()}]
    assert table(pack, "inputs/log_batches.csv")[0]["sha256"] == "ab" * 32


def test_the_manifest_tells_of_coverage_findings_and_what_was_published(pack: Path) -> None:
    said = manifest(pack)
    database = pack.with_name("audit.duckdb")

    assert said["content"]["coverage"] == [
        {"source_name": "bastion", "seen": 44, "quiet": 1, "blind": 3}
    ]
    assert {
        (it["severity"], it["state"]): it["findings"] for it in said["content"]["findings"]
    } == {
        ("critical", "accepted"): 1,
        ("high", "open"): 1,
        ("medium", "open"): 1,
    }
    assert said["published"] == [
        {
            "path": "audit.duckdb",
            "bytes": database.stat().st_size,
            "sha256": hashlib.sha256(database.read_bytes()).hexdigest(),
        }
    ]


def received(workspace: Workspace, day: str, at: datetime) -> None:
    """Land a batch with records of a day."""
    with landing.Manifest(workspace.manifest) as manifest:
        number = manifest.start("bastion")
        name, on = f"b{number}", date.fromisoformat(day)
        batch = Batch(name, "bastion", "sshd", "messages", "auth.log", name, 1, 1, 1, 0, 0, 0, at)
        part = Part(f"{name}.parquet", name, "bastion", "sshd", "messages", on, 1, at, at)
        manifest.commit(Commit(number, "bastion", batches=[batch], parts=[part]))


def test_the_scope_is_the_window_and_the_days_to_which_something_came_late(
    workspace: Workspace, database: duckdb.DuckDBPyConnection
) -> None:
    workspace.config.write_text("organisation: Example\n")
    for name, day in (("early", "2026-03-31"), ("late", "2026-04-04"), ("older", "2026-02-01")):
        database.execute(
            f"insert into sessions (session_id, started_at, ended_at)"
            f" values ('{name}', '{day}', timestamp '{day}' + interval 1 hour)"
        )
    database.execute("checkpoint published")

    first = publish(workspace, "run-3")
    received(workspace, "2026-03-31", UNTIL)
    in_time = publish(workspace, "run-4")
    received(workspace, "2026-03-31", UNTIL + timedelta(minutes=1))
    of_incident = publish(workspace, "run-5", incident="i1")
    anew = publish(workspace, "run-6", full_refresh=True)
    late = publish(workspace, "run-7")

    def sessions(pack: Path) -> list[str]:
        return [row["session_id"] for row in table(pack, "population/sessions.csv")]

    assert sessions(late) == ["early", "s1", "s2"]
    assert manifest(late)["content"]["scope_since"] == "2026-03-31T00:00:00+00:00"
    for pack in (first, of_incident, in_time, anew):
        assert sessions(pack) == ["s1", "s2"]


def test_the_history_of_a_finding_is_told(
    workspace: Workspace, database: duckdb.DuckDBPyConnection
) -> None:
    workspace.config.write_text("organisation: Example\n")
    database.execute(
        "create table audit_actions as select 'a1' as action_id, 'f-done' as finding_id, 'e002' as"
        " engineer, 'accepted' as action, 'It is ours.' as reason,"
        " timestamp '2026-04-03 12:00' as acted_at, 'run-1' as run_id"
    )
    database.execute("checkpoint published")

    history = table(publish(workspace, "run-3"), "record/finding_history.csv")

    assert [
        (it["at"], it["state"], it["decided_by"], it["reason"])
        for it in history
        if it["finding_id"] == "f-done"
    ] == [
        ("2026-04-02T01:00:00Z", "open", "", ""),
        ("2026-04-03T12:00:00Z", "accepted", "e002", "It is ours."),
    ]


def test_a_formula_in_a_name_is_no_formula_in_a_pack(pack: Path) -> None:
    accounts = [it["account"] for it in table(pack, "population/identities.csv")]

    assert "'=cmd|' /C calc'!A0" in accounts
    assert not [it for it in accounts if it.startswith(("=", "+", "-", "@"))]


def test_the_same_again_gives_the_same_content_whoever_signs_and_wherever(
    workspace: Workspace, pack: Path, tmp_path: Path
) -> None:
    elsewhere = Workspace(tmp_path / "elsewhere")
    (elsewhere.publications / "run-2").mkdir(parents=True)
    shutil.copy(workspace.published, elsewhere.publications / "run-2")
    elsewhere.config.write_text("organisation: Example\n")

    again, other = publish(workspace, "run-4"), publish(elsewhere, "another-name")

    first, second, third = (manifest(it) for it in (pack, again, other))
    assert first["content_sha256"] == second["content_sha256"] == third["content_sha256"]
    assert first["content"] == second["content"] == third["content"]
    assert len({it["signing_key"]["fingerprint"] for it in (first, second, third)}) == 2


def test_other_findings_give_another_hash(
    workspace: Workspace, pack: Path, database: duckdb.DuckDBPyConnection
) -> None:
    database.execute("update findings set severity = 'low' where finding_id = 'f-new'")
    database.execute("checkpoint published")

    assert (
        manifest(pack)["content_sha256"] != manifest(publish(workspace, "run-4"))["content_sha256"]
    )


def test_content_does_not_depend_on_when_or_by_which_run_it_was_landed(
    workspace: Workspace, pack: Path, database: duckdb.DuckDBPyConnection
) -> None:
    database.execute("update log_batches set received_at = '2026-05-05', batch_id = 'b9'")
    database.execute("update findings set first_detected_run = 'run-9'")
    database.execute("checkpoint published")

    again = publish(workspace, "run-4")

    assert manifest(pack)["content_sha256"] == manifest(again)["content_sha256"]
    assert table(again, "record/received.csv")[0]["batch_id"] == "b9"


def test_the_same_files_give_the_same_bytes(pack: Path, tmp_path: Path) -> None:
    from oncall_audit.evidence import keys
    from oncall_audit.evidence import pack as packs
    from oncall_audit.evidence.time_stamp import Authority

    folder = tmp_path / "files"
    (folder / "record").mkdir(parents=True)
    (folder / "findings.csv").write_text("finding_id\nf1\n")
    (folder / "record" / "runs.csv").write_text("run_id\nr1\n")
    key = keys.kept(tmp_path / "key.pem", [])
    written = [tmp_path / name for name in ("first.zip", "second.zip")]
    for path in written:
        packs.write(
            path, folder, key, Authority(None),
            rows={}, content={"a": 1}, rest={"run": {}, "chain": {}},
        )  # fmt: skip

    assert written[0].read_bytes() == written[1].read_bytes()
    assert written[0].stat().st_mode & 0o777 == 0o444


def test_paths_below_the_workspace_begin_there(
    workspace: Workspace, database: duckdb.DuckDBPyConnection
) -> None:
    workspace.config.write_text("organisation: Example\n")
    root = workspace.root
    database.execute(
        f"update sessions set raw_file = '{root}/logs/auth.log' where session_id = 's1'"
    )
    database.execute(f"update sessions set raw_file = '{root}-2/auth.log' where session_id = 's2'")
    database.execute("checkpoint published")

    files = [it["raw_file"] for it in table(publish(workspace, "run-3"), "population/sessions.csv")]

    assert files == ["logs/auth.log", f"{root}-2/auth.log"]


def test_nothing_of_the_making_is_left(pack: Path) -> None:
    assert sorted(path.name for path in pack.parent.iterdir()) == ["audit.duckdb", "evidence.zip"]


def test_reports_name_the_key(workspace: Workspace, tmp_path: Path) -> None:
    told = {"run_id": "run-2", "signing_key": {"fingerprint": "f" * 64, "public_key": "MCow="}}
    workspace.published.resolve().with_name("run.json").write_text(json.dumps(told))

    for path in render(workspace.published.resolve(), tmp_path, ("html", "md")):
        assert "f" * 64 in path.read_text()
        assert "MCow=" in path.read_text()
