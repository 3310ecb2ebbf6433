"""Writes the formats that were asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.reports.csv_files import write_csv
from oncall_audit.reports.json_files import write_json
from oncall_audit.reports.ocsf import write_ocsf
from oncall_audit.reports.oscal import write_oscal
from oncall_audit.reports.pages import html_report, markdown_report
from oncall_audit.reports.published import Published
from oncall_audit.reports.summary import Summary, summarise

Writer = Callable[[Published, Summary, Path, dict[str, Any] | None], list[Path]]


def render_formats(
    database: Path, folder: Path, formats: tuple[str, ...], notices: Sequence[str] = ()
) -> list[Path]:
    """Write each of `formats` into `folder`."""
    unknown = [name for name in formats if name not in _WRITERS]
    if unknown:
        raise ConfigurationError(
            f"There is no report format {', '.join(unknown)}. Formats: {', '.join(_WRITERS)}."
        )
    folder.mkdir(parents=True, exist_ok=True)
    checks = _beside(database, "checks.json")
    told = _beside(database, "run.json") or {}
    with Published(database) as published:
        summary = summarise(published, {**told, "messages": [*notices, *told.get("messages", ())]})
        return [
            path for name in formats for path in _WRITERS[name](published, summary, folder, checks)
        ]


def _html(
    published: Published, summary: Summary, folder: Path, checks: dict[str, Any] | None
) -> list[Path]:
    path = folder / "report.html"
    path.write_text(html_report(published, summary, checks), encoding="utf-8")
    return [path]


def _markdown(
    published: Published, summary: Summary, folder: Path, checks: dict[str, Any] | None
) -> list[Path]:
    path = folder / "report.md"
    path.write_text(markdown_report(published, summary, checks), encoding="utf-8")
    return [path]


def _csv(
    published: Published, _summary: Summary, folder: Path, _checks: dict[str, Any] | None
) -> list[Path]:
    return write_csv(published, folder / "csv")


def _json(
    published: Published, summary: Summary, folder: Path, _checks: dict[str, Any] | None
) -> list[Path]:
    return write_json(published, summary, folder)


def _xlsx(
    published: Published, summary: Summary, folder: Path, _checks: dict[str, Any] | None
) -> list[Path]:
    # The libraries for sheets and pages are loaded by who asks for one.
    from oncall_audit.reports.workbook import write_workbook

    return write_workbook(published, summary, folder)


def _ocsf(
    published: Published, summary: Summary, folder: Path, _checks: dict[str, Any] | None
) -> list[Path]:
    return write_ocsf(published, summary, folder)


def _oscal(
    published: Published, summary: Summary, folder: Path, _checks: dict[str, Any] | None
) -> list[Path]:
    return write_oscal(published, summary, folder)


def _pdf(
    published: Published, summary: Summary, folder: Path, _checks: dict[str, Any] | None
) -> list[Path]:
    from oncall_audit.reports.paper import write_pdf

    return write_pdf(published, summary, folder)


_WRITERS: dict[str, Writer] = {
    "html": _html,
    "csv": _csv,
    "json": _json,
    "md": _markdown,
    "xlsx": _xlsx,
    "ocsf": _ocsf,
    "oscal": _oscal,
    "pdf": _pdf,
}


def _beside(database: Path, name: str) -> dict[str, Any] | None:
    """Read what the run and the data checks say of themselves, if it is kept beside the tables."""
    path = database.parent / name
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
