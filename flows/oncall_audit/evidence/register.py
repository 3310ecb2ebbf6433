"""The append-only register: a JSON line a run or decision, with the hash of the line before."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oncall_audit.errors import VerificationFailed

_GENESIS = "0" * 64


def append(path: Path, record: Mapping[str, Any]) -> str:
    """Add `record` durably and return the SHA-256 of its line, which the next line will carry."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as register:
        # A decision may be written while a run ends: each must know the line before its own.
        fcntl.flock(register, fcntl.LOCK_EX)
        _mend(path)
        line = _line({**record, "previous_sha256": _last_hash(path)})
        register.write(line + b"\n")
        register.flush()
        os.fsync(register.fileno())
    return _hash(line)


def read(path: Path) -> list[dict[str, Any]]:
    """Return every record, oldest first; raise `VerificationFailed` where the chain is broken."""
    if not path.exists():
        return []
    records, previous = [], _GENESIS
    for number, line in enumerate(_whole_lines(path), start=1):
        record = _parse(path, number, line)
        if record.get("previous_sha256") != previous:
            raise VerificationFailed(
                f"{path}:{number}: the register's chain is broken: a line before this one "
                "was changed, removed or added. Restore the file from a backup."
            )
        records.append(record)
        previous = _hash(line)
    return records


def _whole_lines(path: Path) -> list[bytes]:
    # What follows the last newline is a write that was cut off: it never counted.
    return path.read_bytes().split(b"\n")[:-1]


def _mend(path: Path) -> None:
    if path.exists() and not path.read_bytes().endswith(b"\n") and path.stat().st_size:
        os.truncate(path, sum(len(line) + 1 for line in _whole_lines(path)))


def _parse(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:
        record = None
    if not isinstance(record, dict):
        raise VerificationFailed(f"{path}:{number}: this line of the register is not a record.")
    return record


def _last_hash(path: Path) -> str:
    lines = _whole_lines(path) if path.exists() else []
    return _hash(lines[-1]) if lines else _GENESIS


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
