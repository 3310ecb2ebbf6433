"""Seconds by the clock and of processor, and peak memory, step by step (Linux); and by model."""

from __future__ import annotations

import os
import re
import resource
import time
from pathlib import Path

_MADE = re.compile(r"OK created sql (?:table|incremental) model (\S+) \.+ \[\S*OK\S* in ([0-9.]+)s")


class Stopwatch:
    """Laps of seconds by the clock, seconds of processor, and peak resident memory in megabytes.

    Processes that were started count for the lap in which they ended: their processor's time, and
    the memory of one that had more than any before it, as if all of it had been held at once.
    """

    def __init__(self) -> None:
        """Start the first lap."""
        self.laps: dict[str, dict[str, float]] = {}
        self._reset()

    def lap(self, name: str) -> None:
        """End the lap under `name` and start the next."""
        seconds = time.monotonic() - self._began
        worked = _worked() - self._worked
        others = _others_mb()
        self.laps[name] = {
            "seconds": round(seconds, 2),
            "processor": round(worked, 2),
            "peak_mb": _peak_mb() + (others if others > self._others else 0),
        }
        self._reset()

    def _reset(self) -> None:
        # Writing 5 sets the high-water mark of resident memory back to what is resident now.
        Path("/proc/self/clear_refs").write_text("5")
        self._began, self._worked, self._others = time.monotonic(), _worked(), _others_mb()


def model_seconds(log: Path, begin: int = 0) -> dict[str, float]:
    """Return how long each table took by dbt's log from a byte on; the slowest comes first."""
    with log.open("rb") as file:
        file.seek(begin)
        made = _MADE.findall(file.read().decode())
    seconds = {name.partition(".")[2]: float(told) for name, told in made}
    return dict(sorted(seconds.items(), key=lambda it: -it[1]))


def number(text: str) -> int:
    """Return the number that a command line gives with or without underscores."""
    return int(text.replace("_", ""))


def _worked() -> float:
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def _others_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)


def _peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1024)
