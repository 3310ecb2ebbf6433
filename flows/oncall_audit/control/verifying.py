"""Proves what was changed: by what the system says now, or by the next snapshot."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from oncall_audit.control import records
from oncall_audit.control.model import Right
from oncall_audit.control.records import Record
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

# A step that says nothing of whether the change was made.
_ATTEMPTS = ("started", "failed")
_STEPS = (*_ATTEMPTS, "applied", "verified", "undone")


@dataclass(frozen=True)
class Seen:
    """What one system was seen to hold, and when (aware)."""

    rights: Container[Right]
    at: datetime


@dataclass
class Verified:
    """What was proven, was undone by somebody, failed, or cannot be proven yet."""

    verified: list[Record] = field(default_factory=list)
    undone: list[Record] = field(default_factory=list)
    unmade: list[Record] = field(default_factory=list)
    waiting: list[Record] = field(default_factory=list)


def verify(
    workspace: Workspace,
    seen: Mapping[str, Seen],
    *,
    by: str,
    at: datetime,
    desired: Callable[[datetime], Container[Right]],
) -> Verified:
    """Hold every change against what its system holds; findings close with the proof.

    `desired` tells what is desired at an instant. A revoked right that is back without being
    desired was undone by somebody, and so was a granted one that is gone while it is desired. A
    change whose answer was lost is proven like any other; one that is still due was not made.
    """
    result = Verified()
    latest = _latest(records.read(workspace))
    unproven = _unproven(latest, seen)
    for record in latest:
        right = _right(record)
        view = seen.get(right.system)
        if view is None or view.at < datetime.fromisoformat(record["at"]):
            if record["step"] != "verified":
                result.waiting.append(record)
            continue
        is_so = (right in view.rights) == (record["action"] == "grant")
        if is_so and record["step"] != "verified":
            result.verified.append(record)
            # The proof last: cut off in between, the next look closes the finding once more.
            _close(workspace, record, by, at, unproven)
            _note(workspace, record, "verified", by, at)
        elif is_so or (right in desired(view.at)) != (record["action"] == "grant"):
            continue
        elif record["step"] in _ATTEMPTS:
            result.unmade.append(record)
        else:
            result.undone.append(record)
            _reopen(workspace, record, by, at)
            _note(workspace, record, "undone", by, at)
    return result


def _latest(found: Iterable[Record]) -> list[Record]:
    """Return the last step of each right, where it is one that can be held against the system."""
    last: dict[Right, Record] = {}
    for record in found:
        if record.get("change_id") and record["step"] in _STEPS:
            last[_right(record)] = record
    return [it for it in last.values() if it["step"] != "undone"]


def _right(record: Record) -> Right:
    return Right(record["system"], record["account"], record["resource_name"], record["permission"])


def _note(workspace: Workspace, record: Record, step: str, by: str, at: datetime) -> None:
    kept = {k: v for k, v in record.items() if k != "previous_sha256"}
    now = at.astimezone(UTC).isoformat()
    register.append(workspace.register, {**kept, "step": step, "by": by, "at": now, "message": ""})


def _unproven(latest: Iterable[Record], seen: Mapping[str, Seen]) -> set[str]:
    """Return the findings of which some right is not proven to be gone."""
    found: set[str] = set()
    for record in latest:
        right = _right(record)
        view = seen.get(right.system)
        is_fresh = view and view.at >= datetime.fromisoformat(record["at"])
        is_gone = right not in view.rights if view and is_fresh else record["step"] == "verified"
        if record["action"] == "revoke" and not is_gone:
            found.update(record["finding_ids"])
    return found


def _close(
    workspace: Workspace, record: Record, by: str, at: datetime, unproven: Container[str]
) -> None:
    if record["action"] == "revoke":
        done = "The right was taken away, and is gone."
        closed = [it for it in record["finding_ids"] if it not in unproven]
        _decide(workspace, record, closed, "remediated", by, at, done)


def _reopen(workspace: Workspace, record: Record, by: str, at: datetime) -> None:
    if record["action"] == "revoke":
        undone = "The right that was taken away is held again."
        _decide(workspace, record, record["finding_ids"], "open", by, at, undone)


def _decide(
    workspace: Workspace,
    record: Record,
    findings: Iterable[str],
    state: str,
    by: str,
    at: datetime,
    reason: str,
) -> None:
    moment = at.astimezone(UTC).isoformat()
    for finding in findings:
        register.append(
            workspace.register,
            {
                "kind": "decision",
                "action_id": f"{record['change_id']}-{state}-{moment}",
                "finding_id": finding,
                "engineer": by,
                "state": state,
                "reason": reason,
                "decided_at": moment,
            },
        )
