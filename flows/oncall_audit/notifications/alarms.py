"""Tells channels one sentence that no published audit could tell: that there is none."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from oncall_audit.channels import Channel, Email, Slack
from oncall_audit.errors import ConfigurationError, DeliveryError
from oncall_audit.notifications import by_mail, over_http, wording
from oncall_audit.notifications.over_http import Wait
from oncall_audit.reports.inert import inert, mrkdwn


def tell(
    channel: Channel, organisation: str, sentence: str, root: Path, wait: Wait = time.sleep
) -> None:
    """Send the sentence to a channel; raise `DeliveryError` when it is not taken."""
    title = f"{organisation}: audits are late"
    if isinstance(channel, Email):
        mail = _mail(channel, title, sentence)
        by_mail.send(mail, list(channel.recipients), channel, root, wait)
        return
    try:
        if isinstance(channel, Slack):
            text = f"{mrkdwn(title)}\n\n{mrkdwn(sentence)}"
            over_http.post(channel.url, wording.written({"text": text}), {}, wait)
            return
        content: dict[str, str | int] = {
            "version": 1,
            "kind": "alarm",
            "delivery_id": _delivery_id(sentence),
            "organisation": organisation,
            "title": title,
            "sentence": sentence,
        }
        body = wording.written(content)
        headers = over_http.signed(body, channel.secret, _delivery_id(sentence))
        over_http.post(channel.url, body, headers, wait)
    except ConfigurationError:
        raise DeliveryError("its address or its secret cannot be used") from None


def _mail(channel: Email, title: str, sentence: str) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = inert(title)
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.recipients)
    mail["Date"] = datetime.now(UTC)
    domain = channel.sender.rpartition("@")[2]
    mail["Message-ID"] = f"<{_delivery_id(sentence)}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(inert(sentence) + "\n")
    return mail


def _delivery_id(sentence: str) -> str:
    # The same for every try, so that whoever got it twice can tell.
    return hashlib.sha256(sentence.encode()).hexdigest()[:32]
