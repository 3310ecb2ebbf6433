"""The people of the demo's audit: hidden where that is asked, and found by who may."""

from __future__ import annotations

from pathlib import Path

import pytest
from audits import Audited
from named import named, people

from oncall_audit.__main__ import main

pytestmark = pytest.mark.slow


def test_no_report_of_the_demo_names_anybody(audited: Audited, tmp_path: Path) -> None:
    workspace = audited.workspace
    arguments = ["--output", str(tmp_path), "--workspace", str(workspace.root)]

    assert main(["report", "--pseudonymised", *arguments]) == 0

    paths = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(paths) > 20
    assert named(paths, people(workspace.published)) == {}
