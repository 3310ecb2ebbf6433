"""Which incidents have to be audited now: major ones that ended, and once more for late logs.

Its memory is the register, so that it outlives any orchestrator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from oncall_audit.connectors.base import Window
from oncall_audit.evidence import register
from oncall_audit.pipeline import incidents
from oncall_audit.policy import load_policy
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

KIND = "incident_watch"

Record = dict[str, Any]
Why = Literal["resolved", "late_logs"]

# How long nobody may have looked, for nothing to be lost.
_REACH = timedelta(days=30)
_TRIES = 3
# After which a run that left no word is given up.
_LOST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Due:
    """One audit of an incident that has to be started; whatever ran since `since` makes it moot."""

    incident_id: str
    why: Why
    ended_at: datetime
    since: datetime
    attempt: int

    @property
    def key(self) -> str:
        """The same for the same audit, however often it is asked for."""
        return f"{self.incident_id} {self.why} {self.ended_at.isoformat()} {self.attempt}"


def look(workspace: Workspace, now: datetime) -> list[Due]:
    """Return what has to be started; of the time before the very first look nothing has.

    Raise `SourceError` if an incident source cannot be read.
    """
    settings, policy = load(workspace), load_policy(workspace).incidents
    records = register.read(workspace.register)
    begun = next((it for it in records if _is(it, "begun")), None)
    if begun is None:
        _write(workspace, step="begun", at=now.isoformat())
    since = datetime.fromisoformat(begun["at"]) if begun else now
    since = max(since, now - _REACH)
    seen = incidents.read(workspace, settings, Window(min(since, now - timedelta(hours=1)), now))
    again = timedelta(hours=policy.again_after_hours)
    over = [it for it in seen.values() if it.ended_at and since <= it.ended_at <= now]
    major = {it.incident_id for it in over if policy.is_major(it.severity, *it.services)}
    found: list[Due] = []
    for it in over:
        # One that struck several services is told once for each, and audited once.
        is_part = it.incident_id.rpartition("/")[0] in major
        if it.incident_id in major and it.ended_at and not is_part:
            is_late = now >= it.ended_at + again
            begin = it.ended_at + again if is_late else it.ended_at
            why: Why = "late_logs" if is_late else "resolved"
            due = Due(it.incident_id, why, it.ended_at, begin, 1)
            found += _due(due, records, now)
    return sorted(found, key=lambda it: (it.ended_at, it.incident_id))


def note(workspace: Workspace, due: Due, now: datetime) -> None:
    """Note that an audit was started, so that nobody starts it again."""
    _write(
        workspace,
        step="started",
        incident_id=due.incident_id,
        why=due.why,
        ended_at=due.ended_at.isoformat(),
        attempt=due.attempt,
        at=now.isoformat(),
    )


def audited_by(workspace: Workspace, incident_id: str, since: datetime) -> str | None:
    """Return the published run of an incident that began at `since` or later."""
    return _audited(register.read(workspace.register), incident_id, since)


def _due(due: Due, records: list[Record], now: datetime) -> list[Due]:
    if _audited(records, due.incident_id, due.since):
        return []
    said = (due.incident_id, due.why, due.ended_at.isoformat())
    started = [
        it
        for it in records
        if _is(it, "started") and (it["incident_id"], it["why"], it["ended_at"]) == said
    ]
    if not started:
        return [due]
    last = datetime.fromisoformat(started[-1]["at"])
    has_failed = any(
        not it["published"] and datetime.fromisoformat(it["started_at"]) >= last
        for it in _runs(records, due.incident_id)
    )
    if len(started) < _TRIES and (has_failed or now - last > _LOST):
        return [Due(due.incident_id, due.why, due.ended_at, due.since, len(started) + 1)]
    return []


def _audited(records: list[Record], incident_id: str, since: datetime) -> str | None:
    for it in _runs(records, incident_id):
        if it["published"] and datetime.fromisoformat(it["started_at"]) >= since:
            return str(it["run_id"])
    return None


def _runs(records: list[Record], incident_id: str) -> list[Record]:
    return [it for it in records if it["kind"] == "run" and it.get("incident") == incident_id]


def _is(record: Record, step: str) -> bool:
    return bool(record["kind"] == KIND and record["step"] == step)


def _write(workspace: Workspace, **said: Any) -> None:
    register.append(workspace.register, {"kind": KIND, **said})
