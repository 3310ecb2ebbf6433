"""Keeps the SHA-256 of what is written in files, for those who can say what it has to be."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from oncall_audit.errors import SourceError
from oncall_audit.landing.bytes_in import Text
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.records import Content
from oncall_audit.landing.sightings import shown

_AT_ONCE = 1000


def keep(manifest: Manifest, source_name: str, paths: Iterable[Path]) -> None:
    """Note what is written in each file that is new or has changed since it was last looked at."""
    known = defaultdict(set)
    for content in manifest.contents(source_name):
        known[content.path].add((content.size, content.modified))
    fresh: list[Content] = []
    for path in paths:
        name = shown(path)
        size, modified = _stat(path)
        if (size, modified) in known[name]:
            continue
        sha256, is_whole = text_digest(path)
        fresh.append(Content(source_name, name, sha256, is_whole, size, modified))
        if len(fresh) == _AT_ONCE:
            manifest.keep(fresh)
            fresh = []
    manifest.keep(fresh)


def text_digest(path: Path) -> tuple[str, bool]:
    """Return the SHA-256 of a file's text, unpacked, and whether the file was whole."""
    text, found = Text(path), hashlib.sha256()
    for piece in text:
        found.update(piece)
    return found.hexdigest(), text.cut is None


def _stat(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): make it readable.") from error
    return found.st_size, found.st_mtime_ns
