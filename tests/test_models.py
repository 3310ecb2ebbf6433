"""The dbt project builds on an empty landing zone, and every unit test of its models holds."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, cast

import pytest

from oncall_audit import connectors, landing
from oncall_audit.assets import asset
from oncall_audit.connectors.base import LogTable
from oncall_audit.warehouse import control, parsed, systems
from oncall_audit.warehouse.connection import connect

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models") / "warehouse.duckdb"


@pytest.fixture(scope="module")
def results(manifest: Manifest, warehouse: Path) -> list[dict[str, str]]:
    """Build everything, unit tests and all, over landing views without a row."""
    folder = warehouse.parent
    with landing.Manifest(folder / "manifest.sqlite") as landed, connect(warehouse) as connection:
        control.write(connection, {}, {})
        landing.views(connection, landed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONCALL_AUDIT_WAREHOUSE", str(warehouse))
        return built(folder, manifest)


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """Read the project as dbt does."""
    folder = tmp_path_factory.mktemp("manifest")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONCALL_AUDIT_WAREHOUSE", str(folder / "warehouse.duckdb"))
        return cast("Manifest", dbt("parse", folder).result)


def dbt(command: str, folder: Path, manifest: Manifest | None = None) -> dbtRunnerResult:
    """Have dbt work as a night does, but on everything there is, unit tests and all."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    project = asset("dbt_project")
    places = ["--project-dir", str(project), "--profiles-dir", str(project)]
    places += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    places += ["--vars", json.dumps({"systems": systems.systems(project)})]
    quiet = ["--log-level", "none", "--no-write-json"]
    try:
        done = dbtRunner(manifest=manifest).invoke([*quiet, command, *places])
    finally:
        DuckDBConnectionManager.close_all_connections()
    assert done.exception is None
    return done


def built(folder: Path, manifest: Manifest) -> list[dict[str, str]]:
    """Build, and return how each node ended."""
    # Whoever reads it otherwise shall find it as it is read.
    done: Any = dbt("build", folder, manifest.deepcopy())
    return [
        {"id": it.node.unique_id, "status": str(it.status), "message": str(it.message)}
        for it in done.result.results
    ]


def test_every_model_builds_and_every_unit_test_holds(results: list[dict[str, str]]) -> None:
    assert [it for it in results if it["status"] not in {"success", "pass"}] == []


def test_no_table_has_numbers_that_take_a_hundred_times_as_long_to_read(
    results: list[dict[str, str]], warehouse: Path
) -> None:
    # What `sum` of whole numbers gives, until somebody says otherwise.
    with connect(warehouse, read_only=True) as connection:
        wide = connection.execute(
            "select table_name, column_name from duckdb_columns() where data_type = 'HUGEINT'"
            " and table_name in (select table_name from duckdb_tables())"
        ).fetchall()

    assert (len(results) > 700, wide) == (True, [])


def test_no_unit_test_is_left_out(results: list[dict[str, str]]) -> None:
    ran = Counter(it["id"].split(".")[0] for it in results)
    written = sum(
        path.read_text().count("    given:")
        for path in asset("dbt_project").joinpath("models").rglob("*.yml")
    )

    assert ran["unit_test"] == written > 100


# What two runs of the same model over the same rows may see differently.
_FLEETING = re.compile(
    r"\b(?:now|today|random|setseed|gen_random_uuid|uuid\w*|nextval|get_current_\w+|current_setting"
    r"|transaction_timestamp|txid_current|read_\w+|glob|getenv|getvariable)\s*\("
    r"|\bcurrent_(?:date|time|timestamp|localtime\w*)\b|\blocaltime(?:stamp)?\b"
    r"|\b(?:run_started_at|invocation_id|env_var|modules|run_query|load_result)\b"
    r"|\busing sample\b|\btablesample\b",
    re.IGNORECASE,
)
# What makes a relation of a model, and what checks it, are asked by dbt and not by a model; what is
# kept asks models that it depends on.
_OF_DBT = {"table", "view", "incremental", "is_replaced", "kept_by_day", "kept_until"}


def test_a_model_says_the_same_whenever_it_reads_the_same() -> None:
    project = asset("dbt_project")
    texts = [*project.joinpath("models").rglob("*.sql"), *project.joinpath("macros").glob("*.sql")]
    fleeting = {
        (path.stem, word[0])
        for path in texts
        if path.stem not in _OF_DBT and not path.stem.startswith("spark")
        for word in _FLEETING.finditer(path.read_text())
    }

    assert len(texts) > 400
    assert fleeting == set()


def above(manifest: Manifest, key: str, ends: str) -> set[str]:
    """Walk up from a node; what is materialized as it `ends` is the last of its line."""
    found: set[str] = set()
    next_ones = [key]
    while next_ones:
        node = manifest.nodes[next_ones.pop()]
        new = {it for it in getattr(node.depends_on, "nodes", ()) if it not in found}
        found |= new
        next_ones += [
            it
            for it in new
            if it in manifest.nodes and manifest.nodes[it].config.materialized != ends
        ]
    return found


def test_a_table_reads_logs_by_day_only_through_one_that_keeps_its_days(manifest: Manifest) -> None:
    # On a night without a new day all log views are empty, and what does not keep its rows stays.
    of_days = {"opened_days"} | {
        f"{kind}__{table.name}"
        for kind in connectors.names()
        for table in connectors.tables(kind)
        if isinstance(table, LogTable)
    }
    # What reads the run is made every night.
    tables = [
        key
        for key, node in manifest.nodes.items()
        if node.config.materialized == "table"
        and not any(it.endswith(".control.run") for it in above(manifest, key, ""))
    ]
    reached = {
        (manifest.nodes[key].name, manifest.sources[it].identifier)
        for key in tables
        for it in above(manifest, key, "incremental")
        if it in manifest.sources
    }

    assert len(tables) > 30
    assert {table for _, table in reached} >= {"policy_versions"}
    assert [it for it in sorted(reached) if it[1] in of_days] == []


def test_tables_that_are_due_are_made_in_the_order_of_the_whole_project(manifest: Manifest) -> None:
    random = Random(5)
    sources = sorted(f"{it.schema}.{it.identifier}" for it in manifest.sources.values())
    for share in (0, 30, 60, 90, len(sources) - 1):
        read = manifest.deepcopy()
        parsed.keep_due(read, random.sample(sources, share))

        due = {key for key, node in read.nodes.items() if parsed.DUE in node.tags}
        assert due
        for key in due:
            before, now = (above(it, key, "") & due for it in (manifest, read))
            assert (key, now) == (key, before)
