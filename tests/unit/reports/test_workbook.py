# ruff: noqa: DTZ001 - Excel's dates have no zone; the headers say UTC
from __future__ import annotations

import re
import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from oncall_audit.reports import render, workbook

SHEETS = [
    "Summary",
    "Findings",
    "Sessions off policy",
    "Access map",
    "Entitlement drift",
    "Coverage",
    "Controls",
    "Decisions",
    "Inputs",
]
HOSTILE = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "{=1}",
    "https://example.com/",
    "mailto:a@example.com",
    "internal:Summary!A1",
    "<script>alert(1)</script>",
    "<r></r></is></c><c><f>1+1</f><v>2</v></c><c><is><r></r>",
    "a\u202eb",
    "a\x00b",
    "a\uffffb",
    "../../etc/passwd",
    "_x003D_1",
    " blanks ",
]


COLUMNS = (
    "access_map.granted_via",
    "audit_runs.code_version",
    "controls.requirement",
    "findings.summary",
    "log_batches.path",
    "sessions.account",
)


def _book(database: Path, folder: Path) -> openpyxl.Workbook:
    [path] = render(database, folder, ["xlsx"])
    return openpyxl.load_workbook(path)


def _rows(sheet: Any) -> list[tuple[Any, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_has_a_sheet_for_each_question(published: Path, tmp_path: Path) -> None:
    book = _book(published, tmp_path)

    assert book.sheetnames == SHEETS
    for sheet in book.worksheets[1:]:
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", sheet.dimensions)


def test_values_are_what_they_are(published: Path, tmp_path: Path) -> None:
    book = _book(published, tmp_path)

    headers, *rows = _rows(book["Sessions off policy"])
    assert [dict(zip(headers, row, strict=True)) for row in rows] == [
        {
            "off policy (min)": 30,
            "length (min)": 30,
            "engineer": "e002",
            "name": "Ben ⟨U+202E⟩Costa",
            "team": "platform",
            "account": "bcosta",
            "system": "linux",
            "resource": "payments-db",
            "service": "payments",
            "begin (UTC)": datetime(2026, 4, 3, 2),
            "end (UTC)": datetime(2026, 4, 3, 2, 30),
            "end is": "inferred",
            "allowed at its begin": "no",
            "shift": None,
            "incident": None,
            "request": None,
            "session": "s2",
            "log file": "auth.log",
            "line": 2,
        }
    ]


def test_holds_every_finding_the_urgent_first(published: Path, tmp_path: Path) -> None:
    headers, *rows = _rows(_book(published, tmp_path)["Findings"])

    found = [dict(zip(headers, row, strict=True)) for row in rows]
    assert [(row["finding"], row["state"], row["new"]) for row in found] == [
        ("f-new", "open", "yes"),
        ("f-old", "open", "no"),
        ("f-done", "accepted", "no"),
    ]
    assert found[0]["evidence"] == (
        "nearest shift: h1; client: <img src=x onerror=alert(1)>; hours: 1, 2;"
        " link: javascript:alert(1)"
    )


def test_the_first_sheet_says_what_was_audited_and_what_was_not(
    published: Path, tmp_path: Path
) -> None:
    rows = [
        tuple(value for value in row if value is not None)
        for row in _rows(_book(published, tmp_path)["Summary"])
    ]

    assert rows[:3] == [
        (
            "On-call access audit",
            "1 high finding needs a decision; 3 source hours not audited.",
        ),
        ("audited from (UTC)", datetime(2026, 4, 2)),
        ("until (UTC)", datetime(2026, 4, 4)),
    ]
    start = rows.index(("What is not audited",))
    assert rows[start : start + 8] == [
        ("What is not audited",),
        (
            "blind (UTC)",
            "bastion for 3 h",
            datetime(2026, 4, 2, 3),
            datetime(2026, 4, 2, 6),
        ),
        ("ran degraded", "off_shift_access", "no requests"),
        ("accounts of nobody", 1, "unknown"),
        ("records not read", 2),
        (),
        ("Coverage", "hours seen", "hours quiet", "hours blind", "records"),
        ("bastion", 44, 1, 3, 440),
    ]
    assert rows[-8:] == [
        ("Findings", 3, 3),
        ("Sessions off policy", 1, 1),
        ("Access map", 3, 3),
        ("Entitlement drift", 1, 1),
        ("Coverage", 2, 2),
        ("Controls", 2, 2),
        ("Decisions", 0, 0),
        ("Inputs", 1, 1),
    ]


@pytest.mark.parametrize("rows_in_memory", [0, 1_000])
@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_is_only_text(
    built: Path,
    tmp_path: Path,
    hostile: str,
    rows_in_memory: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "IN_MEMORY", rows_in_memory)
    with duckdb.connect(str(built)) as connection:
        for column in COLUMNS:
            table, _, name = column.partition(".")
            connection.execute(f"update audit.{table} set {name} = ?", [hostile])

    book = _book(built, tmp_path)

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n", "d"}
    assert [cell.hyperlink for cell in cells if cell.hyperlink] == []
    [header, row] = _rows(book["Sessions off policy"])
    shown = row[header.index("account")]
    # openpyxl reads escapes of shared texts, and leaves those of texts in their cells.
    shown = shown if rows_in_memory else unescape(shown)
    assert shown.removeprefix("'") == re.sub(
        "[\x00-\x1f\u202e\uffff]", lambda match: f"⟨U+{ord(match[0]):04X}⟩", hostile
    )
    with zipfile.ZipFile(tmp_path / "report.xlsx") as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/sheet")]
        assert len(sheets) == len(SHEETS)
        assert [name for name in sheets if re.search(rb"<f[ >]", parts.read(name))] == []
        assert [name for name in parts.namelist() if "externalLink" in name] == []


@pytest.mark.parametrize("rows_in_memory", [0, 1_000])
def test_the_same_tables_give_the_same_bytes(
    published: Path, tmp_path: Path, rows_in_memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "IN_MEMORY", rows_in_memory)
    written = [render(published, tmp_path / name, ["xlsx"])[0].read_bytes() for name in "ab"]

    assert written[0] == written[1]


def test_says_what_does_not_fit_on_a_sheet(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "ROWS", 4)

    book = _book(published, tmp_path)

    rest = "1 more rows do not fit on an Excel sheet: see the CSV files."
    rows = _rows(book["Findings"])
    assert [row[0] for row in rows] == ["state", "open", "open", rest]
    assert ("Findings", 2, 3, rest) in [row[:4] for row in _rows(book["Summary"])]


def test_long_text_says_how_much_is_missing(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.log_batches set path = repeat('x', 40000)")

    [header, row] = _rows(_book(built, tmp_path)["Inputs"])

    assert (row[header.index("file or page")]) == "x" * 32_000 + " … (8,000 more characters)"
