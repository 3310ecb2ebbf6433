"""The laws of plans, over intervals and holdings that nobody thought of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from situation import NOW, PEOPLE, Situation, first, naive, right

from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.making import make
from oncall_audit.control.model import Plan, Right

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


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
