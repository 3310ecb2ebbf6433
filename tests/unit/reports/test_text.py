# ruff: noqa: DTZ001 - the tables hold naive times in UTC
from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_audit.reports import text


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("a\u200bb", "a⟨U+200B⟩b"),
        ("a\x00\x1b[31m", "a⟨U+0000⟩⟨U+001B⟩[31m"),
        ("line\nbreak", "line⟨U+000A⟩break"),
        ("tag\U000e0041", "tag⟨U+E0041⟩"),
        ("Şahin 东京 👩", "Şahin 东京 👩"),
    ],
)
def test_shows_hidden_characters_as_code_points(hidden: str, shown: str) -> None:
    assert text.visible(hidden) == shown


def test_json_hides_nothing_and_means_the_same() -> None:
    value = {"a\u202e": "\x00\x1b[31m\x9b31m\u200b\U000e0041 Şahin 東京\n\ufeff"}
    written = json.dumps(value, indent=2, ensure_ascii=False)

    shown = text.json_text(written)

    assert json.loads(shown) == value
    assert "Şahin 東京" in shown
    assert text.visible(shown.replace("\n", "")) == shown.replace("\n", "")


@pytest.mark.parametrize(
    "formula",
    [
        "=1",
        "+1",
        "-1",
        "@x",
        "\tx",
        "\rx",
        "\nx",
        "\x00x",
        " =1",
        "\u00a0=1",
        "\uff1d1",
        "\uff0b1",
        "\u22121",
    ],
)
def test_puts_an_apostrophe_before_formulas(formula: str) -> None:
    assert text.csv_cell(formula) == f"'{formula}"


@pytest.mark.parametrize("harmless", ["a=1", "1-2", "", "ada.abel@example.com", -1, -1.5, None])
def test_leaves_other_cells_as_they_are(harmless: object) -> None:
    assert text.csv_cell(harmless) == harmless


@given(st.from_regex(text.PLAIN_CELL, fullmatch=True))
def test_a_plain_cell_hides_nothing_and_is_no_formula(cell: str) -> None:
    line = cell.translate({ord("\n"): None, ord("\t"): None})
    assert (text.csv_cell(cell), text.visible(line)) == (cell, line)


def test_escapes_markdown() -> None:
    assert text.markdown("![x](http://a) <b> @channel off_shift _i_ `c` |") == (
        "\\!\\[x\\](http\\://a) \\<b\\> \\@channel off_shift \\_i\\_ \\`c\\` \\|"
    )
    assert text.markdown_code("a`b|c\u202e") == "`a'b¦c⟨U+202E⟩`"


def test_writes_times_numbers_and_lengths_for_people() -> None:
    time = datetime(2026, 4, 3, 2, 0, 5)

    assert text.moment(time) == "3 Apr 2026 02:00:05"
    assert text.minute(time) == "3 Apr 2026 02:00"
    assert text.moment(None) == ""
    assert text.number(1234567) == "1,234,567"
    assert text.number(1234.0) == "1,234"
    assert text.number(1.26) == "1.3"
    assert [text.duration(seconds) for seconds in (0, 59, 60, 3660, 90000, None)] == [
        "0 s",
        "59 s",
        "1 min",
        "1 h 1 min",
        "1 d 1 h",
        "",
    ]
    assert text.plural(1, "entry", "entries") == "1 entry"
    assert text.plural(1200, "finding") == "1,200 findings"
    assert text.shortened("abcdef", 3) == "abc … (3 more characters)"


def test_writes_values_for_programs() -> None:
    assert text.plain(datetime(2026, 4, 3, 2)) == "2026-04-03T02:00:00Z"
    assert text.plain(Decimal("1.50")) == 1.5
    assert text.plain(7) == 7
