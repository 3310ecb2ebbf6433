"""The law of delivery: whatever fails, a finding is told once, and none is forgotten."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from oncall_audit.channels import Slack
from oncall_audit.notifications.messages import Message, due
from oncall_audit.notifications.news import Audit
from oncall_audit.settings import Notify

NOW = datetime(2026, 4, 5, tzinfo=UTC)
CHANNEL = Slack.model_validate({"type": "slack", "url": "https://hooks.example.com"})
# Each night finds something of each owner, and each of its tries gets so many messages through.
NIGHTS = st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=3), min_size=1, max_size=5)
FORMS = st.sampled_from(["digest", "owners"])


def finding(night: int, owner: str) -> dict[str, Any]:
    return {
        "finding_id": f"{owner}-{night}",
        "first_detected_run": f"run-{night}",
        "state": "open",
        "severity": "high",
        "rule_id": "off_shift_access",
        "owner": owner,
    }


def audit(findings: list[dict[str, Any]], run_id: str) -> Audit:
    summary: Any = SimpleNamespace(run={"run_id": run_id})
    return Audit(summary, "Example", "report.html", findings, {}, {}, NOW)


def note(message: Message | None, run_id: str, state: str) -> dict[str, Any]:
    return {
        "kind": "notification",
        "channel": "here",
        "run_id": run_id,
        "state": state,
        "form": "digest",
        "to": message.to if message else None,
        "finding_ids": message.finding_ids if message and state == "delivered" else [],
        "at": NOW.isoformat(),
    }


@given(NIGHTS, FORMS)
def test_every_finding_is_told_once(nights: list[list[int]], form: str) -> None:
    section = Notify(channels={"here": CHANNEL.model_copy(update={"form": form})})
    register: list[dict[str, Any]] = []
    findings: list[dict[str, Any]] = []
    for night, tries in enumerate(nights):
        run_id = f"run-{night}"
        findings += [finding(night, owner) for owner in ("payments", "platform")]
        register.append({"kind": "run", "run_id": run_id, "published": True})
        last_night = night == len(nights) - 1
        for passing in [*tries, *([9] if last_night else [])]:
            messages = due(audit(findings, run_id), section, register).get("here")
            if messages is None:
                continue
            register += [note(it, run_id, "delivered") for it in messages[:passing]]
            is_done = passing >= len(messages)
            stopped = None if is_done else messages[passing]
            register.append(note(stopped, run_id, "settled" if is_done else "failed"))

    told = [it for record in register for it in record.get("finding_ids", ())]
    assert sorted(told) == sorted(it["finding_id"] for it in findings)
