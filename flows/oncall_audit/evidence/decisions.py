"""What people decided about findings: written to the register, and read back as states."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register

STATES = ("open", "accepted", "remediated", "false-positive", "reopened")
# A finding in one of these waits for a decision.
UNDECIDED = ("open", "reopened")


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decided what about a finding, when, why, and until when it holds (UTC)."""

    action_id: str
    finding_id: str
    engineer: str
    state: str
    reason: str
    decided_at: datetime
    expires_at: datetime | None = None
    run_id: str | None = None

    def standing(self, ended_at: datetime | None, now: datetime) -> str:
        """Return the state of a finding whose evidence reaches to `ended_at` (UTC)."""
        if self.state == "accepted" and self.expires_at and self.expires_at <= now:
            return "open"
        if self.state == "remediated" and ended_at and ended_at > self.decided_at:
            return "reopened"
        return self.state


def decide(
    path: Path,
    finding: Mapping[str, Any],
    reviewer: Mapping[str, Any],
    state: str,
    *,
    reason: str,
    now: datetime,
    until: datetime | None = None,
    run_id: str | None = None,
) -> Decision:
    """Write a decision to the register; raise `ConfigurationError` where it may not be made.

    `finding` has its `state` and `people`, the ids of those it is about; `reviewer` is a person of
    the directory with `ids`, all that the directory knows them by.
    """
    _refuse(finding, reviewer, state, reason, now, until)
    decision = Decision(
        action_id=secrets.token_hex(6),
        finding_id=finding["finding_id"],
        engineer=reviewer["engineer_id"],
        state=state,
        reason=reason.strip(),
        decided_at=now,
        expires_at=until,
        run_id=run_id,
    )
    register.append(path, {"kind": "decision", **_plain(decision)})
    return decision


def decisions(records: Iterable[Mapping[str, Any]]) -> list[Decision]:
    """Return every decision of the register, oldest first."""
    return [_decision(record) for record in records if record["kind"] == "decision"]


def latest(made: Iterable[Decision]) -> dict[str, Decision]:
    """Return the last decision about each finding."""
    return {decision.finding_id: decision for decision in made}


def _refuse(
    finding: Mapping[str, Any],
    reviewer: Mapping[str, Any],
    state: str,
    reason: str,
    now: datetime,
    until: datetime | None,
) -> None:
    name = reviewer["name"] or reviewer["engineer_id"]
    if not reason.strip():
        raise ConfigurationError("A decision needs a reason that others can judge: --reason TEXT.")
    if set(reviewer["ids"]) & set(finding["people"]):
        raise ConfigurationError(
            f"{name} cannot decide about this finding: it is about {name}. Somebody else has to."
        )
    left = reviewer.get("ended_at")
    if left and left <= now:
        raise ConfigurationError(
            f"{name} left on {left:%Y-%m-%d} by the directory. Name somebody who is still there."
        )
    if state == "accepted" and (until is None or until <= now):
        raise ConfigurationError(
            "An acceptance needs a last day that is still to come: --until 2026-12-31."
        )
    if finding["state"] == state or {finding["state"], state} == set(UNDECIDED):
        raise ConfigurationError(f"The finding is {finding['state']} already.")


def _plain(decision: Decision) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(decision).items()
    }


def _decision(record: Mapping[str, Any]) -> Decision:
    return Decision(
        action_id=record["action_id"],
        finding_id=record["finding_id"],
        engineer=record["engineer"],
        state=record["state"],
        reason=record.get("reason") or "",
        decided_at=_moment(record["decided_at"]),
        expires_at=_moment(record["expires_at"]) if record.get("expires_at") else None,
        run_id=record.get("run_id"),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
