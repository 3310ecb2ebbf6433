"""A backup is one whole moment of a workspace, whoever writes while it is made."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from oncall_audit.__main__ import main
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.landing import Manifest
from oncall_audit.pipeline import backup
from oncall_audit.pipeline.backup import back_up
from oncall_audit.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with something of each kind in it."""
    workspace = Workspace(tmp_path / "workspace")
    for name in (
        "oncall-audit.yml",
        "policy.yml",
        ".env",
        "logs/auth.log",
        "data/keys/signing.pem",
        "data/reviews/made.json",
        "data/landing/hosts/events/day=2026-03-02/b1-0.parquet",
        "data/landing/.staging/hosts/half.parquet",
        "data/publications/run-1/audit.duckdb",
        "data/publications/.run-2/audit.duckdb",
        "data/warehouse/warehouse.duckdb",
        "data/logs/oncall-audit.jsonl",
    ):
        path = workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    workspace.publication.symlink_to("publications/run-1")
    with Manifest(workspace.manifest) as manifest:
        manifest.start("hosts")
    for number in range(3):
        register.append(workspace.register, {"kind": "note", "number": number})
    return workspace


def held(root: Path) -> set[str]:
    return {str(it.relative_to(root)) for it in root.rglob("*") if it.is_symlink() or it.is_file()}


def test_what_cannot_be_made_again_is_copied_and_nothing_else(
    workspace: Workspace, tmp_path: Path
) -> None:
    made = back_up(workspace, tmp_path / "copy")
    copy = Workspace(made.folder)

    assert held(copy.root) == {
        ".env",
        "SHA256SUMS",
        "oncall-audit.yml",
        "policy.yml",
        "data/keys/signing.pem",
        "data/landing/hosts/events/day=2026-03-02/b1-0.parquet",
        "data/landing/manifest.sqlite",
        "data/publication",
        "data/publications/run-1/audit.duckdb",
        "data/register.jsonl",
        "data/reviews/made.json",
    }
    assert copy.published.read_text() == "data/publications/run-1/audit.duckdb"
    assert register.read(copy.register) == register.read(workspace.register)
    with closing(sqlite3.connect(copy.manifest)) as manifest:
        assert manifest.execute("select source_name from started").fetchall() == [("hosts",)]
    assert copy.root.stat().st_mode & 0o077 == 0


def test_the_sums_are_those_of_the_files(workspace: Workspace, tmp_path: Path) -> None:
    made = back_up(workspace, tmp_path / "copy")
    lines = (made.folder / "SHA256SUMS").read_text().splitlines()
    said = {line[66:]: line[:64] for line in lines}

    assert said == {
        name: hashlib.sha256((made.folder / name).read_bytes()).hexdigest()
        for name in held(made.folder) - {"SHA256SUMS", "data/publication"}
    }
    assert made.files == len(said)


def test_a_decision_that_is_written_meanwhile_is_whole_or_not_there(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = register.whole

    def decided(path: Path) -> bytes:
        # Somebody signs a review: its file first, then the line that names it.
        if path == workspace.register:
            (workspace.reviews / "signed.json").write_text("signed")
            register.append(workspace.register, {"kind": "signature", "review": "signed.json"})
        return whole(path)

    monkeypatch.setattr(backup.register, "whole", decided)
    copy = Workspace(back_up(workspace, tmp_path / "copy").folder)

    named = [it["review"] for it in register.read(copy.register) if it["kind"] == "signature"]
    assert named == ["signed.json"]
    assert (copy.reviews / "signed.json").read_text() == "signed"


def test_what_is_interrupted_leaves_no_backup_and_the_next_one_is_whole(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_folder: Path) -> tuple[int, int]:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_write_sums", full)
        with pytest.raises(OSError, match="No space"):
            back_up(workspace, tmp_path / "copy")

    assert not (tmp_path / "copy").exists()
    assert back_up(workspace, tmp_path / "copy").folder.is_dir()


@pytest.mark.parametrize(
    ("target", "words"),
    [("workspace/data/copy", "lies in the workspace itself"), ("workspace", "is there already")],
)
def test_a_place_that_cannot_be_is_refused(
    workspace: Workspace, tmp_path: Path, target: str, words: str
) -> None:
    with pytest.raises(ConfigurationError, match=words):
        back_up(workspace, tmp_path / target)


def test_the_verb_says_what_it_did(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["backup", "--workspace", str(workspace.root)]

    assert main([*words, str(tmp_path / "one")]) == 0
    assert "keep it as safe as these" in capsys.readouterr().out
    assert main([*words, str(tmp_path / "two"), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["folder"], said["elsewhere"]) == (str(tmp_path / "two"), 0)
