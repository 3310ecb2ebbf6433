"""What a run measured of itself: stage by stage, and of its reading source by source."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from oncall_audit import landing
from oncall_audit.pipeline.run import Run

Measures = dict[str, Any]
Results = Mapping[str, Mapping[str, Any]]

_COUNTS = ("records", "landed", "duplicates", "ignored", "quarantined")


def of_source(run: Run, result: Mapping[str, Any], seconds: float) -> Measures:
    """Return one source's result with how long it took and how far behind its log is.

    `newest_at` is null where nothing of a log ever landed: snapshots have no newest record.
    """
    with landing.Manifest(run.workspace.manifest) as manifest:
        newest = manifest.cursor(result["source"])
    newest = newest.replace(tzinfo=newest.tzinfo or UTC) if newest else None
    lateness = (run.started_at - newest).total_seconds() if newest else None
    return {
        **result,
        "seconds": round(seconds, 2),
        "newest_at": newest.isoformat() if newest else None,
        "lateness_seconds": None if lateness is None else max(0.0, round(lateness, 1)),
    }


def record(done: Results, seconds: Mapping[str, float]) -> list[Measures]:
    """Return what the register keeps: an entry for every stage that ended, and for every source."""
    stages = [
        {"stage": name, "state": "complete", "seconds": spent, "rows": rows(done[name])}
        for name, spent in seconds.items()
    ]
    return [*stages, *sources(done)]


def sources(done: Results) -> list[Measures]:
    """Return an entry for every source that was read, or could not be."""
    names = ("source", "state", "seconds", *_COUNTS, "newest_at", "lateness_seconds")
    return [
        {"stage": "extract", "rows": it.get("landed"), **{name: it.get(name) for name in names}}
        for it in done.get("extract", {}).get("sources", ())
    ]


def rows(result: Mapping[str, Any]) -> int | None:
    """Return the rows that a stage wrote, where it counts them."""
    if "sources" in result and "rows" not in result:
        return sum(it.get("landed") or 0 for it in result["sources"])
    return result.get("rows")
