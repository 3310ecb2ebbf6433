"""What becomes of a build in a process of its own is told as if it had been here."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from oncall_audit.aside import Aside
from oncall_audit.bounds import USUAL
from oncall_audit.errors import AuditError, CheckFailed
from oncall_audit.warehouse import aside, dbt
from oncall_audit.workspace import Workspace


@pytest.mark.parametrize(
    ("ends", "status", "told"),
    [
        ("return {'failure': 'sessions: no such column.'}", 3, "sessions: no such column."),
        ("os.kill(os.getpid(), 9)", 2, "Signal 9 ended dbt"),
    ],
)
def test_what_ended_a_build_is_told(
    ends: str, status: int, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "builds.py").write_text(
        "import os\nfrom oncall_audit.aside import answer\n"
        f"def made(asked, say):\n    {ends}\nanswer(made)\n"
    )
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))
    monkeypatch.setattr(aside, "_waiting", [Aside("builds")])

    with pytest.raises(AuditError, match=told) as ended:
        aside.build(Workspace(tmp_path), {}, bounds=USUAL, extent="everything", used=[])
    assert ended.value.exit_code == status


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
