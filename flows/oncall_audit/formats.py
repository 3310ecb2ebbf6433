"""The format of a workspace: newer programs bring it forward, older ones refuse it.

Its number is the manifest's `user_version`, for the landing zone is what cannot be made again: all
else is rebuilt (the warehouse), published once (audits) or read line by line (the register).
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from oncall_audit.errors import ConfigurationError

# 1 had no number, no `contents` and no `retired`.
FORMAT = 2


def check(manifest: Path) -> None:
    """Raise `ConfigurationError` if a newer program has written this manifest."""
    try:
        with closing(sqlite3.connect(f"file:{manifest}?mode=ro", uri=True)) as connection:
            found = number(connection)
    except sqlite3.Error:
        return  # Who may read publications alone need not read this; who needs it is told then.
    refuse(found, manifest)


def refuse(found: int, manifest: Path) -> None:
    """Raise `ConfigurationError` if this is the number of a format that is unknown here."""
    if found > FORMAT:
        raise ConfigurationError(
            f"{manifest.parent} was written by a newer oncall-audit: its format is {found}, and"
            f" this program knows formats up to {FORMAT}. Install the newer version. To go back,"
            " restore the backup that was made before it."
        )


def number(connection: sqlite3.Connection) -> int:
    """Return the format that a manifest says it has; 0 of the first, and of an empty file."""
    return int(connection.execute("pragma user_version").fetchone()[0])
