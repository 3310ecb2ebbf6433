"""What was typed at earlier prompts: for its user alone, and not for ever."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import platformdirs
from prompt_toolkit.history import FileHistory

_KEPT = 1_000


def history_file() -> Path:
    """Return where this user's history lies."""
    return platformdirs.user_state_path("oncall-audit") / "sql_history"


class BoundedHistory(FileHistory):
    """The last queries of a user, in a file that nobody else may read; never what they answered."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self._path = path
        # Without a home there is a history of this prompt alone.
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.chmod(0o600)

    def load_history_strings(self) -> Iterable[str]:
        """Yield the last queries, the newest first; the file forgets the others."""
        try:
            kept = [*super().load_history_strings()]
            if len(kept) > _KEPT:
                self._forget(kept[:_KEPT])
        except (OSError, UnicodeDecodeError):
            return []
        return kept[:_KEPT]

    def store_string(self, string: str) -> None:
        """Keep a query, unless it begins with a blank: as shells do it."""
        if string.strip() and not string.startswith(" "):
            with suppress(OSError):
                super().store_string(string)

    def _forget(self, kept: list[str]) -> None:
        # Beside it and then in its place: another prompt may be reading it.
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        beside.touch(mode=0o600)
        newer = FileHistory(str(beside))
        for string in reversed(kept):
            newer.store_string(string)
        beside.replace(self._path)
