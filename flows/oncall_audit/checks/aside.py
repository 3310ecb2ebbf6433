"""Checks in a process of their own, which imports Great Expectations beside the build."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from oncall_audit.bounds import Bounds
from oncall_audit.checks.results import CheckReport
from oncall_audit.checks.suites import load_suites


def begin() -> subprocess.Popen[str]:
    """Start the process; it ends unasked when this one does."""
    words = [sys.executable, "-m", __name__]
    # What goes wrong there shows, whole, when the same is done here.
    return subprocess.Popen(  # noqa: S603 - this very program
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    )


def ask(process: subprocess.Popen[str], database: Path, bounds: Bounds) -> CheckReport | None:
    """Have it run every suite on a database and return what it found, or None if it could not."""
    spill = str(bounds.spill) if bounds.spill else None
    asked = {"database": str(database.resolve()), "bounds": {**asdict(bounds), "spill": spill}}
    told = ""
    with suppress(OSError):
        told, _ = process.communicate(json.dumps(asked) + "\n")
    return CheckReport.of(json.loads(told)) if process.wait() == 0 and told else None


def _main() -> None:
    # Who stops the run with Ctrl-C stops this process by the end of its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from oncall_audit.checks.validation import validate

    asked = json.loads(sys.stdin.readline() or "null")
    if asked:
        spill = asked["bounds"]["spill"]
        bounds = Bounds(**{**asked["bounds"], "spill": Path(spill) if spill else None})
        found = validate(Path(asked["database"]), load_suites(), bounds)
        json.dump(found.as_dict(), sys.stdout)


if __name__ == "__main__":
    _main()
