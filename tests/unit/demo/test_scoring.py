from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from oncall_audit.demo import Answers, score
from oncall_audit.demo.answers import Answer, LookAlike

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
ACCESS = Answer(
    "off_shift_access", "e001", "ada", "linux", "pay-hosts", NOON, "x", also=("inventory_gap",)
)
GAP = Answer("log_gap", None, None, "linux", None, NOON, "x", source="search_hosts")
ANSWERS = Answers(NOON - timedelta(days=2), NOON + timedelta(days=2), (ACCESS, GAP), ())

FOUND: dict[str, Any] = {
    "rule_id": "off_shift_access",
    "engineer_id": "e001",
    "account": "ada",
    "system": "linux",
    "resource_id": "pay-hosts",
    "started_at": NOON.replace(tzinfo=None),
    "ended_at": NOON.replace(tzinfo=None, hour=13),
}
SILENT = FOUND | {
    "rule_id": "log_gap",
    "engineer_id": None,
    "account": None,
    "resource_id": None,
    "summary": "The source search_hosts recorded nothing.",
}


def test_a_complete_audit_is_perfect() -> None:
    assert score(ANSWERS, [FOUND, SILENT]).is_perfect


def test_what_was_not_found_is_missed() -> None:
    result = score(ANSWERS, [SILENT])

    assert (result.found, result.missed, result.false) == ((GAP,), (ACCESS,), ())


def test_a_finding_about_another_person_place_or_time_is_false() -> None:
    wrong = [
        FOUND | {"engineer_id": "e002"},
        FOUND | {"resource_id": "search-db"},
        FOUND | {"started_at": NOON + timedelta(hours=2), "ended_at": NOON + timedelta(hours=3)},
        SILENT | {"summary": "The source hosts recorded nothing."},
    ]

    result = score(ANSWERS, [FOUND, SILENT, *wrong])

    assert result.missed == ()
    assert list(result.false) == wrong


def test_an_hour_beside_still_counts() -> None:
    near = FOUND | {
        "started_at": NOON + timedelta(minutes=59),
        "ended_at": NOON + timedelta(hours=2),
    }

    assert score(ANSWERS, [near, SILENT]).is_perfect


def test_a_second_rule_that_the_answer_allows_is_neither_found_nor_false() -> None:
    result = score(ANSWERS, [FOUND, SILENT, FOUND | {"rule_id": "inventory_gap"}])

    assert result.is_perfect
    assert result.by_rule()["off_shift_access"] == {
        "planted": 1,
        "found": 1,
        "missed": 0,
        "false": 0,
        "mistaken": 0,
    }


def test_what_is_found_of_a_look_alike_is_false_and_mistaken() -> None:
    late = FOUND | {
        "started_at": NOON.replace(tzinfo=None, hour=20),
        "ended_at": NOON.replace(tzinfo=None, hour=21),
    }
    place = ("ada", "linux", "pay-hosts")
    looks = LookAlike("late_finish", "e001", *place, NOON.replace(hour=20), "Was on shift.")
    answers = replace(ANSWERS, look_alikes=(looks,))

    assert score(answers, [FOUND, SILENT, late]).mistaken == (late,)
    assert score(ANSWERS, [FOUND, SILENT, late]).mistaken == ()


def test_an_account_stands_in_for_a_person_that_is_not_known() -> None:
    stranger = replace(ACCESS, engineer_id=None, account="kai")
    answers = replace(ANSWERS, planted=(stranger,))

    assert score(answers, [FOUND | {"engineer_id": None, "account": "kai"}]).is_perfect
    assert not score(answers, [FOUND | {"engineer_id": None, "account": "ada"}]).is_perfect
