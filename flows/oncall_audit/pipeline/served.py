"""Whether `serve` runs on a workspace, and where its Prefect server is reached."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import Workspace


@contextmanager
def alone(workspace: Workspace) -> Iterator[Callable[[str], None]]:
    """Be the only `serve` of the workspace; gives what announces the address of its API.

    The lock is the operating system's: what is announced counts for as long as it is held.
    """
    workspace.data.mkdir(parents=True, exist_ok=True)
    with workspace.serve_lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConfigurationError(
                f"'oncall-audit serve' runs already on {workspace.root}{_who(workspace)}."
                " One is enough; stop that one first."
            ) from None

        def announce(url: str) -> None:
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "url": url}))
            file.flush()

        # Of an earlier one, whose server is gone.
        file.truncate(0)
        yield announce
        file.truncate(0)


def address(workspace: Workspace) -> str | None:
    """Return the address of the API of the `serve` that runs on the workspace, if one does."""
    try:
        with workspace.serve_lock.open("r", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError:
                return str(json.loads(file.read())["url"])
    except (OSError, ValueError, KeyError):
        pass
    return None


def _who(workspace: Workspace) -> str:
    try:
        said = json.loads(workspace.serve_lock.read_text(encoding="utf-8"))
        return f", as process {said['pid']} at {said['url'].removesuffix('/api')}"
    except (OSError, ValueError, KeyError):
        return ""
