"""A few days of the demo organisation, audited up to yesterday, and the night that comes next."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audits import Organisation, day_in, hold_back, tables

import oncall_audit
from oncall_audit.pipeline.start import audit
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.pipeline.run import Outcome

_LOG_DAYS, _EXPORT_DAYS = 4, 10


@dataclass(frozen=True)
class Nights:
    """What was published last night, what has been delivered since, and what a good night makes."""

    audited: Path
    delivered: Path
    since: datetime
    until: datetime
    # A workspace after tonight's run, and what that came to.
    good: Path
    outcome: Outcome
    expected: dict[str, list[tuple[Any, ...]]]

    def tonight(self, root: Path) -> Workspace:
        """Copy the workspace as it lies there before tonight's run."""
        return _tonight(self.audited, self.delivered, root)

    def run(self, workspace: Workspace, *options: str) -> list[str]:
        """Return the words of tonight's run."""
        window = ["--since", self.since.isoformat(), "--until", self.until.isoformat()]
        return ["run", "--workspace", str(workspace.root), *window, *options]


def nights(organisation: Organisation, folder: Path) -> Nights:
    """Audit a few days, and once more with the last of them."""
    until = organisation.answers.until
    since = until - timedelta(days=_LOG_DAYS)
    yesterday = until - timedelta(days=1)
    workspace = organisation.copy_to(folder / "audited")
    for part, days in (("logs", _LOG_DAYS), ("exports", _EXPORT_DAYS)):
        _forget(workspace.root / part, until - timedelta(days=days))
    hold_back(workspace.root, folder / "delivered", yesterday)
    audit(workspace.root, since=since, until=yesterday)
    good = _tonight(workspace.root, folder / "delivered", folder / "good")
    outcome = audit(good.root, since=since, until=until)
    delivered, expected = folder / "delivered", tables(good)
    return Nights(workspace.root, delivered, since, until, good.root, outcome, expected)


def _tonight(audited: Path, delivered: Path, root: Path) -> Workspace:
    shutil.copytree(audited, root, symlinks=True)
    shutil.copytree(delivered, root, dirs_exist_ok=True)
    return Workspace(root)


def _forget(folder: Path, until: datetime) -> None:
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        day = day_in(path.name)
        if day and day < until.date():
            path.unlink()


def start(words: Sequence[str], *program: str) -> subprocess.Popen[str]:
    """Start the command line, or a program that calls it, as a process of its own."""
    package = Path(oncall_audit.__file__).parents[1]
    return subprocess.Popen(
        [sys.executable, *(program or ("-m", "oncall_audit")), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(package)},
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for a process; return its status and what it said."""
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def digest(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a publication."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
