"""A workspace in order, and what `doctor` says of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oncall_audit.__main__ import main
from oncall_audit.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "auth.log").write_text("x" * 2_000_000)
    workspace = Workspace(tmp_path)
    workspace.config.write_text(
        "organisation: Example\nsources:\n  bastion: {type: sshd, path: logs}\n"
    )
    workspace.policy.write_text("services: {a: {}}\nresources: {box: {kind: server, service: a}}\n")
    return workspace


def checks(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, tuple[str, str]]]:
    capsys.readouterr()
    status = main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    return status, {it["subject"]: (it["state"], it["text"]) for it in found}
