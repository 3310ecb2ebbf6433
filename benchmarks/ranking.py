"""Which sessions come first: this project's findings beside outlier detectors, on the same sessions.

pip install pyod river                          # what it is compared with; nothing else needs them
python benchmarks/ranking.py /tmp/bench-ranking --seeds 5
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rules import DAYS, ENGINEERS, FIRST_SEED

_SEVERITIES = {"critical": 5, "high": 4, "medium": 3, "low": 2, "info": 1}
# What a detector can know of a session: nothing here says who was on shift.
_FEATURES = """
    select sessions.session_id, sessions.engineer_id, sessions.resource_id, sessions.started_at,
        ln(1 + action_count) as actions, ln(1 + duration_seconds) as duration, failure_count,
        sin(2 * pi() * hour(started_at) / 24) as hour_sine,
        cos(2 * pi() * hour(started_at) / 24) as hour_cosine,
        (isodow(started_at) > 5)::integer as is_weekend,
        ln(count(*) over earlier) as earlier_of_person,
        ln(1 + count(*) over same) as earlier_on_resource,
        ln(1 + count(*) over place) as earlier_from_address
    from sessions
    where engineer_id is not null
    window
        earlier as (partition by engineer_id order by started_at, session_id),
        same as (partition by engineer_id, resource_id order by started_at, session_id),
        place as (partition by engineer_id, source_ip order by started_at, session_id)
    order by started_at, session_id
"""
_FINDINGS = """
    select session_id, engineer_id, resource_id, started_at, coalesce(ended_at, started_at),
        severity, coalesce(score, 0)
    from findings where engineer_id is not null
"""
Scores = NDArray[np.float64]


def main() -> None:
    """Rank the sessions of one organisation a seed, and print the average precision of each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    found: dict[str, list[float]] = {}
    for seed in range(FIRST_SEED, FIRST_SEED + asked.seeds):
        for name, value in one(asked.folder / str(seed), seed).items():
            found.setdefault(name, []).append(value)
        print(f"seed {seed} done", file=sys.stderr, flush=True)
        shutil.rmtree(asked.folder / str(seed), ignore_errors=True)
    print("| ranked by | average precision (median) | least | most |\n|---|---:|---:|---:|")
    for name, values in sorted(found.items(), key=lambda it: -statistics.median(it[1])):
        middle = statistics.median(values)
        print(f"| {name} | {middle:.3f} | {min(values):.3f} | {max(values):.3f} |")


def one(root: Path, seed: int) -> dict[str, float]:
    """Audit the organisation of a seed; return the average precision of every way to rank."""
    from oncall_audit.demo import write_demo
    from oncall_audit.pipeline.start import audit
    from oncall_audit.warehouse.connection import connect_published

    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    answers = write_demo(root, seed=seed, days=DAYS, engineers=ENGINEERS)
    outcome = audit(root, since=answers.since, until=answers.until)
    with connect_published(outcome.publication / "audit.duckdb") as published:
        sessions = published.execute(_FEATURES).fetchall()
        findings = published.execute(_FINDINGS).fetchall()
    keys = [row[:4] for row in sessions]
    matrix = np.array([row[4:] for row in sessions], dtype=float)
    wanted = np.array([_is_planted(key, answers) for key in keys])
    ways = {"oncall-audit": lambda _matrix: _by_findings(keys, findings), **_detectors()}
    result = {name: average_precision(wanted, way(matrix)) for name, way in ways.items()}
    return {**result, "by chance": float(wanted.mean())}


def average_precision(wanted: NDArray[np.bool_], scores: Scores) -> float:
    """Return the mean, over what is wanted, of the precision down to it; ties share their place."""
    order = np.argsort(-scores, kind="stable")
    hits, ranked = wanted[order], scores[order]
    # The last place of each run of equal scores: nobody may profit from the order of a tie.
    ends = np.append(np.flatnonzero(np.diff(ranked)), len(ranked) - 1)
    true = np.cumsum(hits)[ends]
    precision = true / (ends + 1)
    return float(np.sum(np.diff(true, prepend=0) * precision) / max(1, hits.sum()))


def _is_planted(key: tuple[Any, ...], answers: Any) -> bool:
    _, engineer, resource, started_at = key
    return any(
        it.engineer_id == engineer
        and it.resource_id in (None, resource)
        and abs((it.around.replace(tzinfo=None) - started_at).total_seconds()) < 60
        for it in answers.planted
    )


def _by_findings(keys: list[tuple[Any, ...]], findings: list[tuple[Any, ...]]) -> Scores:
    by_session: dict[str, float] = {}
    for session, _, _, _, _, severity, score in findings:
        weight = _SEVERITIES.get(severity, 0) + min(score, 100) / 1000
        by_session[session] = max(by_session.get(session, 0), weight)
    return np.array([by_session.get(key[0], 0.0) for key in keys])


def _detectors() -> dict[str, Callable[[NDArray[np.float64]], Scores]]:
    try:
        from pyod.models.copod import COPOD
        from pyod.models.ecod import ECOD
        from pyod.models.hbos import HBOS
        from pyod.models.iforest import IForest
        from river.anomaly import HalfSpaceTrees
        from river.compose import Pipeline
        from river.preprocessing import MinMaxScaler
    except ImportError as error:
        sys.exit(f"{error}. Install what it is compared with: pip install pyod river")

    def fitted(model: Any) -> Callable[[NDArray[np.float64]], Scores]:
        return lambda matrix: np.asarray(model.fit(matrix).decision_scores_)

    def streamed(matrix: NDArray[np.float64]) -> Scores:
        model = Pipeline(MinMaxScaler(), HalfSpaceTrees(seed=1))
        scores = []
        for row in matrix:
            values = {str(place): float(value) for place, value in enumerate(row)}
            scores.append(model.score_one(values))
            model.learn_one(values)
        return np.array(scores)

    return {
        "ECOD (pyod)": fitted(ECOD()),
        "COPOD (pyod)": fitted(COPOD()),
        "HBOS (pyod)": fitted(HBOS()),
        "isolation forest (pyod)": fitted(IForest(random_state=1)),
        "half-space trees (river)": streamed,
    }


if __name__ == "__main__":
    main()
