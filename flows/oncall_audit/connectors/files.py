"""Finds the files that a source's `path` names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from oncall_audit.errors import SourceMissing


def find_files(path: str | Path, *endings: str) -> list[Path]:
    """Return the file, the files of the glob, or those below the folder that end so, sorted."""
    root = Path(path)
    if root.is_file():
        return [root]
    if root.is_dir():
        found = [_inside(file, root) for file in root.rglob("*") if file.is_file()]
    else:
        found = [file for file in _matching(root) if file.is_file()]
    wanted = sorted(file for file in found if _is_wanted(file, endings if root.is_dir() else ()))
    if not wanted:
        raise SourceMissing(
            f"{root} holds no {_listed(endings)}: correct the source's `path`, or put them there."
        )
    return wanted


def log_files(path: str | Path) -> list[Path]:
    """Return what `find_files` does, but nothing of a folder in which no log lies yet."""
    root = Path(path)
    parts = root.parts
    fixed = next((n for n, part in enumerate(parts) if set(part) & set("*?[")), len(parts))
    folder = Path(*parts[:fixed])
    is_there = folder.is_dir() and (root.is_dir() or fixed < len(parts))
    found = folder.rglob("*") if root.is_dir() else _matching(root) if is_there else ()
    if is_there and not any(file.is_file() and not file.name.startswith(".") for file in found):
        return []
    return find_files(path)


def _is_wanted(file: Path, endings: tuple[str, ...]) -> bool:
    name = file.name.lower()
    if name.startswith("."):
        return False
    return not endings or name.removesuffix(".gz").endswith(endings)


def _inside(file: Path, root: Path) -> Path:
    # Whoever may write into a drop folder must not make the audit read elsewhere.
    if file.is_symlink() and not file.resolve().is_relative_to(root.resolve()):
        raise SourceMissing(f"{file} is a link out of {root}: replace it by the file itself.")
    return file


def _matching(pattern: Path) -> Iterator[Path]:
    if "\0" in str(pattern):
        raise SourceMissing("A source's `path` holds a zero byte: correct it.")
    return Path(pattern.anchor or ".").glob(str(pattern.relative_to(pattern.anchor)))


def _listed(endings: tuple[str, ...]) -> str:
    return f"files ending in {', '.join(endings)}" if endings else "file"
