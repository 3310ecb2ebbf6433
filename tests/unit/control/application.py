"""A plan made, approved and applied, as the tests of both and of the proof do it."""

from __future__ import annotations

from datetime import datetime

from situation import NOW, Situation

from oncall_audit.control import approval, looking, records
from oncall_audit.control.applying import Application, Applied
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.making import make
from oncall_audit.control.model import Plan

from .memory import Memory


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
