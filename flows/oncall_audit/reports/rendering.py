"""Writes the formats that were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.pseudonym_key import PseudonymKey
from oncall_audit.reports.csv_files import write_csv
from oncall_audit.reports.json_files import write_json
from oncall_audit.reports.ocsf import write_ocsf
from oncall_audit.reports.oscal import write_oscal
from oncall_audit.reports.pages import html_report, markdown_report
from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import Summary, summarise


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every format is made of, and where it goes."""

    published: Published
    summary: Summary
    folder: Path
    checks: dict[str, Any] | None
    since: datetime | None


def render_formats(
    database: Path,
    folder: Path,
    formats: tuple[str, ...],
    notices: Sequence[str] = (),
    pseudonym_key: PseudonymKey | None = None,
    since: datetime | None = None,
) -> list[Path]:
    """Write each of `formats` into `folder`."""
    unknown = [name for name in formats if name not in _WRITERS]
    if unknown:
        raise ConfigurationError(
            f"There is no report format {', '.join(unknown)}. Formats: {', '.join(_WRITERS)}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    with Published(database, pseudonym_key) as published:
        summary, checks = summarised(published, notices)
        asked = _Asked(published, summary, folder, checks, since)
        return [path for name in formats for path in _WRITERS[name](asked)]


def summarised(
    published: Published, notices: Sequence[str] = ()
) -> tuple[Summary, dict[str, Any] | None]:
    """Return what the tables and the run beside them say in short, and the data checks."""
    checks = _beside(published, "checks.json")
    told = _beside(published, "run.json") or {}
    told = {**told, "messages": [*notices, *told.get("messages", ())]}
    if published.pseudonyms:
        # Failed rows and messages may hold names too.
        told, checks = map(published.pseudonyms.content, (told, checks))
    return summarise(published, told), checks


def _html(asked: _Asked) -> list[Path]:
    text = html_report(asked.published, asked.summary, asked.checks)
    return [_written(asked.folder / "report.html", text)]


def _markdown(asked: _Asked) -> list[Path]:
    text = markdown_report(asked.published, asked.summary, asked.checks)
    return [_written(asked.folder / "report.md", text)]


def _xlsx(asked: _Asked) -> list[Path]:
    # The libraries for sheets and pages are loaded by who asks for one.
    from oncall_audit.reports.workbook import write_workbook

    return write_workbook(asked.published, asked.summary, asked.folder)


def _pdf(asked: _Asked) -> list[Path]:
    from oncall_audit.reports.paper import write_pdf

    return write_pdf(asked.published, asked.summary, asked.folder)


_WRITERS: dict[str, Callable[[_Asked], list[Path]]] = {
    "html": _html,
    "csv": lambda asked: write_csv(asked.published, asked.folder / "csv", asked.since),
    "json": lambda asked: write_json(asked.published, asked.summary, asked.folder),
    "md": _markdown,
    "xlsx": _xlsx,
    "ocsf": lambda asked: write_ocsf(asked.published, asked.summary, asked.folder),
    "oscal": lambda asked: write_oscal(asked.published, asked.summary, asked.folder),
    "pdf": _pdf,
}


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def _beside(published: Published, name: str) -> dict[str, Any] | None:
    """Read what the run and the data checks say of themselves, if it is kept beside the tables."""
    path = published.folder / name
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
