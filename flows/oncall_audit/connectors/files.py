"""Finds the files that a source's `path` names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from oncall_audit.errors import SourceMissing


def find_files(path: str | Path, *endings: str) -> list[Path]:
    """Return the file, the files of the glob, or those below the folder that end so, sorted."""
    found = _found(Path(path), endings)
    if not found:
        raise SourceMissing(
            f"{path} holds no {_listed(endings)}: correct the source's `path`, or put them there."
        )
    return found


def log_files(path: str | Path) -> list[Path]:
    """Return what `find_files` does, but nothing of a folder in which no log lies yet."""
    root = Path(path)
    parts = root.parts
    fixed = next((n for n, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    is_there = Path(*parts[:fixed]).is_dir() and (root.is_dir() or fixed < len(parts))
    return _found(root, ()) if is_there else find_files(path)


def _found(root: Path, endings: tuple[str, ...]) -> list[Path]:
    if root.is_file():
        return [root]
    if root.is_dir():
        return sorted(file for file in _below(root, root) if _is_wanted(file, endings))
    return sorted(file for file in _matching(root) if file.is_file() and _is_wanted(file, ()))


def _is_wanted(file: Path, endings: tuple[str, ...]) -> bool:
    name = file.name.lower()
    if name.startswith("."):
        return False
    return not endings or name.removesuffix(".gz").endswith(endings)


def _below(folder: Path, root: Path) -> Iterator[Path]:
    # What `rglob` finds, without asking the disk of thousands of files what the folder tells.
    try:
        with os.scandir(folder) as listed:
            entries = list(listed)
    except PermissionError:
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_dir(follow_symlinks=False):
            yield from _below(path, root)
        elif entry.is_file(follow_symlinks=False):
            yield path
        elif path.is_file():
            yield _inside(path, root)


def _inside(link: Path, root: Path) -> Path:
    # Whoever may write into a drop folder must not make the audit read elsewhere.
    if not link.resolve().is_relative_to(root.resolve()):
        raise SourceMissing(f"{link} is a link out of {root}: replace it by the file itself.")
    return link


def _matching(pattern: Path) -> Iterator[Path]:
    if "\0" in str(pattern):
        raise SourceMissing("A source's `path` holds a zero byte: correct it.")
    return Path(pattern.anchor or ".").glob(str(pattern.relative_to(pattern.anchor)))


def _listed(endings: tuple[str, ...]) -> str:
    return f"files ending in {', '.join(endings)}" if endings else "file"
