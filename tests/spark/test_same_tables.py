"""The demo's audit, built by both engines: every published table the same, row for row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from oncall_audit.connectors.base import Window
from oncall_audit.pipeline.run import Run

if TYPE_CHECKING:
    from audits import Audited
    from pyspark.sql import SparkSession

    from oncall_audit.spark.comparing import Compared

pytestmark = [
    pytest.mark.slow,
    # A connection of py4j lives as long as what Java keeps for it, whatever Python thinks of that.
    pytest.mark.filterwarnings(
        "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
    ),
]


@dataclass(frozen=True)
class Built:
    """The audited workspace and its tables on Spark."""

    spark: SparkSession
    warehouse: Path
    folder: Path

    def compare(self, name: str) -> dict[str, Compared]:
        """Hold every published table against DuckDB's."""
        from oncall_audit.spark.comparing import compare

        found = compare(self.spark, self.warehouse, self.folder / name)
        return {it.table: it for it in found}


@pytest.fixture(scope="module")
def built(spark: SparkSession, spark_folder: Path, audited: Audited) -> Built:
    """Build the demo on Spark once."""
    from oncall_audit.spark.building import build

    now = datetime.now(UTC)
    build(spark, Run(audited.workspace, "spark", Window(now, now), now), spark_folder)
    return Built(spark, audited.workspace.warehouse, spark_folder)


def test_every_published_table_has_the_same_rows(built: Built) -> None:
    found = built.compare("compared")
    assert {name: it for name, it in found.items() if not it.is_same} == {}
    # Nothing equals nothing: what the demo is made to show must be there.
    assert found["findings"].rows > 100
    assert found["access_events"].rows > 1000


def test_a_planted_difference_is_seen(built: Built) -> None:
    """One letter of one finding, and one row twice."""
    for table, change in {
        "findings": "select * except (summary), if(place = 1, summary || '.', summary) as summary",
        "coverage": "select * except (times), explode(if(place = 1, array(1, 2), array(1))) as times",
    }.items():
        rows = built.spark.table(f"audit.{table}")
        rows.createOrReplaceTempView("kept")
        columns = ", ".join(f"`{name}`" for name in rows.columns)
        ordered = f"select *, row_number() over (order by {columns}) as place, 0 as times from kept"
        made = built.spark.sql(f"select {columns} from ({change} from ({ordered}))")
        made.write.saveAsTable(f"audit.{table}_changed")
        built.spark.sql(f"alter table audit.{table} rename to audit.{table}_kept")
        built.spark.sql(f"alter table audit.{table}_changed rename to audit.{table}")
    try:
        found = built.compare("planted")
    finally:
        for table in ("findings", "coverage"):
            built.spark.sql(f"drop table audit.{table}")
            built.spark.sql(f"alter table audit.{table}_kept rename to audit.{table}")
    wrong = {name: (it.only_duckdb, it.only_spark) for name, it in found.items() if not it.is_same}
    assert wrong == {"findings": (1, 1), "coverage": (0, 1)}
