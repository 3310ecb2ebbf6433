"""Packs follow each other: a replayed, left out or rewritten past shows."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.errors import VerificationFailed
from oncall_audit.evidence import custody, register
from oncall_audit.workspace import Workspace

from .conftest import problems, publish, verified


@pytest.fixture
def second(workspace: Workspace, pack: Path) -> Path:
    return publish(workspace, "run-4")


def manifest(pack: Path) -> dict[str, Any]:
    with zipfile.ZipFile(pack) as archive:
        said: dict[str, Any] = json.loads(archive.read("manifest.json"))
    return said


def reads(pack: Path) -> list[dict[str, Any]]:
    with zipfile.ZipFile(pack) as archive:
        lines = archive.read("record/custody.jsonl").splitlines()
    return [json.loads(line) for line in lines]


def test_a_pack_follows_the_one_before(pack: Path, second: Path) -> None:
    status, said = verified(second, "--previous", pack)

    assert (status, said["checks"]["previous"]) == (0, "follows the one of run run-3")
    assert manifest(pack)["chain"]["previous"] is None
    assert manifest(second)["chain"]["previous"] == verified(pack)[1]["manifest_sha256"]


def test_an_old_pack_replayed_does_not_follow(pack: Path, second: Path) -> None:
    for replayed, before in ((pack, second), (second, second), (pack, pack)):
        name = manifest(before)["run"]["run_id"]
        what = f"The pack does not follow the one of run {name}, which its register does not know."
        assert problems(replayed, "--previous", before) == [(None, what)]


def test_a_pack_left_out_is_named(workspace: Workspace, pack: Path, second: Path) -> None:
    third = publish(workspace, "run-5")

    assert problems(third, "--previous", pack) == [
        (None, "Between the pack and the one of run run-3 are those of run-4.")
    ]
    assert problems(third, "--previous", second) == []


def test_incidents_and_runs_that_were_killed_may_lie_between(
    workspace: Workspace, pack: Path
) -> None:
    publish(workspace, "run-4", incident="i1")
    register.append(workspace.register, {"kind": "manifest", "run_id": "killed", "sha256": "0"})
    latest = publish(workspace, "run-5")

    assert problems(latest, "--previous", pack) == []
    assert manifest(latest)["chain"]["previous"] == "0"


def test_an_altered_register_stops_the_next_pack(workspace: Workspace, pack: Path) -> None:
    lines = workspace.register.read_bytes()
    workspace.register.write_bytes(lines.replace(b'"run-3"', b'"run-9"', 1))

    with pytest.raises(VerificationFailed, match="chain is broken"):
        publish(workspace, "run-4")


def test_a_register_written_anew_does_not_follow_the_pack_before(
    workspace: Workspace, pack: Path
) -> None:
    first, _, *rest = (json.loads(line) for line in workspace.register.read_text().splitlines())
    packed = verified(pack)[1]["manifest_sha256"]
    workspace.register.unlink()
    # The chain is whole, and names the pack; what was before it is another past.
    for record in (
        {**first, "at": "2020-01-01"},
        {"kind": "manifest", "run_id": "run-3", "sha256": packed},
        *rest,
    ):
        record.pop("previous_sha256", None)
        register.append(workspace.register, record)

    found = problems(publish(workspace, "run-4"), "--previous", pack)

    assert found == [
        ("record/register.jsonl", "does not go on from the one in the pack of run run-3")
    ]


def test_reads_are_in_the_next_pack_once(workspace: Workspace, pack: Path) -> None:
    custody.note(workspace, "sql", ["sessions", "findings", "sessions"])
    custody.note(workspace, "report", ["html"])
    second, third = publish(workspace, "run-4"), publish(workspace, "run-5")

    assert [(it["verb"], it["what"], it["publication"]) for it in reads(second)] == [
        ("sql", ["findings", "sessions"], "run-2"),
        ("report", ["html"], "run-2"),
    ]
    assert reads(third) == []
    assert verified(second)[1]["checks"]["custody"] == "2 reads since the last pack"
    assert problems(third, "--previous", second) == []


@pytest.mark.parametrize("tampering", ["removed", "changed"])
def test_reads_that_were_removed_or_changed_are_told_by_the_next_pack(
    workspace: Workspace, pack: Path, tampering: str
) -> None:
    custody.note(workspace, "sql", ["sessions"])
    publish(workspace, "run-4")
    if tampering == "removed":
        workspace.custody.unlink()
    else:
        workspace.custody.write_bytes(workspace.custody.read_bytes().replace(b"sql", b"sqm"))
    third = publish(workspace, "run-5")

    assert "earlier ones were removed or changed" in verified(third)[1]["checks"]["custody"]
    assert problems(third) == []


def test_a_break_among_the_new_reads_is_told_too(workspace: Workspace, pack: Path) -> None:
    for table in ("sessions", "findings", "shifts"):
        custody.note(workspace, "sql", [table])
    workspace.custody.write_bytes(workspace.custody.read_bytes().replace(b"sessions", b"shifts"))

    second = publish(workspace, "run-4")

    assert [file for file, _ in problems(second)] == ["record/custody.jsonl"]
