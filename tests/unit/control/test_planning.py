"""What a plan holds: exactly what is due, why, since when, until when, and which finding it closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from situation import NOW, PEOPLE, Situation, first, naive, right

from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.making import make
from oncall_audit.control.model import Change, Held, Plan, Right, Unmet

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


# -- laws -----------------------------------------------------------------------------------------

MOMENTS = st.integers(-40, 40).map(lambda hours: NOW + hours * HOUR)
INTERVALS = st.lists(
    st.tuples(
        st.sampled_from(["e1", "e2", "e3"]),
        MOMENTS,
        MOMENTS,
        st.sampled_from(["shift", "incident", "request", "role", "exception"]),
        st.sampled_from(["oncall_admin", "oncall_read", "owner"]),
    ).filter(lambda it: it[1] < it[2]),
    max_size=8,
)
HOLDINGS = st.sets(
    st.builds(
        right,
        st.sampled_from(["ada", "ben", "cleo"]),
        st.sampled_from(["oncall_admin", "oncall_read", "owner"]),
    )
)
ENGINEERS = {first(name): engineer for engineer, name in PEOPLE.items()}


def knowledge_of(
    situation: Knowledge, intervals: list[tuple[Any, ...]], held: set[Right]
) -> Knowledge:
    """Return the knowledge with other intervals and holdings, without going through a file."""
    names = ("engineer_id", "valid_from", "valid_until", "cause", "permission")
    rows = [
        dict(zip(names, it, strict=True))
        | {"resource_id": "payments-db", "cause_id": f"c{place}"}
        | {"valid_from": naive(it[1]), "valid_until": naive(it[2])}
        for place, it in enumerate(intervals)
    ]
    entitlements = [
        {"engineer_id": ENGINEERS[it.account], "account": it.account, "account_kind": "human",
         "system": it.system, "resource_id": "payments-db", "native_name": it.resource_name,
         "permission": it.permission, "granted_via": "direct", "valid_from": naive(NOW - 99 * DAY),
         "valid_until": None, "expires_at": None}
        for it in sorted(held)
    ]  # fmt: skip
    return replace(situation, intervals=rows, entitlements=entitlements, _native={})


@pytest.fixture
def empty(situation: Situation) -> Knowledge:
    return situation.known()


def after(plan: Plan, held: set[Right]) -> set[Right]:
    granted = {it.right for it in plan.changes if it.action == "grant"}
    revoked = {it.right for it in plan.changes if it.action == "revoke"}
    return (held | granted) - revoked


# Whom of these people each pattern protects: in another system, nobody.
PROTECTED = {"postgresql:ada": {"ada"}, "*:b*": {"ben"}, "okta:*": set[str]()}


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    intervals=INTERVALS,
    held=HOLDINGS,
    grants=st.sets(st.sampled_from(["shift", "incident", "request", "role", "exception"])),
    dormant=st.sets(st.sampled_from(["e1", "e2", "e3"])),
    protected=st.sets(st.sampled_from(sorted(PROTECTED))),
)
def test_whatever_the_limits_a_plan_leaves_nothing_to_plan_and_touches_nothing_protected(
    empty: Knowledge,
    intervals: list[tuple[Any, ...]],
    held: set[Right],
    grants: set[str],
    dormant: set[str],
    protected: set[str],
) -> None:
    control = empty.policy.control.model_copy(
        update={"grants": tuple(sorted(grants)), "protected": tuple(sorted(protected))}
    )
    findings = [
        {"finding_id": f"f-{it}", "rule_id": "dormant_entitlement", "engineer_id": it,
         "account": None, "system": "postgresql", "resource_id": "payments-db",
         "permission": "oncall_read", "is_merged": False}
        for it in sorted(dormant)
    ]  # fmt: skip
    policy = empty.policy.model_copy(update={"control": control})
    knowledge = replace(knowledge_of(empty, intervals, held), policy=policy, findings=findings)

    plan = make(knowledge, [], created_at=NOW)
    result = after(plan, held)

    touched = {it.right for it in plan.changes}
    assert {it.permission for it in touched} <= {"oncall_admin", "oncall_read"}
    safe = set().union(*(PROTECTED[it] for it in protected))
    assert {it.account for it in touched}.isdisjoint(safe)
    again = replace(knowledge, entitlements=knowledge_of(empty, intervals, result).entitlements)
    assert make(again, [], created_at=NOW).changes == ()


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(intervals=INTERVALS, held=HOLDINGS)
def test_a_plan_makes_what_is_held_what_should_be(
    empty: Knowledge, intervals: list[tuple[Any, ...]], held: set[Right]
) -> None:
    knowledge = knowledge_of(empty, intervals, held)
    now = [it for it in intervals if it[1] <= NOW < it[2] and it[4] != "owner"]
    wanted = {
        right(first(PEOPLE[it[0]]), it[4]) for it in now if it[3] not in ("role", "exception")
    }
    allowed = {right(first(PEOPLE[it[0]]), it[4]) for it in now}

    plan = make(knowledge, [], created_at=NOW)
    result = after(plan, held)
    kept_by_limits = {it.change.right for it in plan.held_back}

    managed = {it for it in result if it.permission != "owner"}
    assert result - managed == {it for it in held if it.permission == "owner"}
    assert wanted <= result
    assert managed <= allowed | kept_by_limits
    assert make(knowledge_of(empty, intervals, result), [], created_at=NOW).changes == ()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(intervals=INTERVALS, held=HOLDINGS, random=st.randoms(use_true_random=False))
def test_the_order_of_what_is_known_changes_no_plan(
    empty: Knowledge, intervals: list[tuple[Any, ...]], held: set[Right], random: Any
) -> None:
    knowledge = knowledge_of(empty, intervals, held)
    shuffled = replace(
        knowledge,
        intervals=random.sample(knowledge.intervals, len(knowledge.intervals)),
        entitlements=random.sample(knowledge.entitlements, len(knowledge.entitlements)),
        _native={},
    )

    assert make(shuffled, [], created_at=NOW) == make(knowledge, [], created_at=NOW)
