"""One run at a time writes a workspace."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

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
        yield


def _acquire(
    file: IO[str], workspace: Workspace, patience: float, on_wait: Callable[[str], None]
) -> None:
    deadline, told = time.monotonic() + patience, False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if time.monotonic() >= deadline:
                raise AuditError(
                    f"Another run is writing {workspace.data}; wait for it to end, or stop it."
                ) from None
            if not told:
                on_wait("waiting for another run on this workspace to end")
                told = True
            time.sleep(_POLL_SECONDS)
        else:
            return
