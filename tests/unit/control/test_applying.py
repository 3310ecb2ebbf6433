"""Only what was approved is applied, once, whatever fails or ends in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from situation import NOW, Situation, right

from oncall_audit.control import records
from oncall_audit.control.applying import Application
from oncall_audit.control.making import make
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register

from .application import apply, approve, made, steps
from .memory import Crash, Memory

HOUR = timedelta(hours=1)


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
