"""The messages that are due on a channel, before they are put into its form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from oncall_audit.channels import Channel, Notify
from oncall_audit.notifications.news import Audit, counts, new_findings
from oncall_audit.notifications.record import Past, Record, past
from oncall_audit.notifications.reminders import reminders
from oncall_audit.reports.published import Row
from oncall_audit.reports.text import plural


@dataclass(frozen=True, slots=True)
class Message:
    """What one message tells; `to` is an owner, an engineer, or None for the whole channel."""

    channel_name: str
    channel: Channel
    audit: Audit = field(repr=False)
    findings: Sequence[Row] = field(repr=False)
    to: str | None = None

    @property
    def finding_ids(self) -> list[str]:
        """What the register notes as told."""
        return [finding["finding_id"] for finding in self.findings]

    @property
    def delivery_id(self) -> str:
        """The same for every try, so that whoever got it twice can tell."""
        parts = f"{self.audit.run_id}\n{self.channel_name}\n{self.to or ''}"
        return hashlib.sha256(parts.encode()).hexdigest()[:32]

    @property
    def person(self) -> Row | None:
        """The engineer whom it reminds."""
        is_reminder = self.channel.form == "reminders"
        return self.audit.engineers.get(self.to or "") if is_reminder else None

    @property
    def title(self) -> str:
        """One line that says what it is."""
        if self.channel.form == "reminders":
            return f"{self.audit.organisation}: {plural(len(self.findings), 'finding')} to look at"
        new = plural(len(self.findings), "new finding")
        of = f" of {self.to}" if self.to else ""
        return f"{self.audit.organisation}: {new if self.findings else 'no new findings'}{of}"

    def content(self) -> dict[str, Any]:
        """Return what its template may use."""
        shown = self.findings[: self.channel.top]
        return {
            "title": self.title,
            "person": self.person,
            "owner": self.to,
            "counts": counts(self.findings),
            "owners": _by_owner(self.findings),
            "shown": shown,
            "more": len(self.findings) - len(shown),
            "report": self.audit.report,
            "run": self.audit.summary.run,
            "not_audited": self.audit.not_audited,
            "reviews": self.audit.summary.reviews,
        }


def due(audit: Audit, section: Notify, records: Iterable[Record]) -> dict[str, list[Message]]:
    """Return the messages of each channel that is not done with the published run."""
    known = list(records)
    found: dict[str, list[Message]] = {}
    for name in section.channels:
        before = past(known, name, audit.run_id)
        if audit.run_id in before.pending:
            found[name] = list(_messages(audit, section, name, before))
    return found


def _messages(audit: Audit, section: Notify, name: str, before: Past) -> Iterator[Message]:
    channel = section.channels[name]
    if channel.form == "reminders":
        for engineer, rows in sorted(reminders(audit, section, channel, before).items()):
            yield Message(name, channel, audit, rows, engineer)
        return
    findings = new_findings(audit, channel, before)
    if channel.form == "owners":
        for owner, rows in _by_owner(findings).items():
            yield Message(name, channel, audit, rows, owner)
    elif findings or (channel.send_empty and not before.has(audit.run_id, None)):
        yield Message(name, channel, audit, findings)


def _by_owner(findings: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for finding in findings:
        found.setdefault(str(finding["owner"]), []).append(finding)
    return found
