"""What a run that did not end well is told as."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb

from oncall_audit.errors import AuditError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_ROOM_SQLITE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_FSYNC,
}
_TOO_LONG = "The run took longer than it may, and was stopped."
# How Prefect and its limits end a run; by name, for to import it takes seconds.
_ENDED = {
    "CancelledError": _TOO_LONG,
    "TookTooLongError": _TOO_LONG,
    "TerminationSignal": "The run was told to stop, as when its machine shuts down.",
}
_NO_ROOM_WORDS = ("No space left on device", "File too large", "Disk quota exceeded")

# DuckDB's words; where dbt was between, they are all that is left of the error.
_OUT_OF_MEMORY = "Out of Memory Error"
_NOT_SPILT = "failed to offload data block"


def told(error: BaseException, data: Path) -> BaseException:
    """Return the error itself, or one in plain words where the disk or memory is at fault."""
    causes = list(_causes(error))
    if any(_is_no_room(cause) for cause in causes):
        return AuditError(
            f"There is no room left to write below {data}: the disk is full, or a limit on the size"
            " of files is reached. Nothing was published. Make room, then run again."
        )
    words = next((str(it) for it in causes if _OUT_OF_MEMORY in str(it)), "")
    if _NOT_SPILT in words:
        return AuditError(
            "There is no room left for what does not fit in memory. Nothing was published. Make"
            f" room on the disk of {data}, or name a folder on another disk as `spill`, or raise"
            " `memory_limit`, then run again."
        )
    if words:
        return AuditError(
            "More memory is needed than `memory_limit` allows. Nothing was published. Raise it, or"
            " lower `threads`, then run again."
        )
    return error


def reason(error: BaseException) -> str:
    """Return what readers of the last publication are told."""
    if isinstance(error, AuditError):
        return str(error)
    if isinstance(error, KeyboardInterrupt):
        return "The run was stopped by hand."
    if said := _ENDED.get(type(error).__name__):
        return said
    return f"The run failed unexpectedly ({type(error).__name__})."


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_no_room(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _NO_ROOM
    if isinstance(error, sqlite3.OperationalError):
        return error.sqlite_errorcode in _NO_ROOM_SQLITE
    if isinstance(error, duckdb.Error | AuditError):
        return any(words in str(error) for words in _NO_ROOM_WORDS)
    return False
