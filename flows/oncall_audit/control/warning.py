"""Warnings before removal: where the policy asks for it, people hear of it first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from oncall_audit.control import wording
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.model import Change
from oncall_audit.control.records import Record

_RIGHT = ("system", "account", "resource_name", "permission")


def warn_first(
    knowledge: Knowledge, changes: Iterable[Change], records: Iterable[Record]
) -> list[Change]:
    """Turn revocations of which the policy wants a warning into it, until it is old enough."""
    warned = _warned(records)
    now = knowledge.at.replace(tzinfo=UTC)
    found = []
    for change in changes:
        hours = _hours(knowledge, change)
        warned_at = _of_now(change, warned.get((*_key(change), change.reason)))
        if change.action != "revoke" or not hours:
            found.append(change)
        elif warned_at is None:
            found.append(replace(change, action="warn"))
        elif warned_at + timedelta(hours=hours) <= now:
            found.append(change)
    return found


def reminder(knowledge: Knowledge, change: Change) -> str:
    """Return the text that tells somebody which right they will lose, why, and when."""
    right = change.right
    last = wording.moment(knowledge.at + timedelta(hours=_hours(knowledge, change)))
    return (
        f"Hello {wording.name(knowledge, change.engineer_id)},\n\n"
        f"your account {right.account} holds {right.permission} on {right.resource_name}"
        f" ({right.system}). {change.explanation}\n\n"
        f"It will be taken away after {last}. If you still need it, ask for it, or have the policy"
        " changed, before then.\n"
    )


def _hours(knowledge: Knowledge, change: Change) -> float:
    hours = knowledge.policy.control.warn_before_remove_hours.items()
    return next((after for reason, after in hours if reason == change.reason), 0)


def _warned(records: Iterable[Record]) -> dict[tuple[str, ...], datetime]:
    """Return when each right and reason was last warned of, and nothing was done about it since."""
    found: dict[tuple[str, ...], datetime] = {}
    for record in records:
        right = tuple(record.get(name, "") for name in _RIGHT)
        if record["step"] == "warned":
            found[*right, record["reason"]] = datetime.fromisoformat(record["at"])
        elif record["step"] == "applied":
            found = {key: at for key, at in found.items() if key[: len(right)] != right}
    return found


def _of_now(change: Change, warned_at: datetime | None) -> datetime | None:
    """Pass over a warning of a time before: since then the right was gone, and came back."""
    is_older = warned_at and change.since and warned_at < change.since
    return None if is_older else warned_at


def _key(change: Change) -> tuple[str, ...]:
    right = change.right
    return right.system, right.account, right.resource_name, right.permission
