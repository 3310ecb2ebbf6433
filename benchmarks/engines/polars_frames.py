"""polars: lazy frames over the Parquet files."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from engines import AFTER_US, BEFORE_US, BURST, GAP_US, KEY, PERMISSION, THREADS, Part

os.environ["POLARS_MAX_THREADS"] = str(THREADS)
import polars as pl


def run(folder: Path) -> Iterator[Part]:
    """Lazy frames over the same Parquet files."""
    events, at = pl.scan_parquet(folder / "events.parquet"), pl.col("occurred_at")
    begin, end = pl.col("started_at"), pl.col("ended_at")
    pause = pl.col("first_at") - pl.col("last_at").shift()
    slots = (
        events.filter(pl.col("is_member"))
        .group_by(*KEY, at.dt.epoch("us").floordiv(GAP_US).alias("slot"))
        .agg(at.min().alias("first_at"), at.max().alias("last_at"), pl.len().alias("actions"))
        .sort(*KEY, "slot")
        .with_columns(
            (pause.dt.total_microseconds() > GAP_US).over(KEY).fill_null(True).alias("new")
        )
        .with_columns(pl.col("new").cast(pl.Int64).cum_sum().over(KEY).alias("number"))
    )
    sessions = (
        slots.group_by(*KEY, "number")
        .agg(pl.col("first_at").min().alias("started_at"), pl.col("last_at").max().alias("ended_at"),
             pl.col("actions").sum())
        .drop("number")
        .collect()
    )  # fmt: skip
    yield "sessions", lambda: sessions.with_columns(begin.dt.epoch("us"), end.dt.epoch("us")).rows()

    before, after = pl.duration(microseconds=BEFORE_US), pl.duration(microseconds=AFTER_US)
    windows = (
        pl.scan_parquet(folder / "shifts.parquet")
        .select("engineer", (begin - before).alias("opens_at"), (end + after).alias("closes_at"))
        .sort("engineer", "opens_at", "closes_at")
        .with_columns(pl.col("closes_at").cum_max().shift().over("engineer").alias("until"))
        .with_columns((pl.col("opens_at") > pl.col("until")).fill_null(True).cast(pl.Int64)
                      .cum_sum().over("engineer").alias("island"))
        .group_by("engineer", "island")
        .agg(pl.col("opens_at").min(), pl.col("closes_at").max())
    )  # fmt: skip
    span = pl.min_horizontal("ended_at", "closes_at") - pl.max_horizontal("started_at", "opens_at")
    lazy, names = sessions.lazy(), [*KEY, "started_at"]
    inside = (
        lazy.join(windows, left_on="account", right_on="engineer")
        .filter(begin < pl.col("closes_at"), end > pl.col("opens_at"))
        .group_by(names)
        .agg(span.dt.total_microseconds().sum().alias("inside"))
    )
    covered = pl.col("inside").fill_null(0)
    overlap = lazy.join(inside, on=names, how="left").select(
        *names, covered, ((end - begin).dt.total_microseconds() - covered).alias("outside")
    )
    overlap = overlap.collect()
    yield "overlap", lambda: overlap.with_columns(begin.dt.epoch("us")).rows()

    is_burst = pl.col("recent") >= BURST
    bursts = (
        events.filter(pl.col("is_failed_login"))
        .sort("account", "occurred_at")
        .rolling("occurred_at", period="15m", closed="both", group_by="account")
        .agg(pl.len().alias("recent"), at.first().alias("since"))
        .group_by("account", at.dt.date().alias("failed_on"))
        .agg(pl.len().alias("failures"), pl.col("recent").max().alias("most"),
             pl.col("since").filter(is_burst).min().alias("started_at"))
        .filter(pl.col("most") >= BURST)
        .collect()
    )  # fmt: skip
    text = pl.col("failed_on").dt.to_string("%Y-%m-%d")
    yield "bursts", lambda: bursts.with_columns(text, begin.dt.epoch("us")).rows()

    first, second = (pl.scan_parquet(folder / f"rights-{n}.parquet") for n in (1, 2))
    kinds = (("added", second, first), ("removed", first, second))
    drift = pl.concat(
        left.join(right, on=PERMISSION, how="anti").select(pl.lit(kind).alias("kind"), *PERMISSION)
        for kind, left, right in kinds
    ).collect()
    yield "drift", drift.rows
