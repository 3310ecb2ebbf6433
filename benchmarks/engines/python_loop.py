"""Python: one event after the other, as they come by time."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engines import AFTER_US, BEFORE_US, BURST, BURST_US, GAP_US, KEY, PERMISSION, Part, Rows


def run(folder: Path) -> Iterator[Part]:
    """One event after the other, as they come by time: what rules written in Python do."""
    open_until: dict[tuple[str, str], list[Any]] = {}
    sessions: Rows = []
    for account, resource, at in _events(folder, "is_member"):
        session = open_until.get((account, resource))
        if session and at - session[3] <= GAP_US:
            session[3], session[4] = at, session[4] + 1
            continue
        if session:
            sessions.append(tuple(session))
        open_until[account, resource] = [account, resource, at, at, 1]
    sessions += map(tuple, open_until.values())
    yield "sessions", lambda: sessions

    windows = _windows(folder)
    overlap = []
    for account, resource, begin, end, _ in sessions:
        opens, closes = windows.get(account, ((), ()))
        inside = 0
        for number in range(max(0, bisect_right(opens, begin) - 1), bisect_right(opens, end)):
            inside += max(0, min(end, closes[number]) - max(begin, opens[number]))
        overlap.append((account, resource, begin, inside, end - begin - inside))
    yield "overlap", lambda: overlap

    recent: dict[str, deque[int]] = defaultdict(deque)
    days: dict[tuple[str, int], list[int]] = {}
    for account, _, at in _events(folder, "is_failed_login"):
        tries = recent[account]
        tries.append(at)
        while tries[0] < at - BURST_US:
            tries.popleft()
        day = days.setdefault((account, at // 86_400_000_000), [0, 0, 0])
        day[0], day[1] = day[0] + 1, max(day[1], len(tries))
        if len(tries) >= BURST and not day[2]:
            day[2] = tries[0]
    epoch = date(1970, 1, 1)
    yield (
        "bursts",
        lambda: [
            (account, str(epoch + timedelta(days=day)), *it)
            for (account, day), it in days.items()
            if it[1] >= BURST
        ],
    )

    first, second = (set(_table(folder / f"rights-{n}.parquet", PERMISSION)) for n in (1, 2))
    drift = [("added", *key) for key in second - first]
    drift += [("removed", *key) for key in first - second]
    yield "drift", lambda: drift


def _events(folder: Path, condition: str) -> Iterator[tuple[Any, ...]]:
    wanted = [*KEY, "occurred_at", condition]
    for *event, is_wanted in _table(folder / "events.parquet", wanted):
        if is_wanted:
            yield tuple(event)


def _table(path: Path, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    for batch in pq.ParquetFile(path).iter_batches(columns=columns):
        lists = [
            (it.cast(pa.int64()) if pa.types.is_timestamp(it.type) else it).to_pylist()
            for it in (batch.column(name) for name in columns)
        ]
        yield from zip(*lists, strict=True)


def _windows(folder: Path) -> dict[str, tuple[list[int], list[int]]]:
    found: dict[str, tuple[list[int], list[int]]] = {}
    shifts = _table(folder / "shifts.parquet", ["engineer", "started_at", "ended_at"])
    for engineer, begin, end in sorted(shifts):
        opens, closes = found.setdefault(engineer, ([], []))
        if closes and begin - BEFORE_US <= closes[-1]:
            closes[-1] = max(closes[-1], end + AFTER_US)
        else:
            opens.append(begin - BEFORE_US)
            closes.append(end + AFTER_US)
    return found
