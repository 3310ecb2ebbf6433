"""From the trigger to the report: an incident on a day of N events of which the nightly audit has read none.

The day before is audited first, as the night before would have been. Then the incident's window is that day.

    python benchmarks/incident.py /tmp/bench-incident [--events 1_000_000]
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

from generate import BEGIN, write

_DAY = timedelta(days=1)


def main() -> None:
    """Print how long `oncall-audit incident` takes, process and all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--events", type=lambda text: int(text.replace("_", "")), default=1_000_000)
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    write(options.folder, 2 * options.events, days=2, per_file=5_000)
    later = _hold_back(options.folder)
    _call(options.folder, "run", 0)
    for path, place in later:
        path.rename(place)
    began = time.monotonic()
    told = _call(options.folder, "incident", 1, "INC-1")
    print(told.splitlines()[-1])
    print(f"From the trigger to the report: {time.monotonic() - began:.1f} s.")


def _hold_back(folder: Path) -> list[tuple[Path, Path]]:
    """Put the second day's logs out of reach; return where they are and where they belong."""
    day, held = BEGIN + _DAY, folder / "later"
    moved = []
    for path in sorted((folder / "logs").rglob("*")):
        if path.is_file() and (f"{day:%Y-%m-%d}" in path.name or f"{day:%Y%m%d}" in path.name):
            place = held / path.relative_to(folder)
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)
            moved.append((place, path))
    return moved


def _call(folder: Path, verb: str, day: int, *words: str) -> str:
    since = BEGIN + day * _DAY
    window = ["--since", since.isoformat(), "--until", (since + _DAY).isoformat()]
    command = [sys.executable, "-m", "oncall_audit", verb, *words, "--workspace", str(folder)]
    done = subprocess.run([*command, *window], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    main()
