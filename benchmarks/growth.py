"""How the product's time grows with events, with engineers and with schedules.

One audit from nothing a point, each in a process of its own. Prints the seconds by stage, the exponent
of size that fits them best beside that of n log n over the same sizes, and the models that take a
share of the build and grow worse. A point that is in FOLDER already is not measured again.

    python benchmarks/growth.py /tmp/bench-growth --plot growth.svg
    python benchmarks/growth.py /tmp/bench-growth --events 50_000 100_000 200_000 --engineers --schedules
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import log
from pathlib import Path
from typing import Any

from generate import Organisation
from measure import model_seconds, number
from plot import Panel, svg
from run import child
from workspaces import once

DAYS = 30
STAGES = ("extract", "build", "check", "publish")
# A model that takes less of the build than this share can grow as it likes.
_SHARE = 0.02


@dataclass(frozen=True)
class Point:
    """What is measured once."""

    axis: str
    size: int
    events: int
    organisation: Organisation


def main() -> None:
    """Measure every point of the three axes, print the tables, and draw them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    for axis, sizes in (
        ("events", [1_000_000, 3_000_000, 10_000_000, 30_000_000]),
        ("engineers", [50, 200, 600, 2_000]),
        ("schedules", [1, 4, 15, 60]),
    ):
        parser.add_argument(f"--{axis}", type=number, nargs="*", default=sizes)
    parser.add_argument(
        "--base", type=number, default=1_000_000, help="events while another axis grows"
    )
    parser.add_argument(
        "--anybody", type=number, default=4,
        help="while the engineers grow, one session in N is that of anybody among them",
    )  # fmt: skip
    parser.add_argument("--make", action="store_true", help="write the workspaces and no more")
    parser.add_argument("--plot", type=Path, help="draw the curves as SVG into this file")
    asked = parser.parse_args()
    panels = []
    if asked.make:
        for point in chain.from_iterable(_points(asked).values()):
            once(_place(asked.folder, point), point.events, DAYS, point.organisation)
        return
    for axis, points in _points(asked).items():
        results = {point.size: measured(asked.folder, point) for point in sorted(points, key=_size)}
        if len(results) > 1:
            print("\n".join(table(axis, results)), flush=True)
            panels.append(_panel(axis, results))
    if asked.plot:
        asked.plot.write_text(svg(panels, "Seconds of an audit from nothing"))


def _points(asked: argparse.Namespace) -> dict[str, list[Point]]:
    usual = Organisation()
    return {
        "events": [Point("events", size, size, usual) for size in asked.events],
        "engineers": [
            Point("engineers", size, asked.base, Organisation(size, anybody=asked.anybody))
            for size in asked.engineers
        ],
        "schedules": [
            Point("schedules", size, asked.base, Organisation(schedules=size))
            for size in asked.schedules
        ],
    }


def _size(point: Point) -> int:
    return point.size


def measured(folder: Path, point: Point) -> dict[str, Any]:
    """Make the point's workspace, audit it, and return the laps and the seconds by model."""
    root = _place(folder, point)
    kept = root.with_suffix(".json")
    if not kept.exists():
        once(root, point.events, DAYS, point.organisation)
        laps = child("run.py", str(root), "--product")["laps"]
        models = model_seconds(root / "data" / "warehouse" / "logs" / "dbt.log")
        kept.write_text(json.dumps({"laps": laps, "models": models}, indent=1))
        shutil.rmtree(root)
    print(f"{point.axis} {point.size:,} done", file=sys.stderr, flush=True)
    result: dict[str, Any] = json.loads(kept.read_text())
    return result


def _place(folder: Path, point: Point) -> Path:
    it = point.organisation
    return folder / f"{point.events}-{it.engineers}-{it.schedules}-{it.anybody}"


def table(axis: str, results: Mapping[int, dict[str, Any]]) -> list[str]:
    """Return a Markdown table of one axis, its exponents, and the models that grow worst."""
    lines = [
        f"\n| {axis} | {' | '.join(STAGES)} | in all | of processor | peak MB |",
        "|---|" + "---:|" * (len(STAGES) + 3),
    ]
    for size, result in results.items():
        laps = [result["laps"][stage] for stage in STAGES]
        cells = [f"{seconds:.1f}" for seconds in (*curve(laps), _total(laps, "processor"))]
        peak = max(lap["peak_mb"] for lap in laps)
        lines.append(f"| {size:,} | {' | '.join(cells)} | {peak:.0f} |")
    sizes = [*results]
    columns = [[result["laps"][stage] for stage in STAGES] for result in results.values()]
    seconds = [*zip(*map(curve, columns), strict=True)]
    seconds.append(tuple(_total(laps, "processor") for laps in columns))
    for words, chosen in (("exponent", slice(None)), ("exponent of the last two", slice(-2, None))):
        cells = [f"{exponent(sizes[chosen], it[chosen]):.2f}" for it in seconds]
        lines.append(f"| {words} | {' | '.join(cells)} | |")
    goal = exponent(sizes, [size * log(size + 1) for size in sizes])
    lines.append(f"\nn log n has {goal:.2f} over these sizes. {_worst(results, goal)}")
    return lines


def curve(laps: Sequence[Mapping[str, float]]) -> list[float]:
    """Return the seconds of each stage, and of all of them."""
    return [*(lap["seconds"] for lap in laps), _total(laps, "seconds")]


def _total(laps: Sequence[Mapping[str, float]], what: str) -> float:
    return sum(lap[what] for lap in laps)


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return the slope of the straight line that fits best where both axes are logarithms."""
    points = [(log(x), log(max(y, 0.01))) for x, y in zip(sizes, values, strict=True)]
    middle_x, middle_y = (sum(it) / len(points) for it in zip(*points, strict=True))
    across: float = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return across / float(sum((x - middle_x) ** 2 for x, _ in points))


def _worst(results: Mapping[int, dict[str, Any]], goal: float) -> str:
    """Name the models that grow worse than the goal between the last two sizes and matter."""
    (small, before), (large, after) = [*results.items()][-2:]
    least = _SHARE * after["laps"]["build"]["seconds"]
    grown = {
        model: exponent([small, large], [before["models"].get(model, 0), seconds])
        for model, seconds in after["models"].items()
        if seconds >= least
    }
    worse = sorted((model for model in grown if grown[model] > goal), key=grown.__getitem__)
    told = (f"{it} ({grown[it]:.2f}, {after['models'][it]:.2f} s)" for it in reversed(worse))
    return f"Worse between the last two: {', '.join(told) or 'no model that matters'}."


def _panel(axis: str, results: Mapping[int, dict[str, Any]]) -> Panel:
    rows = [curve([result["laps"][stage] for stage in STAGES]) for result in results.values()]
    return Panel(
        axis, [*results], dict(zip((*STAGES, "in all"), zip(*rows, strict=True), strict=True))
    )


if __name__ == "__main__":
    main()
