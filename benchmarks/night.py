"""What a night costs on histories of different length: the same new events on top of each.

Makes a history, audits it from nothing, adds the logs of one night and audits again, which is what
is measured; then the next history. Days have as many events as the night. Prints seconds by step, then
the tables of the warehouse that took longer on the longest history. A history that FOLDER has the
figures of is not measured again.

    python benchmarks/night.py /tmp/bench-night                    # 100,000 on 10 and on 50 million
    python benchmarks/night.py /tmp/bench-night --new 5_000 --histories 100_000 300_000
    python benchmarks/night.py /tmp/bench-night --onwards          # what --keep left, some nights on
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from generate import BEGIN, Organisation, write_logs
from measure import Stopwatch, model_seconds, number
from run import child
from workspaces import MADE, once

START = "start-up"
# Of any night: so many events on so many.
LEAST = (1_000, 10_000)
# What a run tells of itself, by the step it is then in; all else belongs to the step before.
_FIRST = {"build": "build: prepare", "publish": "publish: tables"}
_STEPS = {
    ("publish", "reviews"): "publish: reviews",
    ("publish", "reports"): "publish: reports",
    ("publish", "evidence"): "publish: evidence, and what follows",
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
    parser.add_argument(
        "--onwards", action="store_true", help="go on with the workspaces that --keep left"
    )
    parser.add_argument("--make", action="store_true", help="write the histories and no more")
    parser.add_argument("--audit", type=datetime.fromisoformat, nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.audit:
        print(json.dumps(audited(asked.folder, *asked.audit)))
        return
    if asked.make:
        for history in asked.histories:
            make(_place(asked.folder, asked.new, history), history, asked.new)
        return
    if asked.onwards:
        for new, history in (LEAST, *((asked.new, history) for history in asked.histories)):
            _place(asked.folder, new, history).with_suffix(".json").unlink(missing_ok=True)
    least = measured(asked.folder, *LEAST, asked.nights, asked.keep)
    results = {
        history: measured(asked.folder, asked.new, history, asked.nights, asked.keep)
        for history in sorted(asked.histories)
    }
    print("\n".join(table(results, least)))
    if len(results) > 1:
        print("\n".join(["", *grown(results)]))


def _place(folder: Path, new: int, history: int) -> Path:
    return folder / f"{new}-on-{history}"


def measured(folder: Path, new: int, history: int, nights: int, keep: bool) -> dict[str, Any]:
    """Return what a night on a history took, and measure it unless `folder` has the figures."""
    root = _place(folder, new, history)
    kept = root.with_suffix(".json")
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(night(root, history, new, nights), indent=1))
    print(f"{new:,} on {history:,} done", file=sys.stderr, flush=True)
    if not keep:
        shutil.rmtree(root, ignore_errors=True)
    result: dict[str, Any] = json.loads(kept.read_text())
    return result


def make(root: Path, history: int, new: int) -> None:
    """Write a history, unless one lies there that no night was added to yet."""
    once(root, history, history // new, _organisation(history, new))


def _organisation(history: int, new: int) -> Organisation:
    # Every history ends on the same day.
    return Organisation(begin=BEGIN - timedelta(days=history // new))


def night(root: Path, history: int, new: int, nights: int) -> dict[str, Any]:
    """Audit a history, then night after night; return what the last one and the history took.

    Where nights passed already, the history is not audited, and as many come after them.
    """
    organisation, days = _organisation(history, new), history // new
    first, whole = _passed(root), {}
    if not first:
        make(root, history, new)
        (root / MADE).unlink()
        whole = _child(root, organisation.begin, BEGIN)["laps"]
    for passed in range(first, first + nights):
        written = write_logs(
            root, range(days + passed, days + passed + 1), new, organisation=organisation
        )
        until = BEGIN + timedelta(days=passed + 1)
        result = _child(root, until - timedelta(days=1), until)
        if result["landed"] != written:
            sys.exit(f"{written} events were written for the night, {result['landed']} landed.")
    return {**result, "history": whole}


def _passed(root: Path) -> int:
    published = root / "data" / "publication" / "run.json"
    if not published.exists():
        return 0
    return (datetime.fromisoformat(json.loads(published.read_text())["until"]) - BEGIN).days


def _child(root: Path, since: datetime, until: datetime) -> dict[str, Any]:
    return child("night.py", str(root), "--audit", since.isoformat(), until.isoformat())


def audited(root: Path, since: datetime, until: datetime) -> dict[str, Any]:
    """Audit a span of time; return laps, seconds by model, and how many records have landed."""
    watch = Stopwatch()
    import great_expectations  # noqa: F401
    from dbt.cli.main import dbtRunner  # noqa: F401

    from oncall_audit.pipeline.run import plan
    from oncall_audit.pipeline.runner import directly, perform

    run = plan(root, since=since, until=until)
    log = run.workspace.dbt_logs / "dbt.log"
    begin = log.stat().st_size if log.exists() else 0
    step = START

    def begun(name: str) -> None:
        nonlocal step
        if name != step:
            watch.lap(step)
            step = name

    def report(stage: str, detail: str) -> None:
        # The first that a build tells of is what it does before dbt; then come its models.
        is_model = stage == "build" and detail != "reading what has landed"
        begun("build: models" if is_model else _STEPS.get((stage, detail), step))

    call, landed = directly(report), 0

    def timed(name: str, run: Any, done: Mapping[str, Any]) -> dict[str, Any]:
        nonlocal landed
        begun(_FIRST.get(name, name))
        result = call(name, run, done)
        if name == "extract":
            landed = sum(source.get("landed", 0) for source in result["sources"])
        return result

    perform(run, timed)
    watch.lap(step)
    return {"laps": watch.laps, "models": model_seconds(log, begin), "landed": landed}


def table(results: Mapping[int, dict[str, Any]], least: Mapping[str, Any]) -> list[str]:
    """Return a Markdown table: seconds by the clock and of processor, by step and history."""
    names = "".join(f" {history:,}: s | of processor |" for history in results)
    lines = [f"| step |{names} ratio | of processor |", "|---|" + "---:|" * (2 * len(results) + 2)]
    laps = [it["laps"] for it in results.values()]
    lines += [
        _row(step, [(it[step]["seconds"], it[step]["processor"]) for it in laps])
        for step in laps[-1]
    ]
    total, fixed = [_total(it) for it in laps], _total(least["laps"])
    lines.append(_row("in all beyond start-up", total))
    beyond = [(it[0] - fixed[0], it[1] - fixed[1]) for it in total]
    lines.append(_row("of it beyond what any night takes", beyond))
    lines += ["", f"Peak memory: {_peaks(laps)} MB."]
    wholes = [it["history"] for it in results.values() if it["history"]]
    if not wholes:
        return lines
    took = ", ".join(f"{sum(lap['seconds'] for lap in it.values()):.0f}" for it in wholes)
    lines.append(f"The histories themselves took {took} s and {_peaks(wholes)} MB.")
    return lines


def _total(laps: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    work = [lap for step, lap in laps.items() if step != START]
    return sum(lap["seconds"] for lap in work), sum(lap["processor"] for lap in work)


def _peaks(laps: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(f"{max(lap['peak_mb'] for lap in some.values()):.0f}" for some in laps)


def grown(results: Mapping[int, dict[str, Any]], least: float = 0.05) -> list[str]:
    """Return a Markdown table of the warehouse's tables that took that much longer at the end."""
    first, *_, last = (it["models"] for it in results.values())
    longer = {name: last[name] - first.get(name, 0) for name in last}
    lines = ["| table | " + " | ".join(f"{it:,}" for it in results) + " | ratio |"]
    lines.append("|---|" + "---:|" * (len(results) + 1))
    shown = sorted((it for it in longer if longer[it] >= least), key=lambda it: -longer[it])
    rows = ([(it["models"].get(name, 0.0),) for it in results.values()] for name in shown)
    return [*lines, *map(_row, shown, rows)]


def _row(name: str, values: Sequence[tuple[float, ...]]) -> str:
    shown = [f"{value:.2f}" for each in values for value in each]
    pairs = zip(values[0], values[-1], strict=True)
    ratios = [f"{last / first:.2f}" if first else "" for first, last in pairs]
    return f"| {' | '.join([name, *shown, *ratios])} |"


if __name__ == "__main__":
    main()
