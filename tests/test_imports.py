"""The start of the command line is quick because the heavy packages wait until they are needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"prefect", "dbt", "great_expectations", "duckdb", "pandas", "pydantic", "rich", "yaml"}
LIGHT_VERBS = (["--help"], ["run", "--help"], ["doctor", "--help"], ["demo", "--help"])
_REPORT = (
    "import sys; from oncall_audit.__main__ import main; main({words});"
    " print(*sorted({names} & set(sys.modules)), file=sys.stderr)"
)


@pytest.mark.parametrize("words", LIGHT_VERBS, ids=" ".join)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    code = _REPORT.format(words=words, names=HEAVY)

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stderr.strip() == ""


@pytest.mark.parametrize("module", ["settings", "policy", "cli.diagnosis", "cli.run", "cli.rules"])
def test_settings_and_verbs_leave_the_frameworks_alone(module: str) -> None:
    frameworks = {"prefect", "dbt", "great_expectations", "pandas"}
    code = f"import sys, oncall_audit.{module}; print(*sorted({frameworks} & set(sys.modules)))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == ""
