"""Only what was approved is applied, once, whatever fails or ends in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from situation import NOW, Situation, right

from oncall_audit.control import approval, looking, records
from oncall_audit.control.applying import Application, Applied
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.making import make
from oncall_audit.control.model import Plan
from oncall_audit.control.verifying import Seen, Verified, verify
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register

from .memory import Crash, Memory

HOUR = timedelta(hours=1)


@pytest.fixture
def due(situation: Situation) -> Situation:
    """Ada's shift began, Ben's ended, and Cleo holds what nothing gives her."""
    situation.wants("e1", NOW - HOUR, NOW + 8 * HOUR)
    situation.wants("e2", NOW - 9 * HOUR, NOW - HOUR, cause_id="h2")
    situation.holds("e2", right("ben"), since=NOW - 9 * HOUR)
    situation.holds("e3", right("cleo"))
    situation.is_found("f1", "lingering_elevation", "e2", "oncall_admin")
    return situation


@pytest.fixture
def system() -> Memory:
    return Memory({right("ben"), right("cleo"), right("nia", "owner")})


def made(situation: Situation) -> Plan:
    return make(situation.known(), [], created_at=NOW)


def approve(
    situation: Situation,
    plan: Plan,
    who: str = "nia@example.com",
    at: datetime = NOW,
    known: Knowledge | None = None,
) -> str:
    knowledge = known or situation.known(at)
    return approval.approve(situation.workspace, knowledge, plan, who, at)


def apply(
    situation: Situation,
    plan: Plan,
    system: Memory,
    at: datetime = NOW,
    known: Knowledge | None = None,
) -> Applied:
    knowledge = known or situation.known(at)
    return Application(
        situation.workspace,
        knowledge.policy,
        {"postgresql": system},
        looking.obstacle(knowledge, {"postgresql"}),
        clock=lambda: at,
        wait=lambda _seconds: None,
    ).apply(plan)


def steps(situation: Situation) -> list[tuple[str, str | None, str]]:
    return [(it["step"], it.get("account"), it["by"]) for it in records.read(situation.workspace)]


def test_an_approved_plan_is_applied_and_every_step_recorded(
    due: Situation, system: Memory
) -> None:
    plan = made(due)
    approve(due, plan)

    result = apply(due, plan, system)

    assert system.rights == {right("ada"), right("nia", "owner")}
    assert sorted(result.steps.values()) == ["applied"] * 3
    assert steps(due) == [
        ("planned", "ada", "oncall-audit"),
        ("planned", "ben", "oncall-audit"),
        ("planned", "cleo", "oncall-audit"),
        ("approved", None, "e9"),
        ("started", "ada", "e9"),
        ("applied", "ada", "e9"),
        ("started", "ben", "e9"),
        ("applied", "ben", "e9"),
        ("started", "cleo", "e9"),
        ("applied", "cleo", "e9"),
    ]


def test_what_nobody_approved_is_not_applied(due: Situation, system: Memory) -> None:
    with pytest.raises(ConfigurationError, match="Nobody has approved this plan"):
        apply(due, made(due), system)

    assert system.calls == []


def test_another_plan_than_the_approved_one_is_not_applied(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)

    with pytest.raises(ConfigurationError, match="Nobody has approved this plan"):
        apply(due, replace(plan, changes=plan.changes[:1]), system)

    assert system.calls == []


@pytest.mark.parametrize("who", ["e2", "ben@example.com", "BEN@example.com "])
def test_nobody_approves_changes_of_their_own_access(due: Situation, who: str) -> None:
    with pytest.raises(ConfigurationError, match="changes their own access"):
        approve(due, made(due), who)

    assert steps(due) == []


@pytest.mark.parametrize("who", ["somebody", "", "nia"])
def test_an_approver_is_of_the_directory(due: Situation, who: str) -> None:
    with pytest.raises(ConfigurationError, match="The directory does not know"):
        approve(due, made(due), who)


def test_an_approver_is_employed(due: Situation) -> None:
    due.left["e9"] = NOW - HOUR

    with pytest.raises(ConfigurationError, match="not employed any more"):
        approve(due, made(due))


def test_a_stale_plan_is_neither_approved_nor_applied(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)

    with pytest.raises(ConfigurationError, match="and stale"):
        apply(due, plan, system, at=NOW + 25 * HOUR)
    with pytest.raises(ConfigurationError, match="and stale"):
        approve(due, plan, at=NOW + 25 * HOUR)
    assert system.calls == []


def test_a_plan_of_a_time_to_come_is_not_approved(due: Situation) -> None:
    plan = make(due.known(NOW + HOUR), [], created_at=NOW)

    with pytest.raises(ConfigurationError, match="The plan is of a time to come, 2026-03-02 13:00"):
        approve(due, plan)


def test_a_plan_of_another_policy_is_not_applied(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)
    knowledge = due.known(max_changes=19)

    with pytest.raises(ConfigurationError, match="policy was changed"):
        Application(
            due.workspace, knowledge.policy, {"postgresql": system}, lambda _change: None,
            clock=lambda: NOW,
        ).apply(plan)  # fmt: skip
    assert system.calls == []


def test_what_is_not_due_any_more_is_skipped(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)
    due.wants("e3", NOW, NOW + 9 * HOUR, cause="incident", cause_id="i1")
    later = NOW + 8 * HOUR

    apply(due, plan, system, at=later)

    assert system.rights == {right("cleo"), right("nia", "owner")}
    skipped = [
        (it["account"], it["message"])
        for it in records.read(due.workspace)
        if it["step"] == "skipped"
    ]
    assert skipped == [
        ("ada", "Nothing gives the right any more."),
        ("cleo", "The right is desired again."),
    ]


def test_what_failed_is_told_and_tried_again_and_the_rest_is_done(
    due: Situation, system: Memory
) -> None:
    plan = made(due)
    approve(due, plan)
    system.refuses = {"ben"}

    first = apply(due, plan, system)

    assert first.problems == ["ben is locked."]
    assert Counter(first.steps.values()) == {"applied": 2, "failed": 1}
    assert Counter(system.calls)["revoke", "ben"] == 3
    assert system.rights == {right("ada"), right("ben"), right("nia", "owner")}

    system.refuses, system.calls = set(), []
    second = apply(due, plan, system)

    assert second.problems == []
    assert system.calls == [("revoke", "ben")]
    assert system.rights == {right("ada"), right("nia", "owner")}


def test_a_system_that_nothing_changes_is_told_before_anything_is_done(due: Situation) -> None:
    plan = made(due)
    approve(due, plan)
    knowledge = due.known()

    with pytest.raises(ConfigurationError, match="changes postgresql"):
        Application(
            due.workspace, knowledge.policy, {}, lambda _change: None, clock=lambda: NOW
        ).apply(plan)


def crashing(monkeypatch: pytest.MonkeyPatch, system: Memory, at: int) -> Iterator[int]:
    """Count every write and every change, before and after it, and end the process at one."""
    count = 0
    append = register.append

    def tick() -> None:
        nonlocal count
        count += 1
        if count == at:
            raise Crash

    def written(*arguments: object) -> str:
        tick()
        line = append(*arguments)  # type: ignore[arg-type]
        tick()
        return line

    monkeypatch.setattr(register, "append", written)
    system.before = system.after = tick
    yield count


def test_a_crash_at_any_point_loses_nothing_and_repeats_no_harm(
    due: Situation, system: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = due.known()
    plan = make(known, [], created_at=NOW)
    before = set(system.rights)
    points = 0
    while True:
        points += 1
        due.workspace.register.unlink(missing_ok=True)
        system.rights = set(before)
        with monkeypatch.context() as patch:
            next(crashing(patch, system, points))
            try:
                approve(due, plan, known=known)
                apply(due, plan, system, known=known)
                break
            except Crash:
                pass
        system.before = system.after = lambda: None

        approve(due, plan, known=known)
        apply(due, plan, system, known=known)

        assert system.rights == {right("ada"), right("nia", "owner")}
        done = [it["account"] for it in records.read(due.workspace) if it["step"] == "applied"]
        assert sorted(done) == ["ada", "ben", "cleo"]
    # Four records of the approval, two of each change, all twice, and each change twice.
    assert points == 2 * (4 + 6) + 2 * 3 + 1


def look(situation: Situation, system: Memory, at: datetime = NOW + HOUR) -> Verified:
    knowledge = situation.known(at)
    return verify(
        situation.workspace,
        {"postgresql": Seen(frozenset(system.rights), at)},
        by="oncall-audit",
        at=at,
        desired=looking.desired_at(knowledge),
    )


def decisions(situation: Situation) -> list[tuple[str, str]]:
    return [
        (it["finding_id"], it["state"])
        for it in register.read(situation.workspace.register)
        if it["kind"] == "decision"
    ]


def test_a_finding_closes_with_the_proof_and_not_before(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)
    apply(due, plan, system)
    assert decisions(due) == []

    result = look(due, system)

    assert [it["account"] for it in result.verified] == ["ada", "ben", "cleo"]
    assert decisions(due) == [("f1", "remediated")]
    assert look(due, system) == Verified()


def test_a_finding_about_two_rights_closes_when_both_are_gone(
    situation: Situation, system: Memory
) -> None:
    both = {right("ben"), right("ben2")}
    for held in both:
        situation.holds("e2", held)
    situation.is_found("f1", "entitlement_drift_policy", "e2", "oncall_admin")
    system.rights, system.refuses = set(both), {"ben2"}
    plan = make(situation.known(), [], created_at=NOW)
    approve(situation, plan)

    apply(situation, plan, system)
    look(situation, system)
    assert decisions(situation) == []
    system.refuses = set()
    apply(situation, plan, system, at=NOW + 2 * HOUR)
    look(situation, system, at=NOW + 3 * HOUR)

    assert decisions(situation) == [("f1", "remediated")]


def test_what_a_snapshot_of_before_shows_proves_nothing(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)
    apply(due, plan, system)

    result = look(due, system, at=NOW - HOUR)

    assert [it["account"] for it in result.waiting] == ["ada", "ben", "cleo"]
    assert (result.verified, result.undone) == ([], [])


def test_what_somebody_undid_is_told_and_its_finding_open_again(
    due: Situation, system: Memory
) -> None:
    plan = made(due)
    approve(due, plan)
    apply(due, plan, system)
    look(due, system)
    system.rights.add(right("ben"))
    system.rights.discard(right("ada"))

    result = look(due, system, at=NOW + 2 * HOUR)

    assert [it["account"] for it in result.undone] == ["ada", "ben"]
    assert decisions(due) == [("f1", "remediated"), ("f1", "open")]
    assert look(due, system, at=NOW + 3 * HOUR) == Verified()


def test_what_a_later_shift_changed_was_not_undone(due: Situation, system: Memory) -> None:
    plan = made(due)
    approve(due, plan)
    apply(due, plan, system)
    look(due, system)
    due.wants("e2", NOW + 8 * HOUR, NOW + 16 * HOUR, cause_id="h3")
    system.rights.add(right("ben"))
    system.rights.discard(right("ada"))

    assert look(due, system, at=NOW + 9 * HOUR) == Verified()
