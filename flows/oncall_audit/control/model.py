"""What access control speaks of: a right, a change of it, and the plan of all changes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Action = Literal["grant", "revoke", "warn"]


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One permission of one account, all four as the system itself names them."""

    system: str
    account: str
    resource_name: str
    permission: str


@dataclass(frozen=True, slots=True)
class Held:
    """A right that a system says is held now, and until when (UTC; None for without end)."""

    right: Right
    expires_at: datetime | None = None
    granted_via: str = "direct"


@dataclass(frozen=True, slots=True)
class Desired:
    """A right that somebody should hold over `[valid_from, valid_until)`; None for without end."""

    right: Right
    engineer_id: str
    resource_id: str
    cause: Literal["role", "shift", "incident", "request", "exception"]
    cause_id: str | None
    valid_from: datetime | None
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a plan: what to do to one right, why, and how to take it back."""

    action: Action
    right: Right
    engineer_id: str | None
    resource_id: str | None
    # A name such as shift_started, shift_ended, expired, dormant, leaver or not_in_policy.
    reason: str
    # The reason as a sentence for people.
    explanation: str
    # Since when (UTC) the reason holds: the same for every plan that finds it so.
    since: datetime | None = None
    # A grant's end (UTC), where it has one.
    until: datetime | None = None
    finding_ids: tuple[str, ...] = ()

    @property
    def change_id(self) -> str:
        """The same for the same step of the same reason, whatever its wording."""
        parts = (self.action, self.reason, *_parts(self.right), _text(self.since))
        return hashlib.sha256("|".join(parts).encode()).hexdigest()[:16]

    @property
    def undo(self) -> str:
        """What takes the step back, in words."""
        of = f"{self.right.permission} on {self.right.resource_name} ({self.right.system})"
        if self.action == "warn":
            return "Nothing was changed."
        verb = "Revoke" if self.action == "grant" else "Grant"
        preposition = "from" if self.action == "grant" else "to"
        return f"{verb} {of} {preposition} {self.right.account}."


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A change that would have been due, and the limit that keeps it out of the plan."""

    change: Change
    # protected, freeze, shift, incident, snapshot, schedule, max_changes, max_percent ...
    limit: str
    explanation: str


@dataclass(frozen=True, slots=True, order=True)
class Unmet:
    """A right that somebody should hold and that cannot be granted, for it cannot be named."""

    engineer_id: str
    resource_id: str
    permission: str
    system: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every change that is due at one instant, in a stable order; all times in UTC."""

    created_at: datetime
    as_of: datetime
    run_id: str
    policy_sha256: str
    # When each system was last read whole.
    snapshots: Mapping[str, datetime]
    schedule_recorded_at: datetime | None
    changes: tuple[Change, ...]
    held_back: tuple[HeldBack, ...] = ()
    unmet: tuple[Unmet, ...] = ()
    # Of each system, how many managed rights are held.
    held: Mapping[str, int] = field(default_factory=dict)


def _parts(right: Right) -> tuple[str, str, str, str]:
    return right.system, right.account, right.resource_name, right.permission


def _text(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
