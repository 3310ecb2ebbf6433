"""A Prefect server for one run, for where none is configured."""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import datetime
from pathlib import Path

import requests

from oncall_audit.errors import AuditError

_PATIENCE_SECONDS = 120
_LOOPBACK = "127.0.0.1"


def start(home: Path) -> str:
    """Start a server that ends with this process; return its API's address.

    Prefect would start one itself, but within reach of Ctrl-C: then the server is gone first, and
    the run asks it for minutes to record that it was stopped.
    """
    port = _free_port()
    log = home / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", __name__, str(port)],
            env={**os.environ, "PREFECT_HOME": str(home)},
            # It closes when this process ends, however that comes about.
            stdin=subprocess.PIPE,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    # Registered before Prefect is imported, so called after Prefect has sent its last records.
    atexit.register(_end, process)
    url = f"http://{_LOOPBACK}:{port}/api"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AuditError(f"Prefect's server does not start; see {log}, or leave out --prefect.")
        time.sleep(0.2)
    return url


def answers(url: str) -> bool:
    """Say whether a Prefect server answers at this address of an API."""
    try:
        requests.get(f"{url.rstrip('/')}/health", timeout=3).raise_for_status()
    except requests.RequestException:
        return False
    return True


def next_run(url: str, now: datetime) -> str | None:
    """Return when the server will start the next audit; None if it has none, or does not say."""
    asked = {
        "flows": {"name": {"any_": ["audit"]}},
        "flow_runs": {
            "state": {"type": {"any_": ["SCHEDULED"]}},
            "next_scheduled_start_time": {"after_": now.isoformat()},
        },
        "sort": "EXPECTED_START_TIME_ASC",
        "limit": 1,
    }
    try:
        answer = requests.post(f"{url.rstrip('/')}/flow_runs/filter", json=asked, timeout=3)
        answer.raise_for_status()
        return next((str(it["next_scheduled_start_time"]) for it in answer.json()), None)
    except (requests.RequestException, KeyError, TypeError):
        return None


def _free_port() -> int:
    with socket.socket() as free:
        free.bind((_LOOPBACK, 0))
        return int(free.getsockname()[1])


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.communicate(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()


def _serve(port: str) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.argv = ["prefect", "server", "start", "--host", _LOOPBACK, "--port", port, "--no-ui"]
    from prefect.cli import app

    app()


def _end_with_parent() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _serve(sys.argv[1])
