"""What keeps a single change out of a plan: better a right too long than the wrong one gone."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from oncall_audit.control import wording
from oncall_audit.control.knowledge import Knowledge, covers
from oncall_audit.control.model import Change
from oncall_audit.control.patterns import names
from oncall_audit.reports.published import Row

Verdict = tuple[str, str] | None

# They end as announced; the others take something from a person who relies on it.
ANNOUNCED = {"shift_ended", "incident_ended", "request_ended"}


@dataclass(frozen=True)
class Guards:
    """The limits that look at one change; systems in `live` were read just now."""

    knowledge: Knowledge
    live: Container[str] = ()

    def verdict(self, change: Change) -> Verdict:
        """Return the first limit that holds the change back, and why, or None."""
        found = self._of_any(change)
        return found or (self._of_revocation(change) if change.action == "revoke" else None)

    def _of_any(self, change: Change) -> Verdict:
        right, control = change.right, self.knowledge.policy.control
        if names(control.protected, right.system, right.account):
            return "protected", f"{right.account} is protected by the policy."
        for it in control.freezes:
            if _is_in(self.knowledge.at, it.since, it.until):
                until = wording.moment(it.until)
                return "freeze", f"Nothing is changed until {until}: {it.reason}"
        problem = None
        if right.system not in self.live:
            problem = _snapshot_problem(self.knowledge, right.system)
        return ("snapshot", problem) if problem else None

    def _of_revocation(self, change: Change) -> Verdict:
        if self._schedule_problem:
            return "schedule", self._schedule_problem
        if problem := _audit_problem(self.knowledge):
            return "audit", f"{problem}: what gives the right may be unknown."
        service = self.knowledge.services.get(change.resource_id or "")
        for cause, of in sorted(self._busy.get(change.engineer_id or "", ())):
            if change.reason not in ANNOUNCED or of == service:
                who = wording.name(self.knowledge, change.engineer_id)
                doing = "is on shift" if cause == "shift" else "answers an open incident"
                return cause, f"{who} {doing} for {of}."
        return None

    @cached_property
    def _schedule_problem(self) -> str | None:
        return unknown_schedule(self.knowledge)

    @cached_property
    def _busy(self) -> dict[str, set[tuple[str, str]]]:
        return _busy(self.knowledge)


def _is_in(at: datetime, since: datetime, until: datetime) -> bool:
    return since.replace(tzinfo=None) <= at < until.replace(tzinfo=None)


def _busy(knowledge: Knowledge) -> dict[str, set[tuple[str, str]]]:
    """Return the services for which each person is on shift or answers an incident."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in knowledge.duties:
        if row["engineer_id"] and row["service"]:
            found.setdefault(row["engineer_id"], set()).add((row["cause"], row["service"]))
    # What is given is given with its grace, in which somebody still is at work.
    for row in knowledge.intervals:
        if row["cause"] in ("shift", "incident") and covers(row, knowledge.at):
            service = knowledge.services.get(row["resource_id"], row["resource_id"])
            found.setdefault(row["engineer_id"], set()).add((row["cause"], service))
    return found


def _snapshot_problem(knowledge: Knowledge, system: str) -> str | None:
    latest = _latest(
        row
        for row in knowledge.snapshots
        if row["kind"] == "permissions" and row["system"] == system
    )
    if not latest:
        return f"No snapshot of the permissions of {system} was ever read."
    for row in latest:
        if not row["is_good"]:
            return f"The last snapshot of {row['source_name']} was read only in part."
        if _is_old(knowledge, row):
            when = wording.moment(row["observed_at"])
            return f"The last snapshot of {row['source_name']} is of {when}."
    return None


def _audit_problem(knowledge: Knowledge) -> str | None:
    if not knowledge.is_complete:
        return "The last audit could not read every source"
    if _is_long_ago(knowledge, knowledge.read_at):
        return f"The last audit is of {wording.moment(knowledge.read_at)}"
    return None


def unknown_schedule(knowledge: Knowledge) -> str | None:
    """Say why the schedule is not known well enough to take anything from anybody, or None.

    Every schedule that the policy names has to be known; others, such as one that was given up,
    say nothing of anybody's access.
    """
    latest = _latest(row for row in knowledge.snapshots if row["kind"] == "schedules")
    wanted = {it for service in knowledge.policy.services.values() for it in service.schedules}
    if wanted and not latest:
        return "No on-call schedule is known."
    for schedule in sorted(wanted):
        of = [row for row in latest if schedule.lower() in _called(row)]
        problems = [_schedule_problem(knowledge, schedule, row) for row in of]
        # Of two of the same name, such as in the system before a move, one is enough.
        if None not in problems:
            return next(iter(problems), f"Schedule {schedule} of the policy was never read.")
    return None


def _called(row: Row) -> set[str]:
    return {str(row[it]).lower() for it in ("part", "name") if row[it]}


def _schedule_problem(knowledge: Knowledge, schedule: str, row: Row) -> str | None:
    which = f"Schedule {schedule} of {row['source_name']}"
    if _is_old(knowledge, row):
        return f"{which} was last read at {wording.moment(row['observed_at'])}."
    if row["covers_until"] <= knowledge.at:
        return f"{which} is known until {wording.moment(row['covers_until'])} only."
    return None


def _latest(rows: Iterable[Row]) -> list[Row]:
    """Return the last row of each source and part; rows come oldest first."""
    return list({(row["source_name"], row["part"]): row for row in rows}.values())


def _is_old(knowledge: Knowledge, row: Row) -> bool:
    return _is_long_ago(knowledge, row["observed_at"])


def _is_long_ago(knowledge: Knowledge, read_at: datetime) -> bool:
    return knowledge.at - read_at > timedelta(hours=knowledge.policy.control.snapshot_valid_hours)
