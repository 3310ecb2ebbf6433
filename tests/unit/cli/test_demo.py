from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.__main__ import main


def test_a_folder_with_own_files_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    status = main(["demo", str(tmp_path)])

    assert status == 2
    assert "is not empty, and no earlier demo. Name another folder." in capsys.readouterr().err
    assert (tmp_path / "mine.txt").read_text() == "mine"
