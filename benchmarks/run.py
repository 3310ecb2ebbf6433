"""The whole product beside the floor, on the same files, each in a process of its own.

The floor is measured before and after, for machines slow down under load, and the mean counts.
What the product takes for a thousand events is what any first run costs; the rest is work.

python benchmarks/generate.py --events 1_000_000 /tmp/bench-1m
python benchmarks/run.py /tmp/bench-1m
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

from generate import BEGIN
from measure import Stopwatch

_HERE = Path(__file__).parent


def main() -> None:
    """Measure floor and product on the workspace named on the command line and print one table."""
    root = Path(sys.argv[1]).resolve()
    if sys.argv[2:] == ["--product"]:
        print(json.dumps({"laps": product(root)}))
        return
    before = child("floor.py", str(root))
    ours = child("run.py", str(root), "--product")
    after = child("floor.py", str(root))
    with tempfile.TemporaryDirectory(dir=root.parent) as small:
        child("generate.py", "--events", "1_000", small, prints=False)
        least = child("run.py", small, "--product")
    print("| step | seconds | of processor | peak MB |\n|---|---:|---:|---:|")
    sides = {
        "floor": before,
        "product": ours,
        "floor again": after,
        "of 1,000 events": least,
    }
    for side, result in sides.items():
        for step, lap in result["laps"].items():
            print(
                f"| {side}: {step} | {lap['seconds']:.2f} | {lap['processor']:.2f} |"
                f" {lap['peak_mb']:.0f} |"
            )
    for what in ("seconds", "processor"):
        first, whole, last, fixed = (
            sum(lap[what] for lap in result["laps"].values()) for result in sides.values()
        )
        base = (first + last) / 2
        print(
            f"\n{what}: floor {base:.1f}, product {whole:.1f}, of it {whole - fixed:.1f} beyond what"
            f" a run of 1,000 events takes: {(whole - fixed) / base:.2f} times the floor."
        )
    print(before["counts"])


def product(root: Path) -> dict[str, dict[str, float]]:
    """Audit the workspace from nothing and return the laps of its stages."""
    shutil.rmtree(root / "data", ignore_errors=True)
    watch = Stopwatch()
    # Imported here so that the lap shows what the frameworks cost before any work is done.
    import great_expectations  # noqa: F401
    from dbt.cli.main import dbtRunner  # noqa: F401

    from oncall_audit.pipeline.run import Run, plan, silent
    from oncall_audit.pipeline.runner import directly, perform
    from oncall_audit.pipeline.stages import Done, Result

    watch.lap("start-up")
    call = directly(silent)
    run = plan(root, since=BEGIN, until=BEGIN + timedelta(days=40))

    def timed(name: str, run: Run, done: Done) -> Result:
        result = call(name, run, done)
        watch.lap(name)
        return result

    perform(run, timed)
    return watch.laps


def child(script: str, *arguments: str, prints: bool = True) -> dict[str, Any]:
    """Run a script beside this one, return the JSON of its last line; exit if it failed."""
    done = subprocess.run(
        [sys.executable, str(_HERE / script), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{script} failed:\n{done.stderr[-3000:]}")
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if prints else {}
    return result


if __name__ == "__main__":
    main()
