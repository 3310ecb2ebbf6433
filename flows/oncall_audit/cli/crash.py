"""What is kept of an unexpected failure, and what the user is told of it."""

from __future__ import annotations

import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from oncall_audit import variables
from oncall_audit.workspace import Workspace


def report(error: Exception, words: Sequence[str]) -> str:
    """Keep the traceback in a log file, without secrets, and say where it lies."""
    workspace = _workspace(words)
    text = "".join(traceback.format_exception(error))
    path = _write(
        workspace, f"oncall-audit {' '.join(words)}\n\n{variables.hidden(workspace, text)}"
    )
    what = variables.hidden(workspace, f"{type(error).__name__}: {error}").splitlines()[0]
    return (
        f"oncall-audit: an unexpected failure ({what[:200]})."
        f" This is a defect of oncall-audit; please report it with {path}"
    )


def _workspace(words: Sequence[str]) -> Workspace:
    for place, word in enumerate(words):
        if word.startswith("--workspace="):
            return Workspace(Path(word.partition("=")[2]))
        if word == "--workspace" and place + 1 < len(words):
            return Workspace(Path(words[place + 1]))
    return Workspace(Path())


def _write(workspace: Workspace, text: str) -> Path:
    name = f"failure-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.txt"
    has_workspace = workspace.config.exists()
    folder = workspace.logs if has_workspace else Path(tempfile.mkdtemp("-oncall-audit"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    except OSError:
        folder = Path(tempfile.mkdtemp("-oncall-audit"))
        (folder / name).write_text(text, encoding="utf-8")
    return folder / name
