"""Copies what cannot be made again out of a workspace, as one whole moment of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.run import Progress, silent
from oncall_audit.workspace import Workspace

SUMS = "SHA256SUMS"
# Made again by the next run, or of this machine. What is not named here goes along.
_LEFT_OUT = ("warehouse", "prefect", "reports", "metrics", "logs", "run.lock", "status.html")
_PATIENCE_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class BackUp:
    """What a backup came to. `elsewhere` counts read files that stay where they are."""

    folder: Path
    files: int
    bytes: int
    elsewhere: int


def back_up(workspace: Workspace, target: Path, report: Progress = silent) -> BackUp:
    """Write a copy of the workspace to a new folder; it is there whole or not at all.

    It waits for a run to end and holds off the next. Decisions and reads go on being written
    meanwhile: their lines are copied after what they speak of, and then what came in between.
    """
    target = target.absolute()
    if not workspace.config.exists():
        raise ConfigurationError(f"{workspace.root} is no workspace: there is nothing to back up.")
    if target.exists():
        raise ConfigurationError(f"{target} is there already. Name a folder that is not.")
    if target.is_relative_to(workspace.root.absolute()):
        raise ConfigurationError(f"{target} lies in the workspace itself. Choose another disk.")
    partial = target.with_name(f".{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(mode=0o700, parents=True)
    copy = Workspace(partial)
    with exclusive(
        workspace,
        patience_seconds=_PATIENCE_SECONDS,
        on_wait=lambda message: report("wait", message),
    ):
        report("backup", "files")
        _copy_files(workspace, copy)
        elsewhere = _copy_manifest(workspace, copy)
        for chain, place in (
            (workspace.register, copy.register),
            (workspace.custody, copy.custody),
        ):
            if chain.exists():
                place.write_bytes(register.whole(chain))
        _copy_files(workspace, copy)
    report("backup", "sums")
    files, size = _write_sums(partial)
    partial.rename(target)
    return BackUp(target, files, size, elsewhere)


def _copy_files(workspace: Workspace, copy: Workspace) -> None:
    """Copy every file that the copy has not, or has from an earlier time."""
    linked: dict[tuple[int, int], Path] = {}
    for path in _kept(workspace):
        place = copy.root / path.relative_to(workspace.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            place.unlink(missing_ok=True)
            place.symlink_to(path.readlink())
        elif not place.exists() or place.stat().st_mtime_ns != path.stat().st_mtime_ns:
            _copy(path, place, linked)


def _copy(path: Path, place: Path, linked: dict[tuple[int, int], Path]) -> None:
    """Copy a file; one that publications share is shared by their copies too."""
    status = path.stat()
    same = linked.setdefault((status.st_dev, status.st_ino), place)
    if same != place:
        os.link(same, place)
    else:
        shutil.copy2(path, place)


def _kept(workspace: Workspace) -> Iterator[Path]:
    for path in (workspace.config, workspace.policy, workspace.secrets):
        if path.exists():
            yield path
    own = {workspace.register, workspace.custody}
    for path in sorted(workspace.data.rglob("*")):
        inside = path.relative_to(workspace.data).parts
        is_own = path in own or path.name.startswith(workspace.manifest.name)
        # A name with a dot is of something that is not finished, or that was.
        is_unfinished = any(part.startswith(".") for part in inside)
        if inside[0] in _LEFT_OUT or is_own or is_unfinished:
            continue
        if path.is_symlink() or path.is_file():
            yield path


def _copy_manifest(workspace: Workspace, copy: Workspace) -> int:
    """Copy the manifest as its last commit left it; return how many files it knows elsewhere."""
    if not workspace.manifest.exists():
        return 0
    copy.landing.mkdir(parents=True, exist_ok=True)
    with (
        closing(sqlite3.connect(workspace.manifest)) as source,
        closing(sqlite3.connect(copy.manifest)) as target,
    ):
        source.backup(target)
        return int(target.execute("select count(distinct path) from seen").fetchone()[0])


def _write_sums(folder: Path) -> tuple[int, int]:
    lines, size = [], 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            lines.append(f"{_sha256(path)}  {path.relative_to(folder)}\n")
            size += path.stat().st_size
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")
    return len(lines), size


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
