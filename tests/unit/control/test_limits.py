"""What the limits of the policy keep out of a plan, and why they say they do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from situation import NOW, PEOPLE, Situation, first, naive, right, snapshots

from oncall_audit.control.making import make
from oncall_audit.control.model import Plan

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FREEZE = {"since": NOW - HOUR, "until": NOW + HOUR, "reason": "Year-end closing."}


def planned(situation: Situation, **control: Any) -> Plan:
    return make(situation.known(**control), [], created_at=NOW)


def changes(plan: Plan) -> list[tuple[str, str]]:
    return [(it.action, it.right.account) for it in plan.changes]


def held_back(plan: Plan) -> list[tuple[str, str, str]]:
    return [(it.limit, it.change.action, it.change.right.account) for it in plan.held_back]


@pytest.fixture
def due(situation: Situation) -> Situation:
    """Somebody's shift began, and another's ended."""
    situation.wants("e1", NOW - HOUR, NOW + 8 * HOUR)
    situation.wants("e2", NOW - 9 * HOUR, NOW - HOUR, cause_id="h2")
    situation.holds("e2", right("ben"), since=NOW - 9 * HOUR)
    return situation


def test_without_a_limit_both_are_planned(due: Situation) -> None:
    assert changes(planned(due)) == [("grant", "ada"), ("revoke", "ben")]


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ({"protected": ["postgresql:b*"]}, [("protected", "revoke", "ben")]),
        ({"freezes": [FREEZE]}, [("freeze", "grant", "ada"), ("freeze", "revoke", "ben")]),
        ({"max_changes": 1}, [("max_changes", "revoke", "ben")]),
        ({"max_changes": 0}, [("max_changes", "grant", "ada"), ("max_changes", "revoke", "ben")]),
        ({"freezes": [FREEZE | {"since": NOW + HOUR, "until": NOW + DAY}]}, []),
    ],
)
def test_limits_of_the_policy(
    due: Situation, control: dict[str, Any], expected: list[tuple[str, str, str]]
) -> None:
    plan = planned(due, **control)

    assert held_back(plan) == expected
    assert changes(plan) == [
        it
        for it in [("grant", "ada"), ("revoke", "ben")]
        if it not in [(a, b) for _, a, b in expected]
    ]


def test_no_more_than_a_part_of_a_system_is_revoked_at_once(situation: Situation) -> None:
    for engineer in ("e1", "e2", "e3"):
        situation.holds(engineer, right(first(PEOPLE[engineer])))
    situation.wants("e3", None, None, cause="role", cause_id=None)

    assert changes(planned(situation, max_percent=67)) == [("revoke", "ada"), ("revoke", "ben")]
    plan = planned(situation, max_percent=66)
    assert changes(plan) == []
    assert [it.explanation for it in plan.held_back] == [
        "2 of the 3 managed rights held in postgresql would go; the policy allows 66 %."
    ] * 2


def test_a_schedule_of_the_policy_that_was_never_read_revokes_nothing(due: Situation) -> None:
    due.snapshots = [row for row in snapshots(NOW) if row[4] != "Search primary"]

    plan = planned(due)

    assert changes(plan) == [("grant", "ada")]
    assert [(it.limit, it.explanation) for it in plan.held_back] == [
        ("schedule", "Schedule Search primary of the policy was never read.")
    ]


@pytest.mark.parametrize("name", ["Given up", "Search primary", "search PRIMARY"])
def test_a_schedule_that_was_given_up_does_not_matter(due: Situation, name: str) -> None:
    old = NOW - 90 * DAY
    given_up = ("opsgenie", "schedules", "opsgenie", "S9", name, old, True, old, old)
    due.snapshots = [given_up, *snapshots(NOW)]

    assert changes(planned(due)) == [("grant", "ada"), ("revoke", "ben")]


def test_a_schedule_may_be_named_by_its_id(due: Situation) -> None:
    due.policy_text = due.policy_text.replace("Search primary", "p2")

    assert changes(planned(due)) == [("grant", "ada"), ("revoke", "ben")]


@pytest.mark.parametrize("cause", ["shift", "incident"])
def test_nobody_at_work_loses_a_standing_right(situation: Situation, cause: str) -> None:
    situation.wants("e1", NOW - HOUR, NOW + HOUR, cause=cause, resource="search-db")
    situation.holds("e1", right("ada", "oncall_owner"))

    plan = planned(situation, grants=[])

    assert changes(plan) == []
    assert held_back(plan) == [(cause, "revoke", "ada")]


@pytest.mark.parametrize("cause", ["shift", "incident"])
def test_nobody_at_work_loses_a_right_even_where_work_gives_none(
    situation: Situation, cause: str
) -> None:
    if cause == "shift":
        situation.shifts = [("e1", "search", naive(NOW - HOUR), naive(NOW + HOUR))]
    else:
        situation.incidents = [
            ("i1", "search", naive(NOW - HOUR), None),
            ("i2", "search", naive(NOW - HOUR), naive(NOW)),
        ]
        situation.responders = [("i1", "e1"), ("i2", "e2")]
    situation.holds("e1", right("ada"))
    situation.holds("e2", right("ben"))

    plan = planned(situation)

    assert changes(plan) == [("revoke", "ben")]
    assert held_back(plan) == [(cause, "revoke", "ada")]


def test_an_audit_of_long_ago_revokes_nothing(due: Situation) -> None:
    due.read_at = NOW - 27 * HOUR

    plan = planned(due)

    assert changes(plan) == [("grant", "ada")]
    assert [(it.limit, it.explanation) for it in plan.held_back] == [
        (
            "audit",
            "The last audit is of 2026-03-01 09:00 UTC: what gives the right may be unknown.",
        )
    ]


def test_the_end_of_a_shift_counts_even_while_another_service_is_attended(
    situation: Situation,
) -> None:
    situation.wants("e1", NOW - 9 * HOUR, NOW - HOUR)
    situation.wants("e1", NOW - HOUR, NOW + HOUR, resource="search-db", cause_id="h2")
    situation.holds("e1", right("ada"), since=NOW - 9 * HOUR)

    assert changes(planned(situation, grants=[])) == [("revoke", "ada")]


@pytest.mark.parametrize(
    ("readings", "limit", "words"),
    [
        (
            {"postgresql": NOW - 27 * HOUR},
            "snapshot",
            "The last snapshot of db_rights is of 2026-03-01 09:00 UTC.",
        ),
        (
            {"schedule": NOW - 27 * HOUR},
            "schedule",
            "Schedule Payments primary of pager was last read at 2026-03-01 09:00 UTC.",
        ),
        (
            {"known_until": NOW},
            "schedule",
            "Schedule Payments primary of pager is known until 2026-03-02 12:00 UTC only.",
        ),
    ],
)
def test_what_was_read_too_long_ago_revokes_nothing(
    due: Situation, readings: dict[str, datetime], limit: str, words: str
) -> None:
    due.snapshots = snapshots(NOW, **readings)

    plan = planned(due)

    assert ("revoke", "ben") not in changes(plan)
    assert (limit, "revoke", "ben") in held_back(plan)
    assert {it.explanation for it in plan.held_back} == {words}


def test_without_any_schedule_grants_are_made_and_nothing_is_revoked(due: Situation) -> None:
    due.snapshots = [row for row in snapshots(NOW) if row[1] != "schedules"]

    plan = planned(due)

    assert changes(plan) == [("grant", "ada")]
    assert held_back(plan) == [("schedule", "revoke", "ben")]


def test_a_half_read_snapshot_changes_nothing(due: Situation) -> None:
    due.snapshots = snapshots(NOW)
    due.snapshots.append(
        (*due.snapshots[0][:5], due.snapshots[0][5] + timedelta(minutes=9), False, None, None)
    )

    plan = planned(due)

    assert changes(plan) == []
    assert {it.explanation for it in plan.held_back} == {
        "The last snapshot of db_rights was read only in part."
    }


def test_an_audit_with_exceptions_revokes_nothing(due: Situation) -> None:
    due.state = "with exceptions"

    plan = planned(due)

    assert changes(plan) == [("grant", "ada")]
    assert held_back(plan) == [("audit", "revoke", "ben")]


def test_a_warning_comes_first_and_has_to_be_old_enough(situation: Situation) -> None:
    situation.holds("e1", right("ada"))
    knowledge = situation.known(warn_before_remove_hours={"not_in_policy": 24})

    def actions(records: list[dict[str, Any]]) -> list[str]:
        return [it.action for it in make(knowledge, records, created_at=NOW).changes]

    def step(at: datetime, word: str = "warned", account: str = "ada") -> dict[str, Any]:
        return {
            "step": word, "at": at.isoformat(), "system": "postgresql", "account": account,
            "resource_name": "payments", "permission": "oncall_admin", "reason": "not_in_policy",
        }  # fmt: skip

    assert actions([]) == ["warn"]
    assert actions([step(NOW - 23 * HOUR)]) == []
    assert actions([step(NOW - 24 * HOUR)]) == ["revoke"]
    # Of another right, of a time before the right was given, or of before it was last changed.
    assert actions([step(NOW - 24 * HOUR, account="ben")]) == ["warn"]
    assert actions([step(NOW - 31 * DAY)]) == ["warn"]
    assert actions([step(NOW - 25 * HOUR), step(NOW - 24 * HOUR, "applied")]) == ["warn"]


def test_a_hand_over_may_take_back_everything(situation: Situation) -> None:
    for engineer in ("e1", "e2", "e3"):
        situation.wants(engineer, NOW - 9 * HOUR, NOW - HOUR)
        situation.holds(engineer, right(first(PEOPLE[engineer])), since=NOW - 9 * HOUR)

    assert len(planned(situation, max_percent=1).changes) == 3
