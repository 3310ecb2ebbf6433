"""What the register holds of access control: every step of every change, in order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from oncall_audit.control.model import Change
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

Step = Literal[
    "planned",
    "approved",
    "warned",
    "started",
    "applied",
    "failed",
    "skipped",
    "verified",
    "undone",
    "alarmed",
]
Record = Mapping[str, Any]

KIND = "access"


def write(
    workspace: Workspace,
    step: Step,
    plan: str,
    *,
    by: str,
    at: datetime,
    change: Change | None = None,
    message: str = "",
) -> None:
    """Add one step to the register; `plan` is the plan's SHA-256, `at` an aware time."""
    record: dict[str, Any] = {
        "kind": KIND,
        "step": step,
        "plan_sha256": plan,
        "by": by,
        "at": at.astimezone(UTC).isoformat(),
        "message": message,
    }
    if change:
        record |= _facts(change)
    register.append(workspace.register, record)


def read(workspace: Workspace) -> list[Record]:
    """Return every step, oldest first; raise `VerificationFailed` where the chain is broken."""
    return [it for it in register.read(workspace.register) if it["kind"] == KIND]


def last_steps(records: Iterable[Record], plan: str) -> dict[str, Record]:
    """Return the last step of each change of a plan."""
    return {
        it["change_id"]: it for it in records if it["plan_sha256"] == plan and it.get("change_id")
    }


def _facts(change: Change) -> dict[str, Any]:
    right = change.right
    return {
        "change_id": change.change_id,
        "action": change.action,
        "system": right.system,
        "account": right.account,
        "resource_name": right.resource_name,
        "permission": right.permission,
        "engineer_id": change.engineer_id,
        "resource_id": change.resource_id,
        "reason": change.reason,
        "since": change.since.isoformat() if change.since else None,
        "finding_ids": list(change.finding_ids),
    }
