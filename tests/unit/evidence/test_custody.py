"""Whoever reads is noted, and nobody is kept from reading."""

from __future__ import annotations

import fcntl
import json
import time
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.__main__ import main
from oncall_audit.evidence import custody, register
from oncall_audit.workspace import Workspace


def reads(workspace: Workspace) -> list[tuple[str, list[str]]]:
    return [(it["verb"], it["what"]) for it in register.read(workspace.custody)]


@pytest.mark.parametrize(
    ("words", "noted"),
    [
        (["sql", "select 'canary-4711' from findings join sessions using (session_id)"], ("sql", ["findings", "sessions"])),
        (["sql", "select nonsense from findings"], ("sql", ["findings"])),
        (["sql", "delete from published.audit.shifts"], ("sql", ["shifts"])),
        (["sql", "show tables"], ("sql", [])),
        (["findings", "list"], ("findings list", ["findings"])),
        (["findings", "show", "f-new"], ("findings show", ["f-new"])),
        (["access", "map"], ("access map", ["access_map"])),
        (["report", "--format", "md"], ("report", ["md"])),
    ],
)  # fmt: skip
def test_every_verb_that_reads_is_noted(
    workspace: Workspace, words: list[str], noted: tuple[str, list[str]]
) -> None:
    main([*words, "--workspace", str(workspace.root)])

    assert reads(workspace) == [noted]
    assert "canary" not in workspace.custody.read_text()


def test_a_note_says_who_when_and_of_which_publication(workspace: Workspace) -> None:
    custody.note(workspace, "sql", ["findings"])

    noted = json.loads(workspace.custody.read_text())
    assert (noted["publication"], bool(noted["by"])) == ("run-2", True)
    assert noted["at"].endswith("+00:00")


def test_a_workspace_that_cannot_be_written_is_read_all_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: Any, **__: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(register, "append", refuse)

    status = main(["findings", "list", "--workspace", str(workspace.root)])

    assert (status, capsys.readouterr().err) == (0, "")


def test_a_reader_waits_for_no_other_that_is_stuck(workspace: Workspace) -> None:
    custody.note(workspace, "sql", ["findings"])
    with workspace.custody.open("ab") as stuck:
        fcntl.flock(stuck, fcntl.LOCK_EX)
        began = time.monotonic()
        custody.note(workspace, "sql", ["sessions"])
        waited = time.monotonic() - began

    assert waited < 5
    assert reads(workspace) == [("sql", ["findings"])]


def test_to_read_makes_no_workspace(tmp_path: Path) -> None:
    custody.note(Workspace(tmp_path / "none"), "sql", ["findings"])

    assert not (tmp_path / "none").exists()
