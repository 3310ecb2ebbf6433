"""What becomes of a build in a process of its own is told as if it had been here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from oncall_audit.aside import Aside
from oncall_audit.bounds import USUAL
from oncall_audit.errors import CheckFailed
from oncall_audit.warehouse import aside, dbt
from oncall_audit.workspace import Workspace


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("return {'failure': 'sessions: no such column.'}", "sessions: no such column."),
        ("os.kill(os.getpid(), 9)", "signal 9 ended dbt"),
    ],
)
def test_what_ended_a_build_is_told(
    ends: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "builds.py").write_text(
        "import os\nfrom oncall_audit.aside import answer\n"
        f"def made(asked, say):\n    {ends}\nanswer(made)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    monkeypatch.setattr(aside, "_waiting", [Aside("builds")])

    with pytest.raises(CheckFailed, match=told):
        aside.build(Workspace(tmp_path), {}, bounds=USUAL, extent="everything", used=[])


@pytest.mark.slow
def test_a_build_without_anything_to_read_is_told_by_the_other_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    workspace.warehouse.parent.mkdir(parents=True)
    monkeypatch.setattr(aside, "_waiting", [Aside(aside.__name__)])
    monkeypatch.setattr(dbt, "build", lambda *_, **__: pytest.fail("It was built here."))

    with pytest.raises(CheckFailed, match="could not be built, so nothing was published"):
        aside.build(workspace, {}, bounds=USUAL, extent="everything", used=[])
