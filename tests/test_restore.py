"""What a backup holds is enough: restored elsewhere, an audit goes on as if nothing had been."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audits import tables
from nights import Nights

from oncall_audit.__main__ import main
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow


def test_a_restored_workspace_finds_what_the_lost_one_would_have(
    nights: Nights, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lost, restored = nights.tonight(tmp_path / "lost"), Workspace(tmp_path / "restored")
    assert main(["backup", str(tmp_path / "copy"), "--workspace", str(lost.root)]) == 0
    before = register.whole(lost.register)
    last = lost.publication.readlink()
    shutil.copytree(tmp_path / "copy", restored.root, symlinks=True)
    for part in ("logs", "exports"):
        shutil.move(lost.root / part, restored.root / part)
    shutil.rmtree(lost.root)

    assert main(nights.run(restored)) == 0

    assert tables(restored) == nights.expected
    assert register.whole(restored.register).startswith(before)
    packs = [str(restored.data / it / "evidence.zip") for it in (restored.publication, last)]
    capsys.readouterr()
    assert main(["verify", packs[0], "--previous", packs[1]]) == 0
