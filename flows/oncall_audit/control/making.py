"""Makes a plan: what is desired, what is held, what is due, and what the limits let pass."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from oncall_audit.control import closing
from oncall_audit.control import knowledge as published
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.limits import limit
from oncall_audit.control.model import Change, Held, HeldBack, Plan, Right
from oncall_audit.control.patterns import is_literal
from oncall_audit.control.planning import Holdings, due, utc
from oncall_audit.control.records import Record
from oncall_audit.control.warning import warn_first
from oncall_audit.policy import Policy
from oncall_audit.reports.published import Row

_LONG_AGO = datetime(1970, 1, 1)  # noqa: DTZ001 - as in the published tables
_UNRESOLVED = (
    "unresolved",
    "The directory or the inventory does not say whose it is, or of what: name it there.",
)


def make(
    knowledge: Knowledge,
    records: Iterable[Record],
    *,
    created_at: datetime,
    live: Mapping[str, Iterable[Held]] | None = None,
) -> Plan:
    """Return the plan of one instant; `live` is what systems were seen to hold just now."""
    live = live or {}
    holdings = holdings_of(knowledge, live)
    found = due(knowledge, holdings)
    changes = warn_first(knowledge, found.changes, records)
    passed, held_back = limit(knowledge, changes, holdings, set(live))
    held_back += [HeldBack(change, *_UNRESOLVED) for change in found.unresolved]
    return Plan(
        created_at=created_at,
        as_of=knowledge.at.replace(tzinfo=UTC),
        run_id=knowledge.run_id,
        policy_sha256=knowledge.policy.sha256,
        snapshots=_snapshots(knowledge, live, created_at),
        schedule_recorded_at=_schedule_recorded_at(knowledge),
        changes=tuple(sorted(closing.sure(knowledge, passed, holdings), key=_order)),
        held_back=tuple(sorted(held_back, key=lambda it: (it.limit, _order(it.change)))),
        unmet=tuple(found.unmet),
        held=_counts(holdings),
    )


def holdings_of(knowledge: Knowledge, live: Mapping[str, Iterable[Held]]) -> Holdings:
    """Return what is held: what `live` systems said, and of the others what snapshots show."""
    stored = published.held(knowledge)
    found = {right: it for right, it in stored.items() if right.system not in live}
    for held in (it for rights in live.values() for it in rights):
        if knowledge.is_managed(held.right):
            known = stored.get(held.right)
            row = known[1] if known else described(knowledge, held.right)
            found[held.right] = (_naive(held), row)
    return found


def _naive(held: Held) -> Held:
    # As in the published tables, with which it is compared.
    end = held.expires_at
    return replace(held, expires_at=end.astimezone(UTC).replace(tzinfo=None) if end else None)


def described(knowledge: Knowledge, right: Right) -> Row:
    """Return what an entitlement would say of a right that no snapshot shows yet."""
    account = knowledge.owner(right)
    return {
        "engineer_id": account["engineer_id"] if account else None,
        "account_kind": account["kind"] if account else "unknown",
        "resource_id": _resource(knowledge, right),
        "valid_from": _last_look(knowledge, right.system),
    }


def _last_look(knowledge: Knowledge, system: str) -> datetime:
    """Return when a snapshot last did not show what is held now, however long ago that is."""
    looks = [
        row["observed_at"]
        for row in knowledge.snapshots
        if (row["kind"], row["system"]) == ("permissions", system) and row["is_good"]
    ]
    return max(looks, default=_LONG_AGO)


def _resource(knowledge: Knowledge, right: Right) -> str | None:
    for row in knowledge.entitlements:
        if (row["system"], row["native_name"]) == (right.system, right.resource_name):
            return str(row["resource_id"]) if row["resource_id"] else None
    return _named(knowledge.policy, right)


def _named(policy: Policy, right: Right) -> str | None:
    if right.resource_name in policy.resources:
        return right.resource_name
    for resource_id, resource in policy.resources.items():
        if f"{right.system}:{right.resource_name}" in filter(is_literal, resource.names):
            return resource_id
    return None


def _order(change: Change) -> tuple[str, ...]:
    right = change.right
    parts = (right.system, right.resource_name, right.permission, right.account)
    return (change.action, *parts, change.reason)


def _snapshots(
    knowledge: Knowledge, live: Mapping[str, object], now: datetime
) -> dict[str, datetime]:
    found = {
        str(row["system"]): row["observed_at"].replace(tzinfo=UTC)
        for row in knowledge.snapshots
        if row["kind"] == "permissions" and row["is_good"] and row["system"]
    }
    return {**found, **dict.fromkeys(live, now)}


def _schedule_recorded_at(knowledge: Knowledge) -> datetime | None:
    return utc(
        max(
            (row["observed_at"] for row in knowledge.snapshots if row["kind"] == "schedules"),
            default=None,
        )
    )


def _counts(holdings: Holdings) -> dict[str, int]:
    counts: dict[str, int] = {}
    for right in holdings:
        counts[right.system] = counts.get(right.system, 0) + 1
    return counts
