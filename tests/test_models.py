"""The dbt project builds on an empty landing zone, and every unit test of its models holds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from oncall_audit import landing
from oncall_audit.assets import asset
from oncall_audit.warehouse import control, systems
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
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONCALL_AUDIT_WAREHOUSE", str(warehouse))
        return built(folder)


def built(folder: Path) -> list[dict[str, str]]:
    """Run dbt as a night does, but on everything there is, unit tests and all."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project = asset("dbt_project")
    places = ["--project-dir", str(project), "--profiles-dir", str(project)]
    places += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    places += ["--vars", json.dumps({"systems": systems.systems(project)})]
    quiet = ["--log-level", "none", "--no-write-json"]
    try:
        done = dbtRunner().invoke([*quiet, "build", *places])
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert done.exception is None
    return [
        {"id": it.node.unique_id, "status": str(it.status), "message": str(it.message)}
        for it in done.result.results
    ]


def test_every_model_builds_and_every_unit_test_holds(results: list[dict[str, str]]) -> None:
    assert [it for it in results if it["status"] not in {"success", "pass"}] == []


def test_no_unit_test_is_left_out(results: list[dict[str, str]]) -> None:
    ran = Counter(it["id"].split(".")[0] for it in results)
    written = sum(
        path.read_text().count("    given:")
        for path in asset("dbt_project").joinpath("models").rglob("*.yml")
    )

    assert ran["unit_test"] == written > 100
