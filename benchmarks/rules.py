"""How well the rules do on organisations nobody tuned them on: planted, found, false, by rule.

python benchmarks/rules.py /tmp/bench-rules --seeds 10
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections import Counter
from math import sqrt
from pathlib import Path

DAYS, ENGINEERS, FIRST_SEED = 60, 40, 101
# What is said with 95 % confidence.
_Z = 1.959964
_COLUMNS = "rule_id, engineer_id, account, system, resource_id, started_at, ended_at, summary"


def main() -> None:
    """Audit one organisation a seed, each in a process of its own, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--one", type=int, help="audit this seed only and print its counts as JSON")
    parser.add_argument("--keep", action="store_true", help="leave the workspaces behind")
    asked = parser.parse_args()
    if asked.one is not None:
        print(json.dumps(counts(asked.folder / str(asked.one), asked.one)))
        return
    results = []
    for seed in range(FIRST_SEED, FIRST_SEED + asked.seeds):
        results.append(_child(asked.folder, seed))
        print(f"seed {seed}: {_brief(results[-1])}", file=sys.stderr, flush=True)
        if not asked.keep:
            shutil.rmtree(asked.folder / str(seed), ignore_errors=True)
    print("\n".join(table(results)))


def counts(root: Path, seed: int) -> dict[str, dict[str, int]]:
    """Write and audit one organisation; count planted, found, false and look-alike hits by rule."""
    from oncall_audit.demo import score, write_demo
    from oncall_audit.pipeline.start import audit
    from oncall_audit.warehouse.connection import connect_published

    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    answers = write_demo(root, seed=seed, days=DAYS, engineers=ENGINEERS)
    outcome = audit(root, since=answers.since, until=answers.until)
    with connect_published(outcome.publication / "audit.duckdb") as published:
        rows = published.execute(f"select {_COLUMNS} from findings").fetchall()
    findings = [dict(zip(_COLUMNS.split(", "), row, strict=True)) for row in rows]
    return score(answers, findings).by_rule()


def table(results: list[dict[str, dict[str, int]]]) -> list[str]:
    """Return a Markdown table over all seeds; intervals are Wilson's at 95 %."""
    total: dict[str, Counter[str]] = {}
    for result in results:
        for rule, count in result.items():
            total.setdefault(rule, Counter()).update(count)
    total["all"] = sum(total.values(), Counter())
    lines = [
        "| rule | planted | found | false | look-alike hits | recall (95 %) | precision (95 %) |",
        "|---|---:|---:|---:|---:|---|---|",
    ]
    for rule, it in total.items():
        recall = _interval(it["found"], it["planted"])
        precision = _interval(it["found"], it["found"] + it["false"])
        lines.append(
            f"| {rule} | {it['planted']} | {it['found']} | {it['false']} | {it['mistaken']} "
            f"| {recall} | {precision} |"
        )
    days = len(results) * DAYS
    a_day = f"{total['all']['false'] / days:.3f}"
    lines.append(f"\nFalse alarms a day at {ENGINEERS} engineers, over {days} days: {a_day}.")
    return lines


def _interval(hits: int, tries: int) -> str:
    if not tries:
        return "-"
    share = hits / tries
    middle = (share + _Z**2 / (2 * tries)) / (1 + _Z**2 / tries)
    reach = sqrt(share * (1 - share) / tries + _Z**2 / (4 * tries**2)) * _Z / (1 + _Z**2 / tries)
    return f"{share:.3f} ({max(0.0, middle - reach):.3f} to {min(1.0, middle + reach):.3f})"


def _brief(result: dict[str, dict[str, int]]) -> str:
    total = sum((Counter(count) for count in result.values()), Counter())
    return f"{total['found']} of {total['planted']} found, {total['false']} false"


def _child(folder: Path, seed: int) -> dict[str, dict[str, int]]:
    command = [sys.executable, __file__, str(folder), "--one", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"seed {seed} failed:\n{done.stderr[-3000:]}")
    found: dict[str, dict[str, int]] = json.loads(done.stdout.splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
