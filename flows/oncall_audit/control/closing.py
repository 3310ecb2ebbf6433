"""Which findings a plan closes: a finding that stands for several rights needs all of them gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from oncall_audit.control.knowledge import Knowledge, covers
from oncall_audit.control.model import Change, Right
from oncall_audit.control.planning import DORMANT, Holdings
from oncall_audit.reports.published import Row

Place = tuple[str | None, str | None]


def sure(knowledge: Knowledge, changes: Iterable[Change], holdings: Holdings) -> list[Change]:
    """Return the changes without the findings of which something would be left."""
    found = list(changes)
    merged = {it["finding_id"]: it["rule_id"] for it in knowledge.findings if it["is_merged"]}
    if not merged:
        return found
    revoked = {it.right for it in found if it.action == "revoke"}
    left = [row for right, row in _held(knowledge, holdings) if right not in revoked]
    unwanted = {_place(row) for row in left if not _is_wanted(knowledge, row)}
    anything = {_place(row) for row in left}

    def closes(change: Change, finding: str) -> bool:
        if finding not in merged:
            return True
        # Of what may be held, only the finding itself knows which part is not used.
        blocking = anything if merged[finding] == DORMANT else unwanted
        return (change.engineer_id, change.resource_id) not in blocking

    return [
        replace(it, finding_ids=tuple(one for one in it.finding_ids if closes(it, one)))
        for it in found
    ]


def _held(knowledge: Knowledge, holdings: Holdings) -> Iterator[tuple[Right, Row]]:
    """Yield all that is held: also what is not managed, as the last snapshots show it."""
    for right, (_, row) in holdings.items():
        yield right, {**row, "permission": right.permission}
    for row in knowledge.entitlements:
        right = Right(row["system"], row["account"], row["native_name"], row["permission"])
        if covers(row, knowledge.at) and not knowledge.is_managed(right):
            yield right, row


def _place(row: Row) -> Place:
    return row["engineer_id"], row["resource_id"]


def _is_wanted(knowledge: Knowledge, row: Row) -> bool:
    return any(
        (it["engineer_id"], it["resource_id"]) == _place(row)
        and it["permission"] in ("*", row["permission"])
        and covers(it, knowledge.at)
        for it in knowledge.intervals
    )
