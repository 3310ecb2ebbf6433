"""The digests of a trail: what AWS says every hour of the log files that it has delivered."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from oncall_audit.connectors.records import Row, UnreadableError, columns, part, required
from oncall_audit.connectors.times import read_time

_LARGEST = 64 * 1024 * 1024

COLUMNS = columns(
    "digest bucket previous_digest previous_sha256 previous_signature log_files",
    "started_at ended_at",
)


def is_digest(file: Path) -> bool:
    """Tell a digest by the name that AWS gives it."""
    return "_CloudTrail-Digest_" in file.name


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads one digest; with keys also tells whether the digest before it was signed by AWS.

    A digest's signature is no part of it: the next digest tells it.
    """

    public_keys: str | Path | None = None

    def __call__(self, document: Any, context: Mapping[str, Any]) -> Iterator[Row]:
        """Yield the one row of a digest."""
        if not isinstance(document, Mapping):
            raise UnreadableError("it is no digest: not an object")
        yield {
            "digest": required(document, "digestS3Object"),
            "bucket": required(document, "digestS3Bucket"),
            "started_at": read_time(required(document, "digestStartTime")),
            "ended_at": read_time(required(document, "digestEndTime")),
            "previous_digest": document.get("previousDigestS3Object"),
            "previous_sha256": _lower(document.get("previousDigestHashValue")),
            "previous_signature": self._judged(document, Path(str(context["path"]))),
            "log_files": [_named(file) for file in document.get("logFiles") or ()],
        }

    def _judged(self, digest: Row, path: Path) -> str | None:
        signature = digest.get("previousDigestSignature")
        previous = _before(digest, path)
        if not (self.public_keys and signature and previous):
            return None
        # Costs a tenth of a second, and few who read logs have keys.
        from oncall_audit.connectors.aws_cloudtrail_keys import verdict

        text = _text(previous)
        told = _parsed(text)
        if not told:
            return None
        return verdict(told, hashlib.sha256(text).hexdigest(), str(signature), self.public_keys)


def _named(file: Any) -> Row:
    named = part({"log file": file}, "log file")
    return {
        "name": required(named, "s3Object"),
        "sha256": _lower(required(named, "hashValue")),
        "oldest": _time(named.get("oldestEventTime")),
        "newest": _time(named.get("newestEventTime")),
    }


def _lower(value: Any) -> str | None:
    return None if value is None else str(value).lower()


def _time(value: Any) -> str | None:
    moment = read_time(value)
    return moment.replace(tzinfo=None).isoformat() if moment else None


def _before(digest: Row, path: Path) -> Path | None:
    """Return the file of the digest before, which lies as this one does, or None."""
    own = PurePosixPath(str(digest.get("digestS3Object"))).parts
    before = PurePosixPath(str(digest.get("previousDigestS3Object") or "")).parts
    alike = 0
    while alike < min(len(own), len(path.parts)) and own[-alike - 1] == path.parts[-alike - 1]:
        alike += 1
    # A name in a file must not lead out of the folder.
    if not alike or len(before) < alike or ".." in before:
        return None
    found = Path(*path.parts[:-alike], *before[-alike:])
    return found if found.is_file() and not found.is_symlink() else None


def _text(path: Path) -> bytes:
    raw = path.read_bytes()
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        with gzip.open(path) as stream:
            return stream.read(_LARGEST)
    except (OSError, EOFError, zlib.error):
        return b""


def _parsed(text: bytes) -> Row:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, Mapping) else {}
