"""What a good build read is known to the next one, and to no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from oncall_audit.warehouse import inputs
from oncall_audit.warehouse.connection import connect


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(tmp_path / "warehouse.duckdb") as connection:
        yield connection


def test_a_new_warehouse_knows_of_no_build(warehouse: duckdb.DuckDBPyConnection) -> None:
    assert inputs.recall(warehouse) == {}


def test_the_next_build_knows_what_the_last_one_read(warehouse: duckdb.DuckDBPyConnection) -> None:
    read = {"policy.services": inputs.digest("payments"), "landing.it's": inputs.digest("'")}
    inputs.remember(warehouse, {"policy.services": "of the build before"})
    inputs.remember(warehouse, read)

    assert inputs.recall(warehouse) == read


def test_after_a_build_that_did_not_end_nothing_is_known(
    warehouse: duckdb.DuckDBPyConnection,
) -> None:
    inputs.remember(warehouse, {"policy.services": inputs.digest("payments")})
    inputs.recall(warehouse)

    assert inputs.recall(warehouse) == {}


def test_contents_that_differ_have_digests_that_differ() -> None:
    contents = ["", "[]", "null", "ä", "a", "a\n"]

    assert len({inputs.digest(content) for content in contents}) == len(contents)
