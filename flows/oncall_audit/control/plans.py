"""The plan as a file that people read and that cannot be changed without being noticed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from oncall_audit.control.model import Change, HeldBack, Plan, Right, Unmet
from oncall_audit.control.radius import radius
from oncall_audit.documents import display
from oncall_audit.errors import ConfigurationError

_HEAD = """\
# A plan of access changes. Nothing here is done before somebody approves it:
#   oncall-audit access approve {name} --by WHO
#   oncall-audit access apply {name}
# The approval is of `sha256`, so a plan that is edited is another plan: make a new one instead.
"""


def sha256(plan: Plan) -> str:
    """Return the hash of everything that the plan says."""
    said = json.dumps(_content(plan), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def document(plan: Plan) -> dict[str, Any]:
    """Return the plan as JSON-plain values, in the order in which people read it."""
    return {"sha256": sha256(plan), **_content(plan), "blast_radius": radius(plan)}


def save(plan: Plan, path: Path) -> None:
    """Write the plan; the same plan gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(document(plan), sort_keys=False, allow_unicode=True, width=100)
    path.write_text(_HEAD.format(name=path.name) + text, encoding="utf-8")


def load(path: Path) -> Plan:
    """Read a plan; raise `ConfigurationError` if it is none, or not what its hash says."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
        plan = _plan(said)
    except FileNotFoundError:
        raise ConfigurationError(
            f"There is no plan {display(path)}. Make one with 'oncall-audit access plan'."
        ) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
        raise ConfigurationError(
            f"{display(path)} is no plan ({type(error).__name__}). Make one with"
            " 'oncall-audit access plan'."
        ) from None
    if said.get("sha256") != sha256(plan):
        raise ConfigurationError(
            f"{display(path)} was changed after it was made: its content does not match its"
            " sha256. Make a new plan with 'oncall-audit access plan'."
        )
    return plan


def _content(plan: Plan) -> dict[str, Any]:
    return {
        "created_at": _text(plan.created_at),
        "as_of": _text(plan.as_of),
        "run_id": plan.run_id,
        "policy_sha256": plan.policy_sha256,
        "schedule_recorded_at": _text(plan.schedule_recorded_at),
        "snapshots": {system: _text(at) for system, at in sorted(plan.snapshots.items())},
        "held": dict(sorted(plan.held.items())),
        "changes": [_written(change) for change in plan.changes],
        "held_back": [
            {"limit": it.limit, "because": it.explanation, **_written(it.change)}
            for it in plan.held_back
        ],
        "unmet": [asdict(it) for it in plan.unmet],
    }


def _written(change: Change) -> dict[str, Any]:
    right = change.right
    return {
        "action": change.action,
        "permission": right.permission,
        "resource_name": right.resource_name,
        "system": right.system,
        "account": right.account,
        "engineer_id": change.engineer_id,
        "resource_id": change.resource_id,
        "reason": change.reason,
        "why": change.explanation,
        "since": _text(change.since),
        "until": _text(change.until),
        "closes": list(change.finding_ids),
        "undo": change.undo,
        "change_id": change.change_id,
    }


def _plan(said: dict[str, Any]) -> Plan:
    return Plan(
        created_at=datetime.fromisoformat(said["created_at"]),
        as_of=datetime.fromisoformat(said["as_of"]),
        run_id=said["run_id"],
        policy_sha256=said["policy_sha256"],
        snapshots={name: datetime.fromisoformat(at) for name, at in said["snapshots"].items()},
        schedule_recorded_at=_moment(said["schedule_recorded_at"]),
        changes=tuple(_change(it) for it in said["changes"]),
        held_back=tuple(
            HeldBack(_change(it), it["limit"], it["because"]) for it in said["held_back"]
        ),
        unmet=tuple(Unmet(**it) for it in said["unmet"]),
        held=dict(said["held"]),
    )


def _change(said: dict[str, Any]) -> Change:
    return Change(
        action=said["action"],
        right=Right(said["system"], said["account"], said["resource_name"], said["permission"]),
        engineer_id=said["engineer_id"],
        resource_id=said["resource_id"],
        reason=said["reason"],
        explanation=said["why"],
        since=_moment(said["since"]),
        until=_moment(said["until"]),
        finding_ids=tuple(said["closes"]),
    )


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
