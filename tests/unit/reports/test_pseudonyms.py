"""Whatever a text holds, nobody in it can be told by name."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tables_page import models

from oncall_audit.reports.known_people import known_people
from oncall_audit.reports.personal import classified
from oncall_audit.reports.pseudonyms import Maker, Pseudonyms

PEOPLE = [
    ("e001", "Ada Abel", "ada.abel@example.com"),
    ("e002", "Zoë O'Malley", "zoe@example.com"),
    ("e003", "Ada Baker", "ada.baker@example.com"),
    ("71", "Ben Baker", None),
]
ACCOUNTS = [
    ("ada_abel", False),
    ("assumed-role/BreakGlass/ada.abel@example.com", False),
    ("İnci.Ünal", False),
    ("=cmd|' /C calc'!A0", False),
    ("bb", False),
    ("deploy", True),
    ("bot@example.com", True),
]
POLICY = "ab" * 32


def pseudonyms(secret: bytes = b"s" * 32) -> Pseudonyms:
    maker = Maker(secret)
    return Pseudonyms(maker, known_people(maker, PEOPLE, ACCOUNTS, [POLICY]))


MADE = pseudonyms()
ADA, ZOE = (MADE.identifier(it) for it in ("e001", "e002"))
# What is long enough to be found among other words.
FOUND = [it for it in MADE.known.whole if len(it) > 2 and any(map(str.isalnum, it))]


def named(text: str) -> list[str]:
    """Return who is named in a text, as a person would see it."""
    return [
        name
        for name in FOUND
        if re.search(rf"(?<![^\W_]){re.escape(name)}(?![^\W_])", text, re.IGNORECASE)
    ]


def test_every_text_column_of_the_published_tables_is_classified() -> None:
    unknown = [
        (model["name"], column["name"])
        for model in models()
        for column in model["columns"]
        if "varchar" in column["data_type"] or "json" in column["data_type"]
        if classified(model["name"], column["name"]) is None
    ]

    assert unknown == [], "say in reports/personal.py what they tell of a person"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Ada Abel used payments-db.", f"{ADA} used payments-db."),
        ("ADA.ABEL@example.com", ADA),
        ("/home/ada.abel/.ssh", f"/home/{ADA}/.ssh"),
        ("adapter e0011 Abelian", "adapter e0011 Abelian"),
        ("Zoe O'Malley, Zoe\u0308 O'Malley", f"{ZOE}, {ZOE}"),
        ("deploy and bot@example.com did it", "deploy and bot@example.com did it"),
        ("10:00:00, 71 times, 1.2.3", "10:00:00, 71 times, 1.2.3"),
        ("in 198.51.100.0/24", "in 198.51.100.0/24"),
        (f"by policy {POLICY}", f"by policy {POLICY}"),
        ('{"engineer":"71","count":71}', f'{{"engineer":"{MADE.identifier("71")}","count":71}}'),
    ],
)  # fmt: skip
def test_a_person_has_one_pseudonym_and_the_rest_stays(text: str, said: str) -> None:
    assert MADE.text(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "from 203.0.113.7 and 2001:db8::7",
        "key SHA256:" + "Ab1+" * 10 + "abc",
        "session " + "0f" * 16,
        "mail of carol@example.org",
        "Abel said so",
    ],
)
def test_what_leads_to_a_person_is_gone(text: str) -> None:
    said = MADE.text(text)

    assert said.split()[0] != "Abel"
    assert not set(said.split()) & (set(text.split()) - {"from", "and", "key", "session", "mail", "of", "said", "so"})  # fmt: skip


@given(st.lists(st.tuples(st.text(max_size=12), st.sampled_from(FOUND)), max_size=4), st.text())
@example([(" ::", "e001"), ("/", "e003")], "")
@example([("İ ", "ada abel")], "ẞ")
def test_nobody_is_named_in_any_text(pieces: list[tuple[str, str]], end: str) -> None:
    text = "".join(f"{before} {name} " for before, name in pieces) + end

    assert named(MADE.text(text)) == []


@given(st.recursive(st.sampled_from(FOUND) | st.text(), lambda part: st.lists(part) | st.dictionaries(st.text(), part)))  # fmt: skip
def test_json_stays_json_of_the_same_shape(content: object) -> None:
    text = json.dumps([content], ensure_ascii=False)

    said = json.loads(MADE.text(text))

    assert _shape(said) == _shape([content])
    assert [it for part in _texts(said) for it in named(part)] == []


def test_without_the_secret_nobody_makes_the_same() -> None:
    other = pseudonyms(b"t" * 32)

    assert pseudonyms().text("Ada Abel") == ADA
    assert other.identifier("e001") != ADA
    assert other.reference("0f" * 16) != MADE.reference("0f" * 16)
    assert "ssss" not in repr(MADE) + str(MADE.maker)


def _shape(content: object) -> object:
    if isinstance(content, list):
        return [_shape(part) for part in content]
    return len(content) if isinstance(content, dict) else type(content)


def _texts(content: object) -> list[str]:
    if isinstance(content, str):
        return [content]
    parts = content.values() if isinstance(content, dict) else content
    assert isinstance(parts, list) or hasattr(parts, "__iter__")
    return [text for part in parts for text in _texts(part)]
