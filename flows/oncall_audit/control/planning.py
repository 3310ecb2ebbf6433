"""From desired and held rights to the changes that are due, before any limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from oncall_audit.control import wording
from oncall_audit.control.knowledge import Knowledge, covers, desired
from oncall_audit.control.model import Change, Desired, Held, Right, Unmet
from oncall_audit.reports.published import Row

_STARTED = {
    "shift": "shift_started",
    "incident": "incident_opened",
    "request": "request_approved",
    "role": "role_given",
    "exception": "exception_given",
}
_ENDED = {"shift": "shift_ended", "incident": "incident_ended", "request": "request_ended"}
_STANDING = {"role", "exception"}
DORMANT = "dormant_entitlement"
# Of accounts that are no person's, the policy for people says nothing.
_PROGRAMS = {"service"}

Holdings = Mapping[Right, tuple[Held, Row]]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Due:
    """Changes that are due, held rights of nobody known, and desired ones that have no name."""

    changes: list[Change] = field(default_factory=list)
    unresolved: list[Change] = field(default_factory=list)
    unmet: list[Unmet] = field(default_factory=list)


def due(knowledge: Knowledge, holdings: Holdings) -> Due:
    """Return what must change so that exactly what is desired is held, in a stable order."""
    intervals = _by_key(knowledge.intervals)
    found = Due()
    for right, wanted in sorted(_wanted(knowledge).items()):
        if right not in holdings or _is_over(holdings[right][0], knowledge.at):
            found.changes.append(_grant(knowledge, right, wanted, intervals))
    for right, (held, row) in sorted(holdings.items()):
        if row["account_kind"] in _PROGRAMS:
            continue
        if row["engineer_id"] is None or row["resource_id"] is None:
            found.unresolved.append(_unresolved(right, row))
        elif change := _revocation(knowledge, held, row, intervals):
            found.changes.append(change)
    found.unmet.extend(sorted(_unmet(knowledge, holdings)))
    return found


def utc(naive: datetime | None) -> datetime | None:
    """Return a time of the published tables as an aware one."""
    return naive.replace(tzinfo=UTC) if naive else None


def _is_over(held: Held, at: datetime) -> bool:
    # Such as the membership of an account whose log-in has ended: it gives nothing any more.
    return held.expires_at is not None and held.expires_at <= at


def _by_key(rows: list[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[row["engineer_id"], row["resource_id"], row["permission"]].append(row)
    return found


def _wanted(knowledge: Knowledge) -> dict[Right, list[Desired]]:
    found: dict[Right, list[Desired]] = defaultdict(list)
    for row in _granting(knowledge):
        for one in desired(knowledge, row):
            found[one.right].append(one)
    return found


def _granting(knowledge: Knowledge) -> Iterator[Row]:
    causes = knowledge.policy.control.grants
    for row in knowledge.intervals:
        if row["permission"] != "*" and row["cause"] in causes and covers(row, knowledge.at):
            yield row


def _unmet(knowledge: Knowledge, holdings: Holdings) -> set[Unmet]:
    """Return what somebody should hold in a system where nobody knows as which account."""
    held = {
        (row["engineer_id"], row["resource_id"], right.permission, right.system)
        for right, (_, row) in holdings.items()
    }
    found = set()
    for row in _granting(knowledge):
        who, resource, permission = (row[it] for it in ("engineer_id", "resource_id", "permission"))
        for system in {system for system, _ in knowledge.native(resource, permission)}:
            accounts = knowledge.accounts_of(who, system)
            if len(accounts) != 1 and (who, resource, permission, system) not in held:
                why = wording.no_account(knowledge, who, system, accounts)
                found.add(Unmet(who, resource, permission, system, why))
    return found


def _grant(
    knowledge: Knowledge, right: Right, wanted: list[Desired], intervals: dict[Key, list[Row]]
) -> Change:
    # What lasts longest explains it best.
    best = max(wanted, key=_endurance)
    rows = _about(intervals, best.engineer_id, best.resource_id, right.permission)
    return Change(
        action="grant",
        right=right,
        engineer_id=best.engineer_id,
        resource_id=best.resource_id,
        reason=_STARTED[best.cause],
        explanation=wording.grant(knowledge, best),
        since=utc(best.valid_from),
        until=utc(_end_of_all(rows, knowledge.at)),
    )


def _endurance(wanted: Desired) -> tuple[bool, datetime | None, str, str]:
    return wanted.valid_until is None, wanted.valid_until, wanted.cause, wanted.cause_id or ""


def _end_of_all(rows: list[Row], at: datetime) -> datetime | None:
    """Return when the last of the intervals ends that follow each other without a gap."""
    end = at
    for row in sorted(rows, key=lambda it: it["valid_from"] or at):
        if row["valid_from"] and row["valid_from"] > end:
            break
        if row["valid_until"] is None:
            return None
        end = max(end, row["valid_until"])
    return end


def _about(
    intervals: dict[Key, list[Row]], engineer_id: str, resource_id: str, permission: str
) -> list[Row]:
    return [
        *intervals.get((engineer_id, resource_id, permission), ()),
        *intervals.get((engineer_id, resource_id, "*"), ()),
    ]


def _revocation(
    knowledge: Knowledge, held: Held, row: Row, intervals: dict[Key, list[Row]]
) -> Change | None:
    engineer, resource = row["engineer_id"], row["resource_id"]
    about = _about(intervals, engineer, resource, held.right.permission)
    current = [it for it in about if covers(it, knowledge.at)]
    findings = _findings(knowledge, held.right, row)
    if current:
        # What a standing cause is granted for would come back with the next plan.
        kept = _STANDING.difference(knowledge.policy.control.grants)
        is_standing = all(it["cause"] in kept for it in current)
        is_dormant = any(it["rule_id"] == DORMANT for it in findings)
        if not (is_standing and is_dormant):
            return None
        reason, since, cause = "dormant", row["valid_from"], None
    else:
        reason, since, cause = _why_not(knowledge, held, row, about)
        if reason == "not_in_policy" and knowledge.is_break_glass(held.right):
            return None
    return Change(
        action="revoke",
        right=held.right,
        engineer_id=engineer,
        resource_id=resource,
        reason=reason,
        explanation=wording.revocation(knowledge, held, row, reason, since, cause),
        since=utc(since),
        finding_ids=tuple(it["finding_id"] for it in findings),
    )


def _why_not(
    knowledge: Knowledge, held: Held, row: Row, about: list[Row]
) -> tuple[str, datetime | None, Row | None]:
    """Return why nobody wants the right held any more, since when, and what gave it last."""
    left_at = knowledge.people.get(row["engineer_id"], {}).get("ended_at")
    if left_at and left_at <= knowledge.at:
        return "leaver", left_at, None
    ended = [
        it
        for it in about
        if it["valid_until"]
        and it["valid_until"] <= knowledge.at
        and (row["valid_from"] is None or row["valid_from"] < it["valid_until"])
    ]
    last = max(ended, key=_lateness, default=None)
    if last and last["cause"] in _ENDED:
        return _ENDED[last["cause"]], last["valid_until"], last
    if held.expires_at and _is_over(held, knowledge.at):
        return "expired", held.expires_at, None
    return "not_in_policy", last["valid_until"] if last else row["valid_from"], last


def _lateness(row: Row) -> tuple[datetime, str, str]:
    return row["valid_until"], row["cause"], row["cause_id"] or ""


def _findings(knowledge: Knowledge, right: Right, row: Row) -> list[Row]:
    return [
        it
        for it in knowledge.findings
        if it["permission"] == right.permission
        and it["resource_id"] == row["resource_id"]
        and it["engineer_id"] == row["engineer_id"]
        and it["system"] in (None, right.system)
        and it["account"] in (None, right.account)
    ]


def _unresolved(right: Right, row: Row) -> Change:
    return Change(
        action="revoke",
        right=right,
        engineer_id=row["engineer_id"],
        resource_id=row["resource_id"],
        reason="not_in_policy",
        explanation="Nothing gives it.",
        since=utc(row["valid_from"]),
    )
