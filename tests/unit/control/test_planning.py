"""What a plan holds: exactly what is due, why, since when, until when, and which finding it closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from situation import NOW, PEOPLE, Situation, first, right

from oncall_audit.control.making import make
from oncall_audit.control.model import Change, Held, Plan, Unmet

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def planned(
    situation: Situation, *, live: dict[str, list[Held]] | None = None, **control: Any
) -> Plan:
    return make(situation.known(**control), [], created_at=NOW, live=live)


def only(plan: Plan) -> Change:
    assert [it.change.right for it in plan.held_back] == []
    (change,) = plan.changes
    return change


def merged(policy: str, more: str) -> str:
    said, added = yaml.safe_load(policy), yaml.safe_load(more)
    if "control" in added:
        added = {"control": said["control"] | added["control"]}
    return yaml.safe_dump(said | added)


def test_a_shift_that_began_is_granted_until_its_end(situation: Situation) -> None:
    situation.wants("e1", NOW - HOUR, NOW + 8 * HOUR)

    assert only(planned(situation)) == Change(
        action="grant",
        right=right("ada"),
        engineer_id="e1",
        resource_id="payments-db",
        reason="shift_started",
        explanation="Ada Abel is on shift for payments until 2026-03-02 20:00 UTC,"
        " with the policy's grace.",
        since=NOW - HOUR,
        until=NOW + 8 * HOUR,
    )


def test_overlapping_causes_are_one_grant_that_lasts_as_long_as_any(situation: Situation) -> None:
    situation.wants("e1", NOW - HOUR, NOW + HOUR)
    situation.wants("e1", NOW + HOUR, NOW + 3 * HOUR, cause="request", cause_id="q1")
    situation.wants("e1", NOW + 4 * HOUR, NOW + 9 * HOUR, cause_id="h2")

    assert only(planned(situation)).until == NOW + 3 * HOUR


def test_a_shift_that_ended_is_taken_back_and_closes_its_finding(situation: Situation) -> None:
    situation.wants("e1", NOW - 12 * HOUR, NOW - 4 * HOUR)
    situation.holds("e1", right("ada"), since=NOW - 12 * HOUR)
    situation.is_found("f1", "lingering_elevation", "e1", "oncall_admin")
    situation.is_found("f2", "lingering_elevation", "e1", "oncall_other")

    assert only(planned(situation)) == Change(
        action="revoke",
        right=right("ada"),
        engineer_id="e1",
        resource_id="payments-db",
        reason="shift_ended",
        explanation="The shift that gave it to Ada Abel ended 4 h ago, at 2026-03-02 08:00 UTC with"
        " its grace: no other shift, incident, request, role or exception gives it.",
        since=NOW - 4 * HOUR,
        finding_ids=("f1",),
    )


def test_what_another_cause_still_gives_is_not_taken_back(situation: Situation) -> None:
    situation.wants("e1", NOW - 12 * HOUR, NOW - 4 * HOUR)
    situation.wants("e1", NOW - 6 * HOUR, NOW + HOUR, cause="incident", cause_id="i1")
    situation.holds("e1", right("ada"), since=NOW - 12 * HOUR)

    assert planned(situation).changes == ()


@pytest.mark.parametrize("permission", ["oncall_admin", "*"])
def test_what_a_role_gives_may_be_held_and_is_not_granted(
    situation: Situation, permission: str
) -> None:
    situation.wants("e1", None, None, cause="role", cause_id=None, permission=permission)
    situation.wants("e2", None, None, cause="role", cause_id=None, permission=permission)
    situation.holds("e1", right("ada"))

    assert planned(situation).changes == ()


def test_roles_are_granted_where_the_policy_asks_for_it(situation: Situation) -> None:
    situation.wants("e1", None, None, cause="role", cause_id=None)

    change = only(planned(situation, grants=["role"]))

    assert (change.reason, change.until) == ("role_given", None)


@pytest.mark.parametrize(
    ("holds", "reason", "since"),
    [
        ({"expires": NOW - HOUR}, "expired", NOW - HOUR),
        ({"expires": NOW + HOUR}, "not_in_policy", NOW - 30 * DAY),
        ({}, "not_in_policy", NOW - 30 * DAY),
    ],
)
def test_what_nothing_gives_is_taken_away(
    situation: Situation, holds: dict[str, Any], reason: str, since: datetime
) -> None:
    situation.holds("e1", right("ada"), **holds)

    change = only(planned(situation))

    assert (change.action, change.reason, change.since) == ("revoke", reason, since)


def test_who_left_loses_everything(situation: Situation) -> None:
    situation.left["e1"] = NOW - 2 * DAY
    situation.wants("e1", None, NOW - 2 * DAY, cause="role", cause_id=None)
    situation.holds("e1", right("ada"))

    change = only(planned(situation))

    assert (change.reason, change.since) == ("leaver", NOW - 2 * DAY)
    assert change.explanation == "Ada Abel left 2 d ago, at 2026-02-28 12:00 UTC."


def test_a_dormant_right_of_a_role_is_taken_away_and_one_of_a_shift_is_not(
    situation: Situation,
) -> None:
    for engineer in ("e1", "e2"):
        situation.wants(engineer, None, None, cause="role", cause_id=None)
        situation.holds(engineer, right(first(PEOPLE[engineer])))
        situation.is_found(f"f-{engineer}", "dormant_entitlement", engineer, "oncall_admin")
    situation.wants("e2", NOW - HOUR, NOW + HOUR)

    change = only(planned(situation))

    assert (change.right, change.reason) == (right("ada"), "dormant")
    assert change.finding_ids == ("f-e1",)


def test_a_dormant_right_is_kept_where_it_would_be_granted_again(situation: Situation) -> None:
    situation.wants("e1", None, None, cause="role", cause_id=None)
    situation.holds("e1", right("ada"))
    situation.is_found("f1", "dormant_entitlement", "e1", "oncall_admin")

    assert planned(situation, grants=["role"]).changes == ()


def test_break_glass_may_be_held_by_whoever_is_employed(situation: Situation) -> None:
    situation.policy_text += 'break_glass: ["postgresql:oncall_glass", "postgresql:ben"]\n'
    situation.left["e3"] = NOW - 2 * DAY
    situation.holds("e1", right("ada", "oncall_glass"))
    situation.holds("e2", right("ben"))
    situation.holds("e3", right("cleo", "oncall_glass"))

    change = only(planned(situation))

    assert (change.right.account, change.reason) == ("cleo", "leaver")


def test_a_finding_about_another_account_is_not_closed(situation: Situation) -> None:
    situation.holds("e1", right("ada"))
    situation.is_found("f1", "standing_privilege", "e1", "oncall_admin", account="ada")
    situation.is_found("f2", "standing_privilege", "e1", "oncall_admin", account="root")

    assert only(planned(situation)).finding_ids == ("f1",)


@pytest.mark.parametrize(
    ("other", "protected", "closed"),
    [("oncall_read", [], ("f1",)), ("owner", [], ()), ("oncall_read", ["*:cleo"], ("f1",))],
)
def test_a_finding_about_several_rights_closes_with_the_last_of_them(
    situation: Situation, other: str, protected: list[str], closed: tuple[str, ...]
) -> None:
    situation.holds("e1", right("ada"))
    situation.holds("e1", right("ada", other))
    situation.holds("e3", right("cleo"))
    situation.is_found("f1", "entitlement_drift_policy", "e1", "oncall_admin", is_merged=True)

    plan = planned(situation, protected=protected)

    assert {
        it.finding_ids
        for it in plan.changes
        if (it.right.account, it.right.permission) == ("ada", "oncall_admin")
    } == {closed}


def test_of_several_accounts_none_is_granted_anything_and_the_plan_says_so(
    situation: Situation,
) -> None:
    situation.accounts = {"e1": [("postgresql", "ada"), ("postgresql", "ada2")], "e2": [("x", "b")]}
    for engineer in ("e1", "e2", "e3"):
        situation.wants(engineer, NOW - HOUR, NOW + HOUR)

    plan = planned(situation)

    assert [it.right.account for it in plan.changes] == ["cleo"]
    assert plan.unmet == (
        Unmet(
            "e1",
            "payments-db",
            "oncall_admin",
            "postgresql",
            "Ada Abel has the accounts ada, ada2 in postgresql: which one is meant is not known.",
        ),
        Unmet(
            "e2",
            "payments-db",
            "oncall_admin",
            "postgresql",
            "Ben Baker has no account in postgresql: give one in the directory.",
        ),
    )


def test_whichever_account_holds_it_is_enough(situation: Situation) -> None:
    situation.accounts = {"e1": [("postgresql", "ada"), ("postgresql", "ada2")]}
    situation.wants("e1", NOW - HOUR, NOW + HOUR)
    situation.holds("e1", right("ada2"))

    plan = planned(situation)

    assert (plan.changes, plan.held_back, plan.unmet) == ((), (), ())


@pytest.mark.parametrize("apart", ["break_glass: ['*:glass_*']", "control: {protected: ['*:g*']}"])
def test_an_account_for_emergencies_is_not_meant(situation: Situation, apart: str) -> None:
    situation.policy_text = merged(situation.policy_text, apart)
    situation.accounts = {"e1": [("postgresql", "glass_ada"), ("postgresql", "ada")]}
    situation.wants("e1", NOW - HOUR, NOW + HOUR)

    assert only(planned(situation)).right == right("ada")


def test_an_address_is_spelled_as_the_system_spells_it(situation: Situation) -> None:
    situation.accounts = {"e1": [("postgresql", "ada@example.com")]}
    situation.wants("e1", NOW - HOUR, NOW + HOUR)
    situation.holds("e1", right("Ada@Example.com", "oncall_read"))
    situation.wants("e1", None, None, cause="role", permission="oncall_read")

    assert only(planned(situation)).right == right("Ada@Example.com")


def test_what_is_not_managed_is_left_alone(situation: Situation) -> None:
    situation.holds("e1", right("ada", "owner"))
    situation.wants("e2", NOW - HOUR, NOW + HOUR, permission="owner")

    plan = planned(situation)

    assert (plan.changes, plan.held_back, dict(plan.held)) == ((), (), {})


def test_programs_are_left_alone_and_strangers_are_held_back(situation: Situation) -> None:
    situation.holds(None, right("app"), kind="service")
    situation.holds(None, right("mallory"), kind="unknown")
    situation.holds("e1", right("ada"), resource=None)

    plan = planned(situation)

    assert plan.changes == ()
    assert [(it.limit, it.change.right.account) for it in plan.held_back] == [
        ("unresolved", "ada"),
        ("unresolved", "mallory"),
    ]


def test_a_system_that_was_asked_just_now_counts_more_than_its_snapshot(
    situation: Situation,
) -> None:
    situation.holds("e1", right("ada"))
    situation.wants("e2", NOW - HOUR, NOW + HOUR)
    seen = [Held(right("ben")), Held(right("cleo")), Held(right("ben", "owner"))]

    plan = planned(situation, live={"postgresql": seen})

    assert [(it.action, it.right.account) for it in plan.changes] == [("revoke", "cleo")]
    assert plan.snapshots["postgresql"] == NOW


def test_the_resource_is_called_as_rights_of_it_are_called(situation: Situation) -> None:
    other = replace(right("cleo"), resource_name="payments_v2")
    situation.holds("e3", other)
    situation.wants("e3", None, None, cause="role", cause_id=None)
    situation.wants("e1", NOW - HOUR, NOW + HOUR)

    assert only(planned(situation)).right == replace(right("ada"), resource_name="payments_v2")
