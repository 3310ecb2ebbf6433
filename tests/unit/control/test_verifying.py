"""What was done is proven by what is held, and what somebody undid is told."""

from __future__ import annotations

from datetime import datetime, timedelta

from situation import NOW, Situation, right

from oncall_audit.control import looking
from oncall_audit.control.making import make
from oncall_audit.control.verifying import Seen, Verified, verify
from oncall_audit.evidence import register

from .application import apply, approve, made
from .memory import Memory

HOUR = timedelta(hours=1)


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
