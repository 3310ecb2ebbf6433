"""What a run costs before there is any work: of a workspace in which nothing is new.

oncall-audit demo /tmp/bench-again
python benchmarks/again.py /tmp/bench-again
"""

from __future__ import annotations

import sys
from pathlib import Path

from measure import Stopwatch


def main() -> None:
    """Run the workspace named on the command line again and print what each stage took."""
    watch = Stopwatch()
    from oncall_audit.pipeline.run import plan, silent
    from oncall_audit.pipeline.runner import directly, perform

    run, call = plan(Path(sys.argv[1]).resolve()), directly(silent)
    watch.lap("start-up")

    def timed(name, run, done):
        result = call(name, run, done)
        watch.lap(name)
        return result

    perform(run, timed)
    watch.lap("register")
    print("| step | seconds | of processor | peak MB |\n|---|---:|---:|---:|")
    for name, lap in watch.laps.items():
        figures = f"{lap['seconds']:.1f} | {lap['processor']:.1f} | {lap['peak_mb']:.0f}"
        print(f"| {name} | {figures} |")
    total = [sum(lap[what] for lap in watch.laps.values()) for what in ("seconds", "processor")]
    print(f"| in all | {total[0]:.1f} | {total[1]:.1f} | |")


if __name__ == "__main__":
    main()
