"""What access control looks at besides the published tables: live systems, and the present."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cache

from oncall_audit.control import knowledge as published
from oncall_audit.control.guards import Guards
from oncall_audit.control.knowledge import Knowledge, covers
from oncall_audit.control.making import holdings_of
from oncall_audit.control.model import Change, Held, Right
from oncall_audit.control.planning import Holdings, due
from oncall_audit.control.providers.base import Provider
from oncall_audit.control.targets import Target
from oncall_audit.control.verifying import Seen, Verified, verify
from oncall_audit.workspace import Workspace


def providers(targets: Iterable[Target]) -> dict[str, Provider]:
    """Return what changes each system, by the system's name."""
    return {target.system: target.provider() for target in targets}


def live(found: Mapping[str, Provider]) -> dict[str, list[Held]]:
    """Return what each system says is held now; raise `ControlError` if one cannot."""
    return {system: list(provider.held()) for system, provider in found.items()}


def desired_at(knowledge: Knowledge) -> Callable[[datetime], frozenset[Right]]:
    """Return what tells every managed right that is desired at an instant, for whatever cause."""

    @cache
    def desired(at: datetime) -> frozenset[Right]:
        naive = at.astimezone(UTC).replace(tzinfo=None)
        rows = (row for row in knowledge.intervals if covers(row, naive))
        return frozenset(one.right for row in rows for one in published.desired(knowledge, row))

    return desired


def obstacle(
    knowledge: Knowledge, live_systems: Iterable[str] = ()
) -> Callable[[Change], str | None]:
    """Return what tells if a planned change may still be made at the instant of `knowledge`."""
    guards = Guards(knowledge, frozenset(live_systems))

    def against(change: Change) -> str | None:
        # Whether it is made already does not matter here: doing it again does no harm.
        holdings = {} if change.action == "grant" else _as_held(knowledge, change)
        still_due = {(it.action, it.right) for it in due(knowledge, holdings).changes}
        action = "grant" if change.action == "grant" else "revoke"
        if (action, change.right) not in still_due:
            is_over = "Nothing gives the right any more."
            return is_over if action == "grant" else "The right is desired again."
        verdict = guards.verdict(change)
        return verdict[1] if verdict else None

    return against


def _as_held(knowledge: Knowledge, change: Change) -> Holdings:
    row = {
        "engineer_id": change.engineer_id,
        "account_kind": "human",
        "resource_id": change.resource_id,
        "valid_from": None,
    }
    return {change.right: (Held(change.right), row)}


def seen_live(rights: Mapping[str, list[Held]], at: datetime) -> dict[str, Seen]:
    """Return what was read just now, for verification."""
    return {system: Seen({it.right for it in held}, at) for system, held in rights.items()}


def seen_in_snapshots(knowledge: Knowledge) -> dict[str, Seen]:
    """Return what the last good snapshot of each system shows, and when it was taken."""
    holdings = holdings_of(knowledge, {})
    latest: dict[str, datetime] = {}
    for row in knowledge.snapshots:
        if row["kind"] == "permissions" and row["is_good"] and row["system"]:
            latest[row["system"]] = row["observed_at"].replace(tzinfo=UTC)
    return {
        system: Seen({right for right in holdings if right.system == system}, at)
        for system, at in latest.items()
    }


def prove(workspace: Workspace, knowledge: Knowledge, now: datetime) -> Verified:
    """Verify every change by the last good snapshots."""
    seen = seen_in_snapshots(knowledge)
    return verify(workspace, seen, by="oncall-audit", at=now, desired=desired_at(knowledge))
