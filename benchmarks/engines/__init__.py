"""The shared part of the work, once for each engine of `peers.py`, with the same plan in each.

An engine is a generator `run(folder)` that ends a part of the work at each `yield`, with a function
that gives the part's rows: times in microseconds, days as ISO text. What that costs is not measured.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

GAP_US, BURST_US, BURST = 1_800_000_000, 900_000_000, 10
# The grace of a shift.
BEFORE_US, AFTER_US = 900_000_000, 1_800_000_000
THREADS = 2
KEY, PERMISSION = ["account", "resource"], ["account", "resource", "permission"]
Rows = list[tuple[Any, ...]]
Part = tuple[str, Callable[[], Rows]]

ENGINES = {
    "duckdb_sql": "DuckDB",
    "polars_frames": "polars",
    "chdb_sql": "chdb",
    "pandas_frames": "pandas",
    "python_loop": "Python, event by event",
}
