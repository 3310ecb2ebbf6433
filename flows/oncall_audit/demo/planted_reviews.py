"""Plants requests that people approved themselves, by another name or by a rule of their own."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.model import Engineer, World
from oncall_audit.demo.notes import ask_colleague, gateway_logs, resembles, violates
from oncall_audit.demo.writers.files import utc, uuid

BOT = "@teleport-access-approval-bot"
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def plant_reviews(world: World) -> None:
    """Plant everything of this module."""
    _self_approved(world)
    _approved_by_others(world)
    _approved_by_rules(world)


def _self_approved(world: World) -> None:
    rule = "self_approval"
    person, _, asked = ask_colleague(world, "payments", "payments-db", 19)
    world.requests[-1] = replace(asked, approver=person.account("linux"))
    place = (None, asked.resource_id)
    note = "Approved by the same person under another name."
    violates(world, rule, person, place, asked.requested_at, note)
    person, _, asked = ask_colleague(world, "search", "search-hosts", 13)
    own = {"reviewer": person.email, "decision": "approved"}
    world.requests[-1] = replace(asked, reviews=(own,))
    place = (None, asked.resource_id)
    note = "A colleague approved, and so did they."
    violates(world, rule, person, place, asked.requested_at, note)


def _approved_by_others(world: World) -> None:
    person, second, asked = ask_colleague(world, "data", "data-warehouse", 17)
    third = next(e for e in world.members("data") if e not in (person, second))
    delegated = {"reviewer": person.email, "on_behalf_of": third.email, "decision": "approved"}
    world.requests[-1] = replace(asked, reviews=(delegated,))
    why = "Passed on a colleague's review; a second colleague approved as well."
    place = (None, asked.resource_id)
    resembles(world, "delegated_review", person, place, asked.requested_at, why)
    person, _, asked = ask_colleague(world, "search", "search-db", 7)
    denied = {"reviewer": person.email, "decision": "denied"}
    world.requests[-1] = replace(asked, reviews=(denied,))
    why = "Voted against their own request; a colleague approved it."
    place = (None, asked.resource_id)
    resembles(world, "own_denial", person, place, asked.requested_at, why)


def _change_rule(world: World, at: datetime, who: Engineer, rule: str) -> None:
    event, code = "access_monitoring_rule.update", "TAMR002I"
    gateway_logs(world, at, event, code, who.account("teleport"), name=rule)


def _ask_gateway(world: World, at: datetime, who: Engineer, rule: str) -> None:
    """Let a person ask the gateway for a role, and a program approve it by a rule."""
    account = who.account("teleport")
    asked = {"id": uuid(world.random), "roles": ["admin"], "expires": utc(at + 8 * _HOUR)}
    gateway_logs(
        world, at, "access_request.create", "T5000I", account, **asked, state="PENDING",
        reason="Look into slow queries",
    )  # fmt: skip
    reason = (
        "Access request has been automatically approved by 'teleport' plugin because user "
        f"'{account}' satisfies the '{rule}' access monitoring rule condition."
    )
    gateway_logs(
        world, at + timedelta(seconds=2), "access_request.review", "T5002I", None, **asked,
        state="APPROVED", proposed_state="APPROVED", reviewer=BOT, reason=reason,
    )  # fmt: skip


def _approved_by_rules(world: World) -> None:
    one, two, three, *_ = world.members("platform")
    at = world.until - 8 * _DAY + 14 * _HOUR
    for who, editor, rule, days, name, why in (
        (one, one, "platform-fast-lane", 3, "", "By a rule that they had changed three days ago."),
        (two, three, "platform-reviewed", 2, "approved_by_anothers_rule", "Somebody else's rule."),
        (three, three, "platform-nights", 9, "old_rule", "Changed the rule nine days before."),
    ):
        _change_rule(world, at - days * _DAY, editor, rule)
        _ask_gateway(world, at, who, rule)
        if name:
            resembles(world, name, who, ("teleport", None), at, why)
        else:
            violates(world, "self_approval", who, ("teleport", None), at, why)
