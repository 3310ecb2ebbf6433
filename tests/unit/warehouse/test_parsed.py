from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from oncall_audit.warehouse import parsed


class Reader:
    """Reads a project as dbt would, and counts how often it had to."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Manifest:
        self.times += 1
        return Manifest()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    return cache


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    (project / "model.sql").write_text("select 1 as one")
    return project


def test_a_project_is_read_once_while_it_stays(cache: Path, project: Path) -> None:
    read = Reader()
    parsed.manifest(project, read)
    parsed.manifest(project, read)
    assert read.times == 1


@pytest.mark.parametrize("name", ["model.sql", "other.yml", "seed.csv", "words.md"])
def test_a_changed_project_is_read_again(cache: Path, project: Path, name: str) -> None:
    read = Reader()
    parsed.manifest(project, read)
    (project / name).write_text("select 2 as two")
    parsed.manifest(project, read)
    assert read.times == 2


def test_a_damaged_reading_is_made_again(cache: Path, project: Path) -> None:
    read = Reader()
    parsed.manifest(project, read)
    (kept,) = cache.rglob("*.msgpack")
    kept.write_bytes(kept.read_bytes()[:100])
    parsed.manifest(project, read)
    parsed.manifest(project, read)
    assert read.times == 2


def test_a_folder_that_cannot_be_written_costs_only_time(cache: Path, project: Path) -> None:
    cache.write_text("a file where the folder should be")
    read = Reader()
    parsed.manifest(project, read)
    parsed.manifest(project, read)
    assert read.times == 2


def test_old_readings_are_cleared_away(cache: Path, project: Path) -> None:
    for number in range(8):
        (project / "model.sql").write_text(f"select {number} as number")
        parsed.manifest(project, Reader())
    assert len(list(cache.rglob("*.msgpack"))) == 5
    assert not list(cache.rglob("*.part"))
