"""The dbt project builds on an empty landing zone, and every unit test of its models holds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from oncall_audit import landing
from oncall_audit.assets import asset
from oncall_audit.warehouse import control
from oncall_audit.warehouse.connection import connect

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, str]]:
    """Build everything, unit tests and all, over landing views without a row."""
    folder = tmp_path_factory.mktemp("models")
    warehouse = folder / "warehouse.duckdb"
    with landing.Manifest(folder / "manifest.sqlite") as manifest, connect(warehouse) as connection:
        control.write(connection, {}, {})
        landing.views(connection, manifest)
    done = subprocess.run(
        [sys.executable, "-m", "dbt.cli.main", *arguments(folder)],
        env=os.environ | {"ONCALL_AUDIT_WAREHOUSE": str(warehouse)},
        capture_output=True,
        text=True,
        check=False,
    )
    report = folder / "target" / "run_results.json"
    assert report.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    return [
        {"id": it["unique_id"], "status": it["status"], "message": str(it["message"])}
        for it in json.loads(report.read_text())["results"]
    ]


def arguments(folder: Path) -> list[str]:
    project = str(asset("dbt_project"))
    places = ["--project-dir", project, "--profiles-dir", project]
    places += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    return ["--no-use-colors", "build", *places]


def test_every_model_builds_and_every_unit_test_holds(results: list[dict[str, str]]) -> None:
    assert [it for it in results if it["status"] not in {"success", "pass"}] == []


def test_no_unit_test_is_left_out(results: list[dict[str, str]]) -> None:
    ran = Counter(it["id"].split(".")[0] for it in results)
    written = sum(
        path.read_text().count("    given:")
        for path in asset("dbt_project").joinpath("models").rglob("*.yml")
    )

    assert ran["unit_test"] == written > 100
