"""Judges the demo by its written files and a second reading of the rules."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from oncall_audit.demo import Answers
from oncall_audit.demo.model import Access, World

if TYPE_CHECKING:
    from conftest import Oracle

UNCOVERED = (
    "off_shift_access",
    "out_of_scope_resource",
    "break_glass_no_incident",
    "expired_grant_used",
    "leaver_access",
)


def inside(spans: list[tuple[datetime, datetime]], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)


def people(world: World, *tags: str) -> list[Access]:
    found = [made for made in world.accesses if made.engineer_id and made.resource_id]
    return [made for made in found if not tags or made.tag in tags]


def who(made: Access) -> tuple[str, str]:
    assert made.engineer_id
    assert made.resource_id
    return made.engineer_id, made.resource_id


def test_every_benign_access_is_covered_from_start_to_end(world: World, oracle: Oracle) -> None:
    benign = [a for a in people(world) if a.tag not in (*UNCOVERED, "session_overrun")]
    uncovered = [
        made
        for made in benign
        if not any(
            s <= made.started_at and made.ended_at <= e for s, e in oracle.allowed(*who(made))
        )
    ]

    assert len(benign) > 1500
    assert uncovered == []


def test_nobody_was_on_call_for_anything_at_an_off_shift_access(
    world: World, oracle: Oracle
) -> None:
    planted = people(world, "off_shift_access")

    assert len(planted) >= 8
    for made in planted:
        assert not inside(oracle.allowed(*who(made)), made.started_at)
        spans = oracle.on_call(who(made)[0])
        grace = (timedelta(minutes=15), timedelta(minutes=30))
        assert not inside([(s - grace[0], e + grace[1]) for s, e in spans], made.started_at)


def test_an_out_of_scope_access_is_on_shift_for_something_else(
    world: World, oracle: Oracle
) -> None:
    for made in people(world, "out_of_scope_resource"):
        assert not inside(oracle.allowed(*who(made)), made.started_at)
        assert inside(oracle.on_call(who(made)[0]), made.started_at)


def test_an_overrun_begins_inside_and_ends_outside_or_lasts_too_long(
    world: World, oracle: Oracle
) -> None:
    for made in people(world, "session_overrun"):
        spans = oracle.allowed(*who(made))
        assert inside(spans, made.started_at)
        is_long = made.ended_at - made.started_at > timedelta(hours=12)
        assert is_long or not inside(spans, made.ended_at)


def test_benign_sessions_are_shorter_than_twelve_hours(world: World) -> None:
    longest = max(a.ended_at - a.started_at for a in people(world) if a.tag != "session_overrun")

    assert longest < timedelta(hours=12)


def test_emergency_access_has_an_incident_but_where_planted(world: World, oracle: Oracle) -> None:
    late = timedelta(minutes=15)
    emergencies = [a for a in people(world) if "breakglass" in a.account.lower()]

    for made in emergencies:
        spans = [(s - late, e) for s, e in oracle.answered(who(made)[0])]
        assert inside(spans, made.started_at) == (made.tag != "break_glass_no_incident")
    assert len(emergencies) == 4


def test_only_planted_permissions_are_held_without_a_reason(
    answers: Answers, oracle: Oracle
) -> None:
    excess = {
        (system, engineer_id, row["resource_name"], row["permission"])
        for at, system, engineer_id, row in oracle.held()
        if not oracle.may_hold(engineer_id, row["resource_name"], row["permission"], at)
    }

    rules = (
        "lingering_elevation",
        "standing_privilege",
        "entitlement_drift_policy",
        "expired_grant_present",
    )
    planted = {
        (a.system, a.engineer_id, a.resource_id)
        for a in answers.planted
        if a.rule_id in rules and a.system != "aws" and a.engineer_id
    }
    assert {each[:3] for each in excess} == planted
    assert len(excess) == len(planted) == 9


def test_privileged_permissions_end_or_are_on_the_list_but_where_planted(
    answers: Answers, oracle: Oracle
) -> None:
    listed = {(e["engineer"], e["resource"], e["permission"]) for e in oracle.policy["exceptions"]}
    endless = {
        (engineer_id, row["resource_name"])
        for _, _, engineer_id, row in oracle.held()
        if row["is_privileged"]
        and row["expires_at"] is None
        and (engineer_id, row["resource_name"], row["permission"]) not in listed
    }

    planted = {
        (a.engineer_id, a.resource_id)
        for a in answers.planted
        if a.rule_id == "standing_privilege" and a.system != "aws"
    }
    assert endless == planted


def test_only_planted_permissions_lie_unused(
    world: World, answers: Answers, oracle: Oracle
) -> None:
    used: defaultdict[tuple[str, str], list[datetime]] = defaultdict(list)
    for made in people(world):
        used[who(made)].append(made.ended_at)
    last = max(at for at, *_ in oracle.held())
    dormant = set()
    for at, _, engineer_id, row in oracle.held():
        limit = answers.until - timedelta(days=20 if row["is_privileged"] else 30)
        uses = used[engineer_id, row["resource_name"]]
        is_old = at == last and datetime.fromisoformat(row["granted_at"]) <= limit
        if is_old and max(uses, default=limit) <= limit:
            dormant.add((engineer_id, row["resource_name"]))

    planted = {
        (a.engineer_id, a.resource_id)
        for a in answers.planted
        if a.rule_id == "dormant_entitlement"
    }
    assert dormant == planted


def test_only_planted_accounts_are_missing_in_the_directory(
    world: World, answers: Answers, oracle: Oracle
) -> None:
    programs = tuple(f"assumed-role/{name}" for name in ("app-",))
    unknown = {
        (made.system, made.account)
        for made in world.accesses
        if (made.system, made.account) not in oracle.accounts
        and not made.account.startswith(programs)
    } | oracle.strangers()

    planted = {(a.system, a.account) for a in answers.planted if a.rule_id == "unknown_identity"}
    assert unknown == planted


def test_log_ins_fail_often_only_where_planted(world: World, answers: Answers) -> None:
    tries: defaultdict[tuple[str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for failure in world.failures:
        if failure.is_known:
            tries[failure.system, failure.account].append((failure.at, failure.repeated))
    most = {
        key: max(
            sum(count for at, count in found if end - timedelta(minutes=15) <= at <= end)
            for end, _ in found
        )
        for key, found in tries.items()
    }

    bursts = {(a.system, a.account) for a in answers.planted if a.rule_id == "failed_login_burst"}
    guessed = {(a.system, a.account) for a in answers.planted if a.rule_id == "failed_then_success"}
    assert {key for key, count in most.items() if count >= 10} == bursts
    assert {key for key, count in most.items() if 5 <= count < 10} == guessed - bursts


@pytest.mark.parametrize("name", ["early_hand_off", "late_finish", "incident_opened_late"])
def test_look_alikes_at_an_edge_would_be_wrong_without_grace(
    name: str, world: World, answers: Answers, oracle: Oracle
) -> None:
    each = next(a for a in answers.look_alikes if a.name == name)
    made = next(a for a in people(world) if a.tag and a.started_at == each.around)
    bare = oracle.on_call(who(made)[0])

    if name == "incident_opened_late":
        assert not inside(oracle.answered(who(made)[0]), made.started_at)
    else:
        assert not any(s <= made.started_at and made.ended_at <= e for s, e in bare)
