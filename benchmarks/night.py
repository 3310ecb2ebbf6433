"""What a night costs on histories of different length: the same new events on top of each.

Makes a history, audits it from nothing, adds the logs of one night and audits again, which is what
is measured; then the next history. Days have as many events as the night. Prints seconds by step, then
the tables of the warehouse that took longer on the longest history. A history that FOLDER has the
figures of is not measured again.

    python benchmarks/night.py /tmp/bench-night                    # 100,000 on 10 and on 50 million
    python benchmarks/night.py /tmp/bench-night --new 5_000 --histories 100_000 300_000
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from generate import BEGIN, Organisation, write, write_logs
from measure import Stopwatch, model_seconds, number
from run import child

START = "start-up"
# What a run tells of itself, by the step it is then in; all else belongs to the step before.
_STEPS = {
    ("build", "reading what has landed"): "build: prepare",
    ("publish", "tables"): "publish: tables",
    ("publish", "reviews"): "publish: reviews",
    ("publish", "reports"): "publish: reports",
    ("publish", "evidence"): "publish: evidence",
}


def main() -> None:
    """Measure the night on each history and print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--new", type=number, default=100_000)
    parser.add_argument(
        "--histories", type=number, nargs="+", default=[10_000_000, 50_000_000], help="events"
    )
    parser.add_argument("--nights", type=int, default=2, help="of which the last is told")
    parser.add_argument("--keep", action="store_true", help="leave the workspaces behind")
    parser.add_argument("--until", type=datetime.fromisoformat, help="audit FOLDER, print JSON")
    asked = parser.parse_args()
    if asked.until:
        print(json.dumps(audited(asked.folder, asked.until)))
        return
    results = {}
    for history in sorted(asked.histories):
        root = asked.folder / f"{asked.new}-on-{history}"
        kept = root.with_suffix(".json")
        if not kept.exists():
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(json.dumps(night(root, history, asked.new, asked.nights), indent=1))
        results[history] = json.loads(kept.read_text())
        print(f"{history:,} done", file=sys.stderr, flush=True)
        if not asked.keep:
            shutil.rmtree(root, ignore_errors=True)
    print("\n".join([*table(results), "", *grown(results)]))


def night(root: Path, history: int, new: int, nights: int) -> dict[str, Any]:
    """Audit a history, then night after night; return what the last one took."""
    shutil.rmtree(root, ignore_errors=True)
    days = history // new
    # Every history ends on the same day.
    organisation = Organisation(begin=BEGIN - timedelta(days=days))
    write(root, history, days, organisation=organisation)
    result = _child(root, BEGIN)
    for passed in range(nights):
        written = write_logs(
            root, range(days + passed, days + passed + 1), new, organisation=organisation
        )
        result = _child(root, BEGIN + timedelta(days=passed + 1))
        if result["landed"] != written:
            sys.exit(f"{written} events were written for the night, {result['landed']} landed.")
    return result


def _child(root: Path, until: datetime) -> dict[str, Any]:
    return child("night.py", str(root), "--until", until.isoformat())


def audited(root: Path, until: datetime) -> dict[str, Any]:
    """Audit what is new until then; return laps, seconds by model, and what has landed."""
    watch = Stopwatch()
    import great_expectations  # noqa: F401
    from dbt.cli.main import dbtRunner  # noqa: F401

    from oncall_audit.pipeline.run import plan
    from oncall_audit.pipeline.runner import directly, perform

    first = None if (root / "data").exists() else until - timedelta(days=3650)
    run = plan(root, since=first, until=until)
    log = run.workspace.dbt_logs / "dbt.log"
    begin = log.stat().st_size if log.exists() else 0
    step = START

    def begun(name: str) -> None:
        nonlocal step
        if name != step:
            watch.lap(step)
            step = name

    def report(stage: str, detail: str) -> None:
        models = "build: models" if stage == "build" else step
        begun(_STEPS.get((stage, detail), models))

    call, landed = directly(report), 0

    def timed(name: str, run: Any, done: Mapping[str, Any]) -> dict[str, Any]:
        nonlocal landed
        begun(name)
        result = call(name, run, done)
        begun("between the stages")
        if name == "extract":
            landed = sum(source.get("landed", 0) for source in result["sources"])
        return result

    perform(run, timed)
    watch.lap("register and proof")
    return {"laps": watch.laps, "models": model_seconds(log, begin), "landed": landed}


def table(results: Mapping[int, dict[str, Any]]) -> list[str]:
    """Return a Markdown table: seconds by step and history, and how the last compares to the first."""
    names = " | ".join(f"{history:,}" for history in results)
    rows = {step: [lap["seconds"] for lap in laps] for step, laps in _laps(results).items()}
    rows["in all beyond start-up"] = [
        sum(lap["seconds"] for step, lap in it["laps"].items() if step != START)
        for it in results.values()
    ]
    rows["of processor"] = [
        sum(lap["processor"] for step, lap in it["laps"].items() if step != START)
        for it in results.values()
    ]
    rows["peak MB"] = [
        max(lap["peak_mb"] for lap in it["laps"].values()) for it in results.values()
    ]
    lines = [f"| step | {names} | ratio |", "|---|" + "---:|" * (len(results) + 1)]
    return [*lines, *(_row(name, values) for name, values in rows.items())]


def _laps(results: Mapping[int, dict[str, Any]]) -> dict[str, list[dict[str, float]]]:
    steps = [*results.values()][-1]["laps"]
    nothing = {"seconds": 0.0}
    return {step: [it["laps"].get(step, nothing) for it in results.values()] for step in steps}


def grown(results: Mapping[int, dict[str, Any]], least: float = 0.05) -> list[str]:
    """Return a Markdown table of the warehouse's tables that took that much longer at the end."""
    first, *_, last = (it["models"] for it in results.values())
    longer = {name: last[name] - first.get(name, 0) for name in last}
    lines = ["| table | " + " | ".join(f"{it:,}" for it in results) + " | ratio |"]
    lines.append("|---|" + "---:|" * (len(results) + 1))
    shown = sorted((it for it in longer if longer[it] >= least), key=lambda it: -longer[it])
    rows = ([it["models"].get(name, 0) for it in results.values()] for name in shown)
    return [*lines, *map(_row, shown, rows)]


def _row(name: str, values: list[float]) -> str:
    ratio = f"{values[-1] / values[0]:.2f}" if values[0] else ""
    shown = " | ".join(f"{value:.2f}" if value < 100 else f"{value:.0f}" for value in values)
    return f"| {name} | {shown} | {ratio} |"


if __name__ == "__main__":
    main()
