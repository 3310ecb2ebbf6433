"""Messages in the words and the form of each kind of channel; whatever names hold stays text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from oncall_audit.channels import Email, Slack
from oncall_audit.notifications.messages import Message
from oncall_audit.notifications.news import as_document
from oncall_audit.reports import text
from oncall_audit.reports.environment import environment
from oncall_audit.reports.inert import inert, link, mrkdwn

_LISTED = 1_000
# Slack takes 3,000 letters a block, and 50 blocks.
_BLOCK, _BLOCKS = 3_000, 50


class NoAddress(Exception):
    """An engineer has no e-mail address that can be used."""


def slack(message: Message) -> dict[str, Any]:
    """Return the message as an incoming webhook takes it."""
    said = _render(message, "slack", mrkdwn)
    parts = [part.strip() for part in said.split("\n\n") if part.strip()]
    return {
        "text": "\n\n".join(parts),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": part[:_BLOCK], "verbatim": True}}
            for part in parts[:_BLOCKS]
        ],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def document(message: Message) -> dict[str, Any]:
    """Return the message as a document for programs."""
    audit, run = message.audit, message.audit.summary.run
    rows = message.findings[:_LISTED]
    return {
        "version": 1,
        "kind": message.channel.form,
        "delivery_id": message.delivery_id,
        "organisation": audit.organisation,
        "to": message.to,
        "title": message.title,
        "run": {name: text.plain(run[name]) for name in ("run_id", "since", "until", "state")},
        "report": audit.report,
        "counts": message.content()["counts"],
        "findings": [{**as_document(row), "reason": row.get("reason")} for row in rows],
        "more_findings": len(message.findings) - len(rows),
        "not_audited": audit.not_audited,
        "reviews": audit.summary.reviews,
    }


def written(content: dict[str, Any]) -> bytes:
    """Write a document in ASCII, so that no program shows a hidden character of it."""
    return json.dumps(content, separators=(",", ":"), sort_keys=True).encode("ascii")


def email(message: Message, channel: Email) -> EmailMessage:
    """Return the message as mail; raise `NoAddress` for an engineer without a usable one."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = inert(message.title)
    mail["From"] = channel.sender
    mail["To"] = ", ".join(recipients(message, channel))
    mail["Date"] = datetime.now(UTC)
    mail["Message-ID"] = f"<{message.delivery_id}@{channel.sender.rpartition('@')[2]}>"
    # Holiday replies answer none of these.
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_render(message, "txt", inert))
    mail.add_alternative(_render(message, "html", inert), subtype="html")
    return mail


def recipients(message: Message, channel: Email) -> list[str]:
    """Return the addresses of a mail."""
    if message.channel.form != "reminders":
        return list(channel.recipients)
    address = str((message.person or {}).get("email") or "")
    if not re.fullmatch(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+", address):
        raise NoAddress(f"the directory has no usable e-mail address of {inert(str(message.to))}")
    return [address]


def previewed(message: Message) -> str:
    """Return what would be sent, for people to read."""
    channel = message.channel
    if isinstance(channel, Slack):
        return str(slack(message)["text"])
    if not isinstance(channel, Email):
        return json.dumps(document(message), indent=2)
    try:
        mail = email(message, channel)
    except NoAddress as error:
        return f"Not sent: {error}."
    body = mail.get_body(("plain",))
    words = body.get_content() if body else ""
    return f"From: {mail['From']}\nTo: {mail['To']}\nSubject: {mail['Subject']}\n\n{words}"


def _render(message: Message, form: str, safe: Callable[[str], str]) -> str:
    kind = "reminder" if message.channel.form == "reminders" else "notification"
    template = environment(safe, link=link(form)).get_template(f"{kind}.{form}.j2")
    return template.render(message.content()).strip() + "\n"
