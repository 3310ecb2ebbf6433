"""Append-only records: a JSON line each, with the hash of the line before.

The register holds runs, decisions, changes of access, keys, manifests, notifications and removals;
custody holds reads.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from oncall_audit.errors import VerificationFailed

GENESIS = "0" * 64

_BLOCK = 1 << 16
_POLL_SECONDS = 0.01


def append(
    path: Path, record: Mapping[str, Any], *, patience: float | None = None, durable: bool = True
) -> str:
    """Add `record` and return the SHA-256 of its line, which the next line will carry.

    `patience` is how many seconds to wait for another writer, None for ever; after that it raises
    `BlockingIOError`. What need not outlive a power cut is not `durable`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as register:
        # A decision may be written while a run ends: each must know the line before its own.
        _lock(register, patience)
        last = _mend(register)
        line = _line({**record, "previous_sha256": line_hash(last) if last else GENESIS})
        register.write(line + b"\n")
        register.flush()
        if durable:
            os.fsync(register.fileno())
    return line_hash(line)


def read(path: Path) -> list[dict[str, Any]]:
    """Return every record, oldest first; raise `VerificationFailed` where the chain is broken."""
    return parse(whole(path), str(path))


def whole(path: Path) -> bytes:
    """Return every line that counts; what follows the last newline is a write that was cut off."""
    content = path.read_bytes() if path.exists() else b""
    return content[: content.rfind(b"\n") + 1]


def parse(content: bytes, name: str, previous: str = GENESIS) -> list[dict[str, Any]]:
    """Return the records of lines that follow the one whose hash is `previous`."""
    records = []
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        record = _parse(name, number, line)
        if record.get("previous_sha256") != previous:
            raise VerificationFailed(
                f"{name}:{number}: the register's chain is broken: a line before this one "
                "was changed, removed or added. Restore the file from a backup."
            )
        records.append(record)
        previous = line_hash(line)
    return records


def head(content: bytes) -> str:
    """Return the SHA-256 of the last line, which vouches for all before it."""
    lines = content.split(b"\n")[:-1]
    return line_hash(lines[-1]) if lines else GENESIS


def line_hash(line: bytes) -> str:
    """Return the SHA-256 of a line without its newline."""
    return hashlib.sha256(line).hexdigest()


def _lock(register: IO[bytes], patience: float | None) -> None:
    if patience is None:
        fcntl.flock(register, fcntl.LOCK_EX)
        return
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(register, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_POLL_SECONDS)
        else:
            return


def _mend(register: IO[bytes]) -> bytes:
    """Cut off an unfinished line; return the last whole one, reading no more than that."""
    size = register.seek(0, os.SEEK_END)
    tail, begin = b"", size
    while begin and tail.count(b"\n") < 2:
        begin = max(0, begin - _BLOCK)
        register.seek(begin)
        tail = register.read(size - begin)
    kept = tail.rfind(b"\n") + 1
    if kept < len(tail):
        register.truncate(begin + kept)
        return _mend(register)
    return tail[:kept].split(b"\n")[-2] if kept else b""


def _parse(name: str, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise VerificationFailed(f"{name}:{number}: this line of the register is not a record.")
    return record


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
