"""Whom to remind of what: acceptances that end soon, and findings that are open for long."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from oncall_audit.channels import Channel, Notify
from oncall_audit.evidence.decisions import UNDECIDED
from oncall_audit.notifications.news import Audit, is_wanted
from oncall_audit.notifications.record import Past
from oncall_audit.reports.published import Row


def reminders(audit: Audit, section: Notify, channel: Channel, past: Past) -> dict[str, list[Row]]:
    """Return what each engineer is reminded of; nobody of the same within `again_days`."""
    again = audit.now - timedelta(days=section.again_days)
    told: dict[str, dict[str, datetime]] = {}
    found: dict[str, list[Row]] = {}
    for finding in audit.findings:
        if not is_wanted(channel, finding):
            continue
        for engineer, reason in _reasons(audit, section, finding):
            known = told.get(engineer) or told.setdefault(engineer, past.reminded(engineer))
            told_at = known.get(finding["finding_id"])
            if told_at is None or told_at <= again:
                found.setdefault(engineer, []).append({**finding, "reason": reason})
    return {engineer: rows for engineer, rows in found.items() if _is_here(audit, engineer)}


def _reasons(audit: Audit, section: Notify, finding: Row) -> Iterator[tuple[str, str]]:
    """Yield whom to remind of a finding and why: whom it is about, and who accepted it."""
    decision, engineer = audit.decisions.get(finding["finding_id"]), finding["engineer_id"]
    if finding["state"] == "accepted" and decision and decision.expires_at:
        ends = decision.expires_at
        if ends <= audit.now + timedelta(days=section.expiring_days):
            reason = f"accepted until {ends:%Y-%m-%d %H:%M} UTC, then it is open again"
            for person in dict.fromkeys((engineer, decision.engineer)):
                if person:
                    yield person, reason
    since = finding["detected_at"] or finding["started_at"]
    if finding["state"] in UNDECIDED and engineer and since:
        days = (audit.now - since.replace(tzinfo=UTC)).days
        if days >= section.open_days:
            yield engineer, f"open for {days} days"


def _is_here(audit: Audit, engineer: str) -> bool:
    person = audit.engineers.get(engineer)
    if person is None:
        return False
    left = person["ended_at"]
    return left is None or left.replace(tzinfo=UTC) > audit.now
