from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pypdf
import pytest

from oncall_audit.reports import paper, render
from oncall_audit.reports.pdf import drawn


def _pdf(database: Path, folder: Path) -> pypdf.PdfReader:
    [path] = render(database, folder, ["pdf"])
    return pypdf.PdfReader(path)


def _text(reader: pypdf.PdfReader) -> str:
    return " ".join("\n".join(page.extract_text() for page in reader.pages).split())


def test_says_what_an_auditor_signs(published: Path, tmp_path: Path) -> None:
    text = _text(_pdf(published, tmp_path))

    for said in (
        "1 high finding needs a decision; 3 source hours not audited.",
        "Audited window 2 Apr 2026 00:00 to 4 Apr 2026 00:00 UTC",
        "Audit before run-1",
        "high 1 1 1",
        "sessions 2 2",
        "100 raw records = 90 landed + 5 duplicates + 3 ignored + 2 quarantined: adds up exactly.",
        "bastion 44 1 3 440",
        "bastion 2 Apr 2026 03:00 2 Apr 2026 06:00 3 h",
        "no requests ran degraded off_shift_access",
        "1 account of nobody: 1 unknown.",
        "1 open finding new since run-1.",
        "new: Access off shift. Ben used payments-db.",
        "SOC 2 CC7.2 Use is monitored. exceptions; 1 open; not tested: log_gap",
        "Nothing was decided yet.",
        "I have read the report of run run-2: what it found, and what was not audited.",
        "name date signature",
    ):
        assert said in text
    assert "Ada used payments-db." not in text


def test_its_headings_lead_to_their_pages(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "insert into audit.findings by name"
            " select findings.* replace (finding_id || number as finding_id)"
            " from audit.findings, range(60) as numbers (number) where state = 'open'"
        )

    reader = _pdf(built, tmp_path)

    places = {
        entry.title: reader.get_destination_page_number(entry)
        for entry in reader.outline
        if not isinstance(entry, list)
    }
    assert list(places) == [
        "On-call access audit",
        "Findings by severity",
        "What was tested",
        "Coverage, and what is not audited",
        "What changed",
        "Open findings",
        "Controls",
        "Decisions",
        "Sign-off",
    ]
    assert len(reader.pages) > 3
    for title, page in places.items():
        assert title in reader.pages[page].extract_text()
    for number, page in enumerate(reader.pages, start=1):
        assert f"page {number} of" in page.extract_text()


def test_shows_what_was_decided(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "create table audit.audit_actions as select 'a1' as action_id, 'f-done' as finding_id,"
            " 'e002' as engineer, 'accepted' as action, 'Planned work.' as reason,"
            " timestamp '2026-04-04 09:00:00' as acted_at"
        )

    assert "4 Apr 2026 09:00 e002 accepted Planned work." in _text(_pdf(built, tmp_path))


def test_says_how_many_findings_it_leaves_out(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "SHOWN", 1)

    text = _text(_pdf(published, tmp_path))

    assert "The 1 most urgent; 1 more are in the workbook." in text
    assert "+SUM(A1) silent" not in text


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<a href="https://example.com/">x</a>',
        '<img src="/etc/passwd"/>',
        '<img src="https://example.com/x.png"/>',
        "<b>unclosed",
        "&amp; &#60;",
        "=cmd|' /C calc'!A0",
        "a\u202eb\x1b[31m",
        "../../etc/passwd",
        "x" * 5_000,
        "W\u202e" * 2_000,
    ],
)
def test_hostile_text_is_only_drawn(built: Path, tmp_path: Path, hostile: str) -> None:
    with duckdb.connect(str(built)) as connection:
        for table, column in (
            ("audit_runs", "code_version"),
            ("audit_runs", "run_id"),
            ("controls", "requirement"),
            ("coverage", "source_name"),
            ("engineers", "name"),
            ("findings", "summary"),
            ("rule_runs", "why"),
        ):
            connection.execute(f"update audit.{table} set {column} = ?", [hostile])

    reader = _pdf(built, tmp_path)

    assert drawn(hostile)[:40].replace(" ", "") in _text(reader).replace(" ", "")
    for page in reader.pages:
        assert "/Annots" not in page
        assert len(page.images) == 0
    raw = (tmp_path / "report.pdf").read_bytes()
    assert re.search(rb"/(URI|JavaScript|JS|Launch|OpenAction|EmbeddedFile)\b", raw) is None


def test_draws_names_of_many_scripts(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.engineers set name = 'Řehoř Şahin Ольга Ελένη 東'")

    reader = _pdf(built, tmp_path)

    assert "Řehoř Şahin Ольга Ελένη \u2039U+6771\u203a" in _text(reader)


def test_the_same_tables_give_the_same_bytes(published: Path, tmp_path: Path) -> None:
    written = [render(published, tmp_path / name, ["pdf"])[0].read_bytes() for name in "ab"]

    assert written[0] == written[1]
