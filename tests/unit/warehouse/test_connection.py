"""Connections stay within the bounds that a site sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.bounds import Bounds
from oncall_audit.warehouse.connection import connect


def test_what_does_not_fit_in_memory_goes_to_the_folder_that_was_asked_for(tmp_path: Path) -> None:
    spill = tmp_path / "scratch"
    spill.mkdir()

    with connect(tmp_path / "a.duckdb", Bounds(1, "100MB", spill)) as connection:
        connection.execute(
            "create temp table large as select md5(n::varchar) as text from range(4_000_000) t(n)"
        )
        spilt = list(spill.rglob("*.tmp"))
        [(rows, texts)] = connection.execute(
            "select count(*), count(distinct text) from large"
        ).fetchall()

    assert (rows, texts) == (4_000_000, 4_000_000)
    assert spilt
    assert list(spill.rglob("*.tmp")) == []


def test_without_a_folder_of_its_own_it_goes_beside_the_file(tmp_path: Path) -> None:
    database = tmp_path / "a.duckdb"

    with connect(database, Bounds(1, "100MB")) as connection:
        connection.execute(
            "create temp table large as select md5(n::varchar) as text from range(4_000_000) t(n)"
        )
        names = {path.parent.name for path in tmp_path.rglob("*.tmp")}

    assert names == {"a.duckdb.spill"}


@pytest.mark.parametrize(
    ("memory", "half"), [("2GB", "1GB"), ("512MB", "256MB"), ("1.5 GiB", "0.75 GiB")]
)
def test_two_parts_that_are_at_work_at_once_have_half_the_memory_each(
    tmp_path: Path, memory: str, half: str
) -> None:
    bounds = Bounds(3, memory, tmp_path).half()

    assert bounds == Bounds(3, half, tmp_path)
