from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from mail_server import MailServer, mail_server

from oncall_audit.evidence import register
from oncall_audit.notifications import delivery
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

SLACK_PATH = "/services/T000/B000/canary-slack-path"
SECRET = "canary-webhook-secret"


@pytest.fixture
def workspace(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """The small workspace, whose two runs are on record."""
    monkeypatch.setenv("SIEM_SECRET", SECRET)
    for run_id in ("run-1", "run-2"):
        publish(workspace, run_id)
    return workspace


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    with mail_server(tmp_path) as server:
        yield server


def configure(workspace: Workspace, *channels: str, more: str = "") -> None:
    """Write the configuration with these channels, each as `name: {…}`."""
    lines = "".join(f"    {channel}\n" for channel in channels)
    workspace.config.write_text(f"organisation: Example\nnotify:\n{more}  channels:\n{lines}")


def publish(workspace: Workspace, run_id: str) -> None:
    """Put a run on record as published."""
    register.append(workspace.register, {"kind": "run", "run_id": run_id, "published": True})


def change(workspace: Workspace, *statements: str) -> None:
    """Change what is published."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{workspace.published.resolve()}' as it")
        connection.execute("use it.audit")
        for statement in statements:
            connection.execute(statement)


def send(
    workspace: Workspace, wait: Callable[[float], None] = lambda _seconds: None
) -> tuple[int, list[str]]:
    """Deliver what is due."""
    return delivery.deliver(workspace, delivery.pending(workspace, load(workspace)), wait=wait)


def noted(workspace: Workspace) -> list[tuple[Any, ...]]:
    """Return what the register says of notifications."""
    return [
        (it["channel"], it["run_id"], it["state"], it["to"], it["finding_ids"])
        for it in register.read(workspace.register)
        if it["kind"] == "notification"
    ]
