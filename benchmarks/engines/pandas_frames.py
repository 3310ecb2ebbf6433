"""pandas: frames that are whole in memory; the intervals of a person are joined, then filtered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from engines import AFTER_US, BEFORE_US, BURST, BURST_US, GAP_US, KEY, PERMISSION, Part, Rows


def run(folder: Path) -> Iterator[Part]:
    """Frames that are whole in memory; the intervals of a person are joined and then filtered."""
    gap, burst = pd.Timedelta(GAP_US, "us"), pd.Timedelta(BURST_US, "us")
    events = pd.read_parquet(folder / "events.parquet", filters=[("is_member", "==", True)],
                             columns=[*KEY, "occurred_at"])  # fmt: skip
    slots = (
        events.groupby([*KEY, events.occurred_at.dt.floor("30min").rename("slot")], sort=True)
        .occurred_at.agg(first_at="min", last_at="max", actions="size")
        .reset_index()
    )
    pause = slots.first_at - slots.groupby(KEY).last_at.shift()
    slots["number"] = (pause.isna() | (pause > gap)).cumsum()
    named = {"started_at": ("first_at", "min"), "ended_at": ("last_at", "max"),
             "actions": ("actions", "sum")}  # fmt: skip
    sessions = slots.groupby([*KEY, "number"]).agg(**named).reset_index().drop(columns="number")
    del events, slots
    yield "sessions", lambda: _tuples(sessions)

    shifts = pd.read_parquet(folder / "shifts.parquet")
    shifts["opens_at"] = shifts.started_at - pd.Timedelta(BEFORE_US, "us")
    shifts["closes_at"] = shifts.ended_at + pd.Timedelta(AFTER_US, "us")
    shifts = shifts.sort_values(["engineer", "opens_at", "closes_at"])
    latest = shifts.groupby("engineer").closes_at.cummax()
    until = latest.groupby(shifts.engineer).shift()
    shifts["island"] = (until.isna() | (shifts.opens_at > until)).cumsum()
    merging = {"opens_at": ("opens_at", "min"), "closes_at": ("closes_at", "max")}
    windows = shifts.groupby(["engineer", "island"]).agg(**merging).reset_index()
    pairs = sessions.reset_index().merge(windows, left_on="account", right_on="engineer")
    pairs = pairs[(pairs.started_at < pairs.closes_at) & (pairs.ended_at > pairs.opens_at)]
    ends, begins = pairs[["ended_at", "closes_at"]], pairs[["started_at", "opens_at"]]
    inside = (ends.min(axis=1) - begins.max(axis=1)).groupby(pairs["index"]).sum()
    overlap = sessions[[*KEY, "started_at"]].copy()
    overlap["inside"] = _us(inside).reindex(sessions.index, fill_value=0)
    overlap["outside"] = _us(sessions.ended_at - sessions.started_at) - overlap.inside
    yield "overlap", lambda: _tuples(overlap)

    failed = pd.read_parquet(folder / "events.parquet", columns=["account", "occurred_at"],
                             filters=[("is_failed_login", "==", True)])  # fmt: skip
    failed = failed.sort_values(["account", "occurred_at"])
    failed["us"] = failed.occurred_at.astype("int64")
    rolled = failed.groupby("account").rolling(burst, on="occurred_at", closed="both").us
    # Counts and microseconds alike are exact as floats.
    counted = pd.DataFrame({"recent": rolled.count(), "since": rolled.min()}).reset_index()
    counted["since"] = counted.since.where(counted.recent >= BURST)
    days = counted.groupby(["account", counted.occurred_at.dt.strftime("%Y-%m-%d")])
    bursts = days.agg(failures=("recent", "size"), most=("recent", "max"), since=("since", "min"))
    bursts = bursts.dropna().astype("int64").reset_index()
    yield "bursts", lambda: _tuples(bursts)

    first, second = (pd.read_parquet(folder / f"rights-{n}.parquet") for n in (1, 2))
    both = first.merge(second, on=PERMISSION, how="outer", indicator="kind")
    drift = both[both.kind != "both"]
    words = {"left_only": "removed", "right_only": "added"}
    yield "drift", lambda: [(words[kind], *key) for *key, kind in _tuples(drift)]


def _us(spans: Any) -> Any:
    return spans.dt.as_unit("us").astype("int64")


def _tuples(frame: Any) -> Rows:
    times = frame.select_dtypes("datetime").columns
    plain = frame.assign(**{name: frame[name].dt.as_unit("us").astype("int64") for name in times})
    return list(plain.itertuples(index=False, name=None))
