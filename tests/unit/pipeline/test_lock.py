"""Two runs never write one workspace at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.errors import AuditError
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.workspace import Workspace


def test_the_second_run_waits_and_then_refuses(tmp_path: Path) -> None:
    workspace, told = Workspace(tmp_path), []

    with (
        exclusive(workspace, patience_seconds=0, on_wait=told.append),
        pytest.raises(AuditError, match="Another run is writing"),
        exclusive(workspace, patience_seconds=0.01, on_wait=told.append),
    ):
        pass

    assert told == ["waiting for another run on this workspace to end"]


def test_the_lock_is_free_again_after_a_run_that_failed(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    with (
        pytest.raises(ZeroDivisionError),
        exclusive(workspace, patience_seconds=0, on_wait=print),
    ):
        raise ZeroDivisionError

    with exclusive(workspace, patience_seconds=0, on_wait=print):
        pass
