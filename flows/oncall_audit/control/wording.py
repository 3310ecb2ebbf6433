"""The sentences of a plan: why a right is granted or taken away."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.model import Desired, Held
from oncall_audit.reports.published import Row

_NOTHING_ELSE = "no other shift, incident, request, role or exception gives it"


def grant(knowledge: Knowledge, wanted: Desired) -> str:
    """Say what lets somebody hold a right now."""
    who = name(knowledge, wanted.engineer_id)
    until = f" until {moment(wanted.valid_until)}" if wanted.valid_until else ""
    service = knowledge.services.get(wanted.resource_id, wanted.resource_id)
    return {
        "shift": f"{who} is on shift for {service}{until}, with the policy's grace.",
        "incident": f"{who} answers incident {wanted.cause_id} of {service}{until}.",
        "request": f"{who} has the approved request {wanted.cause_id}{until}.",
        "role": f"{who}'s team or role gives it{until}.",
        "exception": f"The policy makes an exception for {who}{until}.",
    }[wanted.cause]


def revocation(
    knowledge: Knowledge,
    held: Held,
    row: Row,
    reason: str,
    since: datetime | None,
    cause: Row | None,
) -> str:
    """Say why somebody should hold a right no longer."""
    who = name(knowledge, row["engineer_id"])
    ago = f"{duration(knowledge.at - since)} ago, at {moment(since)}" if since else ""
    began = f" since {moment(row['valid_from'])}" if row["valid_from"] else ""
    which = cause["cause_id"] if cause else None
    return {
        "shift_ended": f"The shift that gave it to {who} ended {ago} with its grace:"
        f" {_NOTHING_ELSE}.",
        "incident_ended": f"Incident {which}, which {who} answered, ended {ago} with its grace:"
        f" {_NOTHING_ELSE}.",
        "request_ended": f"The request {which} of {who} ended {ago}: {_NOTHING_ELSE}.",
        "expired": f"It was given to {who} until {moment(held.expires_at)}: {_NOTHING_ELSE}.",
        "leaver": f"{who} left {ago}.",
        "dormant": f"{who} may hold it, and has not used it for longer than the policy allows.",
        "not_in_policy": f"{who} holds it{began}:"
        " no shift, incident, request, role or exception gives it.",
    }[reason]


def no_account(knowledge: Knowledge, who: str, system: str, accounts: list[str]) -> str:
    """Say why it is not known as which account somebody should hold a right."""
    has = f"has the accounts {', '.join(accounts)}" if accounts else "has no account"
    which = "which one is meant is not known" if accounts else "give one in the directory"
    return f"{name(knowledge, who)} {has} in {system}: {which}."


def name(knowledge: Knowledge, engineer_id: str | None) -> str:
    """Return what a person is called."""
    row = knowledge.people.get(engineer_id or "")
    return str(row["name"] or engineer_id) if row else str(engineer_id)


def moment(at: datetime | None) -> str:
    """Write a time of the published tables."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "no end"


def duration(span: timedelta) -> str:
    """Write a span in its two largest units."""
    seconds = int(span.total_seconds())
    days, rest = divmod(max(seconds, 0), 86400)
    hours, rest = divmod(rest, 3600)
    parts = [(days, "d"), (hours, "h"), (rest // 60, "min")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return " ".join(shown) or "0 min"
