"""A real Prefect server for tests, and what they ask it."""

from __future__ import annotations

import gzip
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import yaml

from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

REPOSITORY = Path(__file__).parents[1]


@dataclass(frozen=True)
class Server:
    """A running Prefect server, and what a process has to know to use it."""

    url: str
    home: Path

    def ask(self, path: str, **body: Any) -> Any:
        """POST to the server, as its filters and its making of runs want it."""
        answer = requests.post(f"{self.url}/{path}", json=body, timeout=20)
        answer.raise_for_status()
        return answer.json()

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `python -m …` against this server and wait for its end."""
        return subprocess.run(
            [sys.executable, "-m", *words],
            env={**self.environment, **environment},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )

    def deploy(self) -> dict[str, Any]:
        """Make the work pool and the deployments; return them by name."""
        for words in (
            ("work-pool", "create", "oncall-audit", "--type", "process"),
            ("--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml"),
        ):
            done = self.run("prefect", *words)
            assert done.returncode == 0, done.stdout + done.stderr
        return {it["name"]: it for it in self.ask("deployments/filter")}

    @property
    def environment(self) -> dict[str, str]:
        """Return the variables of a process that is to use this server."""
        return {
            **os.environ,
            "PREFECT_API_URL": self.url,
            "PREFECT_HOME": str(self.home),
            "PREFECT_CLI_PROMPT": "false",
            "PYTHONPATH": str(REPOSITORY / "flows"),
        }


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[Server]:
    """Start a server with its scheduler on a free port, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}/api", home)
    words = ["server", "start", "--host", "127.0.0.1", "--port", str(port), "--no-ui"]
    with (
        (server.home / "server.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "prefect", *words],
            env={**server.environment, "PREFECT_API_URL": "", **environment},
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            eventually(lambda: process.poll() is None and _is_healthy(server.url), seconds=90)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _is_healthy(url: str) -> bool:
    try:
        return requests.get(f"{url}/health", timeout=5).ok
    except requests.ConnectionError:
        return False


def eventually(holds: Callable[[], object], *, seconds: float) -> None:
    """Wait until it holds, and no longer than so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"It did not come about within {seconds} s."
        time.sleep(0.2)


def plain(path: Path) -> bytes:
    """Read a file, unpacked if it is packed."""
    content = path.read_bytes()
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def dumped(database: Path) -> str:
    """Read every row of an SQLite database as text."""
    # A long value is cut over pages of the file, so it is looked at as rows, too.
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return "\n".join(connection.iterdump())


def configure(root: Path, **sources: dict[str, str]) -> None:
    """Write a configuration of nothing but these sources."""
    content = {"organisation": "Example", "sources": sources}
    (root / "oncall-audit.yml").write_text(yaml.safe_dump(content))


def runs(workspace: Workspace) -> list[dict[str, Any]]:
    """Return every run that the register of a workspace has."""
    return [it for it in register.read(workspace.register) if it["kind"] == "run"]


def shift_runs(server: Server, deployed: dict[str, Any], workspace: str) -> list[dict[str, Any]]:
    """Return the runs of `shifts` on a workspace that no cron schedule asked for."""
    found: list[dict[str, Any]] = server.ask(
        "flow_runs/filter", deployments={"id": {"any_": [deployed["shifts"]["id"]]}}
    )
    return [
        it
        for it in found
        if not it["auto_scheduled"] and it["parameters"]["workspace"] == workspace
    ]
