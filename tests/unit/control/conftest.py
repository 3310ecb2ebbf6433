from __future__ import annotations

from pathlib import Path

import pytest
from situation import Situation

from oncall_audit.workspace import Workspace


@pytest.fixture
def situation(tmp_path: Path) -> Situation:
    """A workspace in which nobody holds anything, and nobody should."""
    root = tmp_path / "workspace"
    root.mkdir()
    return Situation(Workspace(root))
