"""The wheel holds the package and exactly the parts of the repository that a run needs."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SHIPPED = (
    "dbt_project/dbt_project.yml",
    "dbt_project/profiles.yml",
    "dbt_project/models",
    "dbt_project/macros",
    "dbt_project/seeds",
    "expectations",
    "deployments",
)

pytestmark = pytest.mark.slow


def kept_by_git(*paths: str) -> set[str]:
    """Return what git has, or would take, below the paths."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    return {path for path in listed.stdout.splitlines() if (REPOSITORY / path).exists()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*command, str(REPOSITORY)], capture_output=True, check=True)
    [path] = folder.glob("*.whl")
    return set(zipfile.ZipFile(path).namelist())


def test_its_assets_are_what_git_keeps(wheel: set[str]) -> None:
    prefix = "oncall_audit/_assets/"

    assets = {name.removeprefix(prefix) for name in wheel if name.startswith(prefix)}

    assert assets == kept_by_git(*SHIPPED)


def test_its_package_is_what_git_keeps(wheel: set[str]) -> None:
    package = {f"flows/{name}" for name in wheel if name.startswith("oncall_audit/")}

    assert {name for name in package if "/_assets/" not in name} == kept_by_git("flows")


def test_it_brings_nothing_else_to_the_top_level(wheel: set[str]) -> None:
    assert {name.partition("/")[0] for name in wheel} == {
        "oncall_audit",
        "oncall_audit-0.1.0.dist-info",
    }
