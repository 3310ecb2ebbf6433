"""Prefect's command line as a process of its own that ends with the one that started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path


def launch(
    words: Sequence[str], environment: Mapping[str, str], log: Path
) -> subprocess.Popen[bytes]:
    """Start `prefect …`, out of reach of Ctrl-C; what it says is added to `log`."""
    with log.open("ab") as written:
        return subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__, *words],
            env={**os.environ, **environment},
            # It closes when this process ends, however that comes about.
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def end(process: subprocess.Popen[bytes], patience_seconds: float) -> None:
    """Ask the process to end; after `patience_seconds` it and what it started is killed."""
    process.terminate()
    try:
        process.communicate(timeout=patience_seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def _prefect(words: Sequence[str]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["prefect", *words]
    from prefect.cli import app

    app()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _prefect(sys.argv[1:])
