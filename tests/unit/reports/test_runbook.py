from __future__ import annotations

from oncall_audit.reports.runbook import blocks


def test_reads_headings_paragraphs_items_and_code() -> None:
    markdown = "## What it means\nOne\ntwo `code`.\n\n- first\n  goes on\n- <b>second</b>\n"

    assert blocks(markdown) == [
        ("heading", [("text", "What it means")]),
        ("paragraph", [("text", "One two "), ("code", "code"), ("text", ".")]),
        ("item", [("text", "first goes on")]),
        ("item", [("text", "<b>second</b>")]),
    ]


def test_reads_nothing_as_nothing() -> None:
    assert blocks(None) == []
    assert blocks("\n\n") == []
