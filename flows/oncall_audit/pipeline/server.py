"""A Prefect server on this machine alone: for one run, or for as long as `serve` runs."""

from __future__ import annotations

import atexit
import socket
import time
from datetime import datetime
from pathlib import Path

import requests

from oncall_audit.errors import AuditError
from oncall_audit.pipeline import leashed

LOOPBACK = "127.0.0.1"
_PATIENCE_SECONDS = 120


def start(home: Path) -> str:
    """Start a server that ends with this process; return its API's address.

    Prefect would start one itself, but within reach of Ctrl-C: then the server is gone first, and
    the run asks it for minutes to record that it was stopped.
    """
    port = free_port()
    log = home / "server.log"
    log.unlink(missing_ok=True)
    process = leashed.launch([*words(port), "--no-ui"], {"PREFECT_HOME": str(home)}, log)
    # Registered before Prefect is imported, so called after Prefect has sent its last records.
    atexit.register(leashed.end, process, 5)
    url = address(port)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not answers(url):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AuditError(f"Prefect's server does not start; see {log}, or leave out --prefect.")
        time.sleep(0.2)
    return url


def words(port: int) -> list[str]:
    """Return what to say to `prefect` to start a server that only this machine reaches."""
    return ["server", "start", "--host", LOOPBACK, "--port", str(port)]


def address(port: int) -> str:
    """Return the address of the API of a server on this machine."""
    return f"http://{LOOPBACK}:{port}/api"


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


def free_port(wanted: int = 0) -> int:
    """Return `wanted` if nothing listens there, else a port that is free."""
    with socket.socket() as free:
        # As a server would: what an earlier one left behind must not count as taken.
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            free.bind((LOOPBACK, wanted))
        except OSError:
            free.bind((LOOPBACK, 0))
        return int(free.getsockname()[1])
