"""One run at a time writes a workspace."""

from __future__ import annotations

import fcntl
import json
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import IO, Any

from oncall_audit.errors import AuditError
from oncall_audit.workspace import Workspace

_POLL_SECONDS = 0.5


@contextmanager
def exclusive(
    workspace: Workspace, *, patience_seconds: float, on_wait: Callable[[str], None]
) -> Iterator[None]:
    """Hold the workspace's lock; wait for another run, and refuse after `patience_seconds`.

    The lock is the operating system's, so it goes with the process however that ends. A limit on an
    orchestrator's concurrency is no substitute: it counts per deployment.
    """
    workspace.data.mkdir(parents=True, exist_ok=True)
    with workspace.lock.open("a+") as file:
        _acquire(file, workspace, patience_seconds, on_wait)
        _sign(file)
        yield


def holder(workspace: Workspace) -> dict[str, Any] | None:
    """Return who holds the lock (`pid`, `host`, `since`), or nothing while nobody does.

    It is empty where somebody does who did not say.
    """
    try:
        with workspace.lock.open("r") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return _signed(file)
    except FileNotFoundError:
        pass
    return None


def _sign(file: IO[str]) -> None:
    # For people to read: the lock is the operating system's, whatever stands in the file.
    since = datetime.now(UTC).isoformat(timespec="seconds")
    said = {"pid": os.getpid(), "host": socket.gethostname(), "since": since}
    file.truncate(0)
    file.write(json.dumps(said))
    file.flush()


def _signed(file: IO[str]) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read()))
    except ValueError:
        return {}


def _acquire(
    file: IO[str], workspace: Workspace, patience: float, on_wait: Callable[[str], None]
) -> None:
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= deadline:
                with workspace.lock.open() as read:
                    by = _signed(read)
                who = f" (process {by['pid']} on {by['host']}, since {by['since']})" if by else ""
                raise AuditError(
                    f"Another run is writing {workspace.data}{who}; wait for it to end, or stop it."
                ) from None
            if not told:
                on_wait("waiting for another run on this workspace to end")
                told = True
            time.sleep(_POLL_SECONDS)
        else:
            return
