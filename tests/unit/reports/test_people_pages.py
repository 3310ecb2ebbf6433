"""Pages for an engineer and a team: what there is about them, nobody else, and a ready reminder."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.decisions import Decision
from oncall_audit.evidence.pseudonym_key import PseudonymKey
from oncall_audit.reports.people_pages import Subject, write_pages

BEN = Subject("ben.costa@example.com", is_team=False, report="https://audits.example.com/")


def _written(database: Path, folder: Path, subject: Subject) -> tuple[str, str]:
    page, markdown = write_pages(database, folder, ("html", "md"), subject)
    return page.read_text(encoding="utf-8"), markdown.read_text(encoding="utf-8")


def _reminders(page: str) -> list[str]:
    found = re.findall(r'<pre class="reminder"[^>]*>(.*?)</pre>', page, re.DOTALL)
    return [html.unescape(text) for text in found]


def _text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<body>")[2])).split())


def test_a_page_tells_what_there_is_about_an_engineer(published: Path, tmp_path: Path) -> None:
    page, markdown = _written(published, tmp_path, BEN)

    text = _text(page)
    for said in (
        "1 finding to look at, 1 right to give back.",
        "open finding 1 off policy 30 min to give back 1 shifts 0 session, 30 min 1 right held 1",
        "high Ben used payments-db. Access off shift · 3 Apr 2026 02:00 UTC, 30 min",
        "3 Apr 2026 02:00 payments-db linux bcosta 30 min 30 min began outside",
        "payments-db linux admin privileged @group bcosta 1 Jan 2026 00:00 never seen give back",
    ):
        assert said in text
    assert "Ada" not in text
    assert "- admin on payments-db (linux), through \\@group" in markdown
    assert [path.name for path in sorted(tmp_path.glob("e002.*"))] == ["e002.html", "e002.md"]


def test_how_long_a_finding_is_known_is_by_the_runs_not_by_what_they_audited(
    built: Path, tmp_path: Path
) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.findings set first_detected_run = 'run-1'")
        connection.execute("update audit.audit_runs set since = '2025-01-01', until = '2025-02-01'")

    page, _ = _written(built, tmp_path, BEN)

    assert "· known for 2 days ·" in _text(page)


def test_the_reminder_can_be_pasted_as_it_is(published: Path, tmp_path: Path) -> None:
    mail, chat = _reminders(_written(published, tmp_path, BEN)[0])

    assert mail == (
        "Hello Ben ⟨U+202E⟩Costa,\n\nthese findings of the access audit wait for you:\n\n"
        "- high: Ben used payments-db.\n"
        "  found by this audit; off_shift_access, 3 Apr 2026 02:00 UTC, f-new\n\n"
        "By the policy you should no longer hold this access:\n\n"
        "- admin on payments-db (linux), through @group\n\n"
        "Please say to the team that owns the system what it was, or hand back what you no longer"
        " need.\nAn acceptance that ends has to be renewed by somebody else than the person it is"
        " about.\n\nReport: https://audits.example.com/\n"
        "Show one: oncall-audit findings show ID\n"
    )
    assert chat.startswith(
        "Hello Ben ⟨U+202E⟩Costa, 1 finding of the access audit waits for you.\n"
    )
    assert "@" not in chat


def test_what_was_decided_since_is_no_longer_asked_for(published: Path, tmp_path: Path) -> None:
    decided = Decision(
        "a", "f-new", "e001", "false-positive", "a drill", datetime(2026, 4, 5, tzinfo=UTC)
    )

    page, markdown = _written(published, tmp_path, replace(BEN, made=(decided,)))

    assert "no open findings, 1 right to give back." in _text(page)
    assert "No open findings." in markdown
    assert "Ben used" not in _reminders(page)[0]


def test_who_owes_nothing_gets_no_reminder(published: Path, tmp_path: Path) -> None:
    page, _ = _written(published, tmp_path, Subject("e001", is_team=False))

    assert _reminders(page) == []
    assert "shift 1 session, 1 h 1 right held 1" in _text(page)
    # Theirs is decided already: it is shown, and asks for nothing.
    assert "critical accepted Ada used payments-db." in _text(page)


def test_a_team_has_its_members_and_only_them(built: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            "insert into audit.engineers values"
            " ('e003', 'Cara Dahl', 'cara@example.com', 'platform', 'UTC', '2025-01-01', null),"
            " ('e004', 'Dan Eck', 'dan@example.com', 'platform', 'UTC', '2024-01-01', '2025-06-01')"
        )

    page, markdown = _written(built, tmp_path, Subject("platform", is_team=True))

    members = re.findall(r'href="#person-\d+">([^<]+)', page)
    assert members == ["Ben ⟨U+202E⟩Costa", "Cara Dahl"]
    assert "| Cara Dahl | 0 | 0 | 0 | 0 | 0 | 0 |" in markdown
    assert "Ada" not in _text(page) + markdown


def test_nobody_and_no_team_are_told_of(published: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nobody with the id or e-mail address 'zed'"):
        _written(published, tmp_path, Subject("zed", is_team=False))
    with pytest.raises(ConfigurationError, match="no team 'x'"):
        _written(published, tmp_path, Subject("x", is_team=True))
    with pytest.raises(ConfigurationError, match="is no pdf"):
        write_pages(published, tmp_path, ("pdf",), BEN)


def test_hostile_names_are_inert_and_lead_nowhere(built: Path, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>"
    with duckdb.connect(str(built)) as connection:
        connection.execute("update audit.engineers set engineer_id = '../../' where engineer_id = 'e002'")  # fmt: skip
        connection.execute("update audit.engineers set name = ?, team = ?", [hostile, hostile])
        for table in ("findings", "sessions", "entitlements", "access_map"):
            connection.execute(f"update audit.{table} set engineer_id = '../../'")
        connection.execute("update audit.findings set summary = ?", [hostile])
        connection.execute("update audit.sessions set account = ?, resource_id = ?", [hostile] * 2)
        connection.execute("update audit.entitlements set granted_via = ?", [hostile])

    paths = write_pages(built, tmp_path / "out", ("html", "md"), Subject("../../", is_team=False))
    paths += write_pages(built, tmp_path / "out", ("html", "md"), Subject(hostile, is_team=True))

    assert {path.parent for path in paths} == {tmp_path / "out"}
    for path in paths:
        content = path.read_text(encoding="utf-8")
        assert re.search(r"(?<!\\)<script", content, re.IGNORECASE) is None
        assert "alert" in content


def test_the_same_tables_give_the_same_page_with_or_without_names(
    published: Path, tmp_path: Path
) -> None:
    key = PseudonymKey(b"invented" * 4)
    team = Subject("platform", is_team=True)
    first, second = (
        write_pages(published, tmp_path / name, ("html",), team, pseudonym_key=key)[0].read_text()
        for name in ("a", "b")
    )

    assert first == second
    assert "Costa" not in first
    assert "p-" in first
