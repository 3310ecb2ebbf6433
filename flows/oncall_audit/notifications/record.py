"""What the register holds of notifications: who was told of what, and which run is done with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

KIND = "notification"

State = Literal["delivered", "failed", "settled"]
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What one channel was told, and of which runs it still has to be."""

    records: Sequence[Record]
    runs: Sequence[str]

    @property
    def pending(self) -> Sequence[str]:
        """Runs not told of yet, oldest first; of a channel that is new, the last run alone."""
        known = {it["run_id"] for it in self.records}
        done = {it["run_id"] for it in self.records if it["state"] == "settled"}
        last = max((place for place, run in enumerate(self.runs) if run in done), default=None)
        first = next((place for place, run in enumerate(self.runs) if run in known), None)
        begin = last + 1 if last is not None else first
        return self.runs[-1:] if begin is None else self.runs[begin:]

    def told(self) -> dict[str, datetime]:
        """Return when each finding was last told as news, to whomever."""
        return _last(it for it in self.records if it.get("form") != "reminders")

    def reminded(self, engineer: str) -> dict[str, datetime]:
        """Return when an engineer was last reminded of each finding."""
        of_form = (it for it in self.records if it.get("form") == "reminders")
        return _last(it for it in of_form if it["to"] == engineer)

    def has(self, run_id: str, to: str | None) -> bool:
        """Say whether a message of this run was delivered to `to`."""
        return any(
            it["state"] == "delivered" and it["run_id"] == run_id and it["to"] == to
            for it in self.records
        )


def _last(records: Iterable[Record]) -> dict[str, datetime]:
    return {
        finding: datetime.fromisoformat(it["at"])
        for it in records
        if it["state"] == "delivered"
        for finding in it["finding_ids"]
    }


def past(records: Iterable[Record], channel: str, run_id: str) -> Past:
    """Return the past of a channel up to the run that is published, from the register."""
    known = list(records)
    runs = [
        it["run_id"]
        for it in known
        if it["kind"] == "run" and it["published"] and not it.get("incident")
    ]
    return Past(
        [it for it in known if it["kind"] == KIND and it["channel"] == channel],
        runs if run_id in runs else [*runs, run_id],
    )


def write(
    workspace: Workspace,
    state: State,
    channel: str,
    run_id: str,
    *,
    form: str | None = None,
    to: str | None = None,
    finding_ids: Sequence[str] = (),
    reason: str | None = None,
) -> None:
    """Add to the register what became of a message, or that a channel is done with a run."""
    register.append(
        workspace.register,
        {
            "kind": KIND,
            "state": state,
            "channel": channel,
            "run_id": run_id,
            "form": form,
            "to": to,
            "finding_ids": list(finding_ids),
            "reason": reason,
            "at": datetime.now(UTC).isoformat(),
        },
    )


def last_records(workspace: Workspace) -> dict[str, Record]:
    """Return what became of the last message of each channel that ever had one."""
    return {it["channel"]: it for it in register.read(workspace.register) if it["kind"] == KIND}
