"""A Spark of this machine, where there are pyspark, dbt-spark and Java."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def _lacking() -> list[str]:
    modules = ("pyspark", "sqlglot", "dbt.adapters.spark")
    found = [name for name in modules if importlib.util.find_spec(name) is None]
    return found + ([] if shutil.which("java") else ["Java"])


@pytest.fixture(scope="session")
def spark_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Spark keeps what it makes."""
    return tmp_path_factory.mktemp("spark")


@pytest.fixture(scope="session")
def spark(spark_folder: Path) -> Iterator[SparkSession]:
    """One Spark for all tests: a second in the same process would be the first."""
    if lacking := _lacking():
        pytest.skip(f"Spark is not there: {', '.join(lacking)} lacking (see `make spark`).")
    from oncall_audit.spark.session import local

    with local(spark_folder) as session:
        yield session
