"""Finds the dbt project, the expectations and the deployments."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def asset(name: str) -> Path:
    """Return the folder `name`: from the wheel when installed, else from the checkout."""
    # From __file__ alone: an editable install leaves a stale copy of the assets in site-packages.
    bundled = _PACKAGE / "_assets" / name
    return bundled if bundled.is_dir() else _PACKAGE.parents[1] / name
