"""Every file below a folder is found, and no link leads out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.connectors.files import find_files, log_files
from oncall_audit.errors import SourceMissing


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "logs"
    for name in ("b/b.json", "b/a.json.gz", "a.JSON", "b/.c/d.json", "b/notes.txt", ".e.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (folder / "link.json").symlink_to(folder / "b" / "b.json")
    (folder / "folder.json").symlink_to(folder / "b")
    (folder / "nowhere.json").symlink_to(folder / "gone.json")
    (folder / "circle.json").symlink_to(folder / "circle.json")
    return folder


FOUND = ["a.JSON", "b/.c/d.json", "b/a.json.gz", "b/b.json", "link.json"]


def test_files_are_found_in_every_folder_below_and_sorted(folder: Path) -> None:
    assert find_files(folder, ".json") == sorted(folder / name for name in FOUND)
    assert log_files(folder) == sorted(folder / name for name in [*FOUND, "b/notes.txt"])


def test_a_file_is_taken_whatever_it_is_called_and_a_pattern_for_what_it_matches(
    folder: Path,
) -> None:
    assert find_files(folder / ".e.json", ".csv") == [folder / ".e.json"]
    assert find_files(folder / "b" / "*.t?t", ".json") == [folder / "b" / "notes.txt"]


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "shadow").touch()
    (folder / "b" / "shadow").symlink_to(tmp_path / "shadow")

    with pytest.raises(SourceMissing, match="is a link out of"):
        find_files(folder)


def test_only_a_log_may_have_no_files_yet_and_only_in_a_folder_that_is_there(
    tmp_path: Path,
) -> None:
    assert log_files(tmp_path) == log_files(tmp_path / "*.log") == []
    for path in (tmp_path / "gone", tmp_path / "gone" / "*.log", tmp_path / "a.log"):
        with pytest.raises(SourceMissing, match="holds no file"):
            log_files(path)
    with pytest.raises(SourceMissing, match=r"holds no files ending in \.json"):
        find_files(tmp_path, ".json")
