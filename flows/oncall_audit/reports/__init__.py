"""Published tables in, reports out, in every format and without a network."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from oncall_audit.evidence.pseudonym_key import PseudonymKey

FORMATS = ("html", "csv", "json", "md", "xlsx", "ocsf", "oscal", "pdf")

__all__ = ["FORMATS", "render"]


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
