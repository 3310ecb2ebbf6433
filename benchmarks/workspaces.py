"""Workspaces that take longer to write than to audit: they are written once."""

from __future__ import annotations

import shutil
from pathlib import Path

from generate import Organisation, write

# Whoever changes such a workspace takes this file out of it.
MADE = ".made"


def once(folder: Path, events: int, days: int, organisation: Organisation) -> None:
    """Write a workspace as `write` does, unless it lies there whole."""
    if not (folder / MADE).exists():
        shutil.rmtree(folder, ignore_errors=True)
        write(folder, events, days, organisation=organisation)
        (folder / MADE).touch()
