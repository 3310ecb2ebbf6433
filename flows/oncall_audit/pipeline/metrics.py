"""The status as OpenMetrics, for a monitoring system that reads a text file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from oncall_audit.pipeline.status import Status

Values = Mapping[Any, float | None]


def exposition(status: Status) -> str:
    """Return the status as OpenMetrics text.

    Gauges alone: with nothing else in it, the text is valid in the older format of Prometheus too,
    which is what node_exporter reads.
    """
    registry = CollectorRegistry()
    registry.register(_Figures(status))
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text.decode()


class _Figures(Collector):
    def __init__(self, status: Status) -> None:
        self.status = status

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield every metric of which something is known."""
        yield from _of_state(self.status)
        if published := self.status.get("published"):
            yield from _of_publication(published)
        if last := self.status.get("last"):
            yield from _of_run(last)


def _of_state(status: Status) -> Iterator[GaugeMetricFamily]:
    stale = status.get("stale_since")
    yield _one("stale", "1 if the last run did not publish, 0 if it did.", 1 if stale else 0)
    if stale:
        yield _one("stale_since_timestamp_seconds", "Begin of the first failed run.", _at(stale))
    if reviews := status.get("overdue_reviews"):
        yield _one("overdue_reviews", "Reviews that nobody signed in time.", len(reviews))
    elif reviews is not None:
        yield _one("overdue_reviews", "Reviews that nobody signed in time.", 0)
    if following := status.get("next_run"):
        yield _one("next_run_timestamp_seconds", "When the next run is scheduled.", _at(following))


def _of_publication(published: Mapping[str, Any]) -> Iterator[GaugeMetricFamily]:
    yield _one(
        "last_success_timestamp_seconds",
        "When the last published audit ended; its age is time() less this.",
        _at(published["ended_at"]),
    )
    yield _one(
        "published_until_timestamp_seconds",
        "End of the published audit's window: later accesses are not audited yet.",
        _at(published["until"]),
    )
    yield _many(
        "findings_open",
        "Findings of the published audit that nobody has decided about.",
        ("severity",),
        {(name,): count for name, count in published["findings"].items()},
    )
    yield _one("findings_new", "Findings that no earlier run knew.", published["new_findings"])
    yield _many(
        "blind_hours",
        "Hours of the published window of which a source says nothing.",
        ("source",),
        {(name,): hours for name, hours in published["blind_hours"].items()},
    )


def _of_run(last: Mapping[str, Any]) -> Iterator[GaugeMetricFamily]:
    yield _one("last_run_timestamp_seconds", "When the last run began.", _at(last["started_at"]))
    stages = [it for it in last["measures"] if it.get("source") is None]
    sources = {it["source"]: it for it in last["measures"] if it.get("source") is not None}
    yield _many(
        "stage_duration_seconds",
        "How long each stage of the last run took.",
        ("stage",),
        {(it["stage"],): it["seconds"] for it in stages},
    )
    yield _many(
        "source_up",
        "1 if the last run read the source whole, 0 if it did not.",
        ("source",),
        {(name,): float(it["state"] == "complete") for name, it in sources.items()},
    )
    for name, key, words in _OF_SOURCES:
        values = {(source,): it.get(key) for source, it in sources.items()}
        yield _many(name, words, ("source",), values)
    yield _many(
        "source_records",
        "Records that the last run read of a source, by what became of them.",
        ("source", "result"),
        {(source, result): it.get(result) for source, it in sources.items() for result in _RESULTS},
    )


_RESULTS = ("landed", "duplicates", "ignored", "quarantined")
_OF_SOURCES = (
    ("source_duration_seconds", "seconds", "How long the last run read a source."),
    (
        "source_lateness_seconds",
        "lateness_seconds",
        "How old a log's newest record was when the last run began.",
    ),
)


def _one(name: str, words: str, value: float) -> GaugeMetricFamily:
    return _many(name, words, (), {(): value})


def _many(name: str, words: str, labels: tuple[str, ...], values: Values) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"oncall_audit_{name}", words, labels=labels)
    for key, value in values.items():
        if value is not None:
            family.add_metric(key, value)
    return family


def _at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
