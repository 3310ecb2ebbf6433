"""Published tables in, reports out, in every format and without a network."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oncall_audit.evidence.pseudonym_key import PseudonymKey

FORMATS = ("html", "csv", "json", "md", "xlsx", "ocsf", "oscal", "pdf")

__all__ = ["FORMATS", "render", "warm"]


def render(
    database: Path,
    folder: Path,
    formats: Iterable[str] = FORMATS,
    *,
    notices: Sequence[str] = (),
    pseudonym_key: PseudonymKey | None = None,
    since: datetime | None = None,
) -> list[Path]:
    """Write the reports of a published `audit.duckdb` into `folder` and return their paths.

    The same tables and `notices` give the same bytes. A `checks.json` and a `run.json` beside them
    are read too. The notices stand where the report says what it lacks. With a `pseudonym_key`
    no format names a person. With `since`, CSV has no sessions that were over before.
    """
    # The templates and their engine are loaded for a report only, not for one line of SQL.
    from oncall_audit.reports.rendering import render_formats

    return render_formats(database, folder, tuple(formats), notices, pseudonym_key, since)


@cache
def warm() -> None:
    """Begin to load the templates and their engine beside other work, once, for reports to come."""
    threading.Thread(target=_load, name="reports").start()


def _load() -> None:
    # What is wrong shows, whole, when the reports themselves load it.
    with suppress(Exception):
        from oncall_audit.reports import pages, rendering  # noqa: F401

        pages.load_templates()
