"""A Spark of this machine alone, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# What the answers rest on, wherever Spark runs; docs/spark.md says why.
MEANING = {
    "spark.sql.session.timeZone": "UTC",
    # dbt-spark turns it off for what it builds, whatever is asked for.
    "spark.sql.ansi.enabled": "false",
    "spark.sql.legacy.sizeOfNull": "false",
    # DuckDB's TIMESTAMP is written as one without a zone; here it is one in UTC.
    "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
    "spark.sql.timestampType": "TIMESTAMP_LTZ",
}
# A night of a demo is little: making code for a plan takes longer than going through it.
_SMALL = {
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "100000",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Java's regular expressions go as deep as a statement is long.
    "spark.driver.extraJavaOptions": "-Xss16m",
    "spark.driver.memory": "2g",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
}


@contextmanager
def local(folder: Path, *, threads: int = 2) -> Iterator[SparkSession]:
    """Start Spark in this process, with all that it writes below `folder`; stop it at the end."""
    from pyspark.sql import SparkSession

    folder.mkdir(parents=True, exist_ok=True)
    builder = SparkSession.builder.master(f"local[{threads}]").appName("oncall-audit")
    places = {
        "spark.sql.warehouse.dir": str(folder / "tables"),
        "spark.local.dir": str(folder / "local"),
    }
    for name, value in {**MEANING, **_SMALL, **places}.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        spark.stop()
