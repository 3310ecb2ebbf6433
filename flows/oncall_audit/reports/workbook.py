"""The audit as an Excel workbook in which every text is only text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from inspect import unwrap
from itertools import chain, islice
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from oncall_audit.collection import without_collection
from oncall_audit.reports.published import Published
from oncall_audit.reports.sheets import (
    QUERIES,
    Line,
    findings_sheet,
    queried_sheet,
    summary_sheet,
)
from oncall_audit.reports.summary import SEVERITIES, Summary
from oncall_audit.reports.text import number, shortened, visible

# Excel's own limits: rows of a sheet, characters of a cell, digits of a number, first year.
ROWS = 1_048_576
_LONGEST = 32_000
_LARGEST = 10**15
_FIRST_YEAR = 1900
# Rows of all sheets; some 200 MB.
IN_MEMORY = 100_000
_MEASURED = 500
_NARROWEST, _WIDEST = 8, 60
_COLOURS = dict(
    zip(SEVERITIES, ("#9C0006", "#C55A11", "#7F6000", "#375623", "#44546A"), strict=True)
)

Style = Format | None
# Without their look for cells named as `A1`, which takes as long as the writing.
_write_text = unwrap(Worksheet.write_string)
_write_number = unwrap(Worksheet.write_number)


def write_workbook(published: Published, summary: Summary, folder: Path) -> list[Path]:
    """Write `report.xlsx`; its dates are the run's, so that the same tables give the same bytes."""
    path = folder / "report.xlsx"
    made = summary.run["ended_at"] or summary.run["started_at"] or datetime(1980, 1, 1)  # noqa: DTZ001 - naive UTC, as in the tables
    totals = {
        name: published.value(f"select count(*) from ({query})")
        for name, query in {"Findings": "from findings", **QUERIES}.items()
    }
    # Rows that go to disk as they come need no memory, but half as much time again.
    options = {"constant_memory": sum(totals.values()) > IN_MEMORY}
    # Half a million cells are no garbage, and looking through them costs a sixth.
    with without_collection(), Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": "On-call access audit", "created": made})
        writer = _Writer(workbook)
        first = workbook.add_worksheet("Summary")
        found = findings_sheet(published, summary, ROWS - 2)
        kept = [writer.table("Findings", found, totals["Findings"])]
        for name, query in QUERIES.items():
            lines = queried_sheet(published, query, ROWS - 2)
            kept.append(writer.table(name, lines, totals[name]))
        writer.page(first, summary_sheet(summary, kept))
    return [path]


class _Writer:
    """Writes lines to sheets, each value as what it is."""

    def __init__(self, workbook: Workbook) -> None:
        self.workbook = workbook
        self.header = workbook.add_format({"bold": True, "bg_color": "#DDE3EA", "bottom": 1})
        self.bold = workbook.add_format({"bold": True})
        self.moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss", "align": "left"})
        self.day = workbook.add_format({"num_format": "yyyy-mm-dd", "align": "left"})
        self.fraction = workbook.add_format({"num_format": "#,##0.0"})
        self.count = workbook.add_format({"num_format": "#,##0"})
        self.severities = {
            name: workbook.add_format({"font_color": colour, "bold": True})
            for name, colour in _COLOURS.items()
        }
        self.by_type: dict[type, Callable[[Worksheet, int, int, Any, Style], None]] = {
            str: self._text,
            bool: self._truth,
            datetime: self._moment,
            date: self._day,
            int: self._count,
            float: self._fraction,
            Decimal: self._fraction,
        }

    def table(self, name: str, lines: Iterator[Line], total: int) -> Line:
        """Write a sheet with a header that stays and filters; return its name, rows and total."""
        sheet = self.workbook.add_worksheet(name)
        headers = next(lines)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        self._row(sheet, 0, headers, self.header)
        first = list(islice(lines, _MEASURED))
        _set_widths(sheet, headers, first)
        row = 0
        for row, line in enumerate(chain(first, lines), start=1):
            self._row(sheet, row, line)
        sheet.autofilter(0, 0, row, len(headers) - 1)
        if row < total:
            rest = (
                f"{number(total - row)} more rows do not fit on an Excel sheet: see the CSV files."
            )
            sheet.write_string(row + 1, 0, rest, self.bold)
            sheet.set_tab_color("#9C0006")
            return (name, row, total, rest)
        return (name, row, total)

    def page(self, sheet: Worksheet, lines: Iterable[Line]) -> None:
        """Write a sheet of sections, each after an empty line and under headers of its own."""
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 6, 20)
        heading = True
        for row, line in enumerate(lines):
            self._row(sheet, row, line, self.header if heading else None)
            heading = not line

    def _row(self, sheet: Worksheet, row: int, line: Line, style: Format | None = None) -> None:
        for column, value in enumerate(line):
            if value is not None:
                self.by_type.get(type(value), self._other)(sheet, row, column, value, style)

    def _text(self, sheet: Worksheet, row: int, column: int, value: str, style: Style) -> None:
        # Never `write`, which would make formulas and links of what looks like them.
        _write_text(sheet, row, column, _inert(value), style or self.severities.get(value))

    def _truth(self, sheet: Worksheet, row: int, column: int, value: bool, style: Style) -> None:
        _write_text(sheet, row, column, "yes" if value else "no", style)

    def _moment(
        self, sheet: Worksheet, row: int, column: int, value: datetime, style: Style
    ) -> None:
        if value.year < _FIRST_YEAR:
            self._other(sheet, row, column, value, style)
        else:
            sheet.write_datetime(row, column, value, style or self.moment)

    def _day(self, sheet: Worksheet, row: int, column: int, value: date, style: Style) -> None:
        if value.year < _FIRST_YEAR:
            self._other(sheet, row, column, value, style)
        else:
            midnight = datetime.combine(value, time.min)
            sheet.write_datetime(row, column, midnight, style or self.day)

    def _count(self, sheet: Worksheet, row: int, column: int, value: int, style: Style) -> None:
        if abs(value) < _LARGEST:
            _write_number(sheet, row, column, value, style or self.count)
        else:
            self._other(sheet, row, column, value, style)

    def _fraction(
        self, sheet: Worksheet, row: int, column: int, value: float | Decimal, style: Style
    ) -> None:
        if math.isfinite(value):
            _write_number(sheet, row, column, float(value), style or self.fraction)
        else:
            self._other(sheet, row, column, value, style)

    def _other(self, sheet: Worksheet, row: int, column: int, value: Any, style: Style) -> None:
        _write_text(sheet, row, column, _inert(str(value)), style)


def _inert(value: str) -> str:
    text = visible(value)
    if len(text) > _LONGEST:
        text = shortened(text, _LONGEST)
    # XlsxWriter takes what begins and ends so for its own XML, and would not escape it.
    return f"'{text}" if text.startswith("<r>") else text


def _set_widths(sheet: Worksheet, headers: Line, lines: list[Line]) -> None:
    """Make each column as wide as what its first rows hold, within reason."""
    for column, header in enumerate(headers):
        # The header has a button for its filter beside it.
        longest = max((_length(line[column]) for line in lines), default=0)
        width = max(len(header) + 3, longest + 1, _NARROWEST)
        sheet.set_column(column, column, min(width, _WIDEST))


def _length(value: Any) -> int:
    return 0 if value is None else len(value) if isinstance(value, str) else len(str(value)[:19])
