"""Sends what is due, notes it in the register, and goes on when a channel does not answer."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from oncall_audit.channels import Email, Slack
from oncall_audit.errors import ConfigurationError, DeliveryError
from oncall_audit.evidence import register
from oncall_audit.notifications import by_mail, over_http, record, wording
from oncall_audit.notifications import messages as messages_of
from oncall_audit.notifications.messages import Message
from oncall_audit.notifications.news import read_audit
from oncall_audit.notifications.over_http import Wait
from oncall_audit.settings import Settings
from oncall_audit.workspace import Workspace

_AGAIN = "The next run tries again, and so does 'oncall-audit notify'."


@dataclass(frozen=True, slots=True)
class Pending:
    """The messages of each channel that is not done with the published run."""

    run_id: str = ""
    messages: dict[str, list[Message]] = field(default_factory=dict)


def pending(workspace: Workspace, settings: Settings) -> Pending:
    """Return what is due; raise `ConfigurationError` where nothing is published."""
    if not settings.notify.channels:
        return Pending()
    records = register.read(workspace.register)
    audit = read_audit(workspace, settings.notify, settings.organisation, records)
    return Pending(audit.run_id, messages_of.due(audit, settings.notify, records))


def deliver(
    workspace: Workspace, due: Pending, *, wait: Wait = time.sleep
) -> tuple[int, list[str]]:
    """Send the messages; return how many were, and a sentence for each that was not.

    Each is noted as soon as it is taken: whoever is killed in between repeats that one at most.
    """
    sent, told = 0, list[str]()
    for name, messages in due.messages.items():
        try:
            for message in messages:
                notes, is_sent = _told(workspace, message, wait)
                sent += is_sent
                told += [f"Channel {name}: {note}." for note in notes]
            record.write(workspace, "settled", name, due.run_id)
        except DeliveryError as error:
            told.append(f"Channel {name} was not told: {error}. {_AGAIN}")
    return sent, told


def _told(workspace: Workspace, message: Message, wait: Wait) -> tuple[list[str], bool]:
    """Send one message and note what became of it; return what is to be said, and if it went."""
    name, run_id, form = message.channel_name, message.audit.run_id, message.channel.form
    noted = partial(record.write, workspace, channel=name, run_id=run_id, form=form, to=message.to)
    try:
        note = _send(message, workspace.root, wait)
    except DeliveryError as error:
        noted("failed", reason=str(error))
        raise
    except wording.NoAddress as error:
        # Nobody to send it to: no reason to keep the others waiting.
        return [str(error)], False
    noted("delivered", finding_ids=message.finding_ids, reason=note)
    return [note] if note else [], True


def _send(message: Message, root: Path, wait: Wait) -> str | None:
    channel = message.channel
    if isinstance(channel, Email):
        mail = wording.email(message, channel)
        return by_mail.send(mail, wording.recipients(message, channel), channel, root, wait)
    try:
        if isinstance(channel, Slack):
            body = wording.written(wording.slack(message))
            over_http.post(channel.url, body, {}, wait)
        else:
            body = wording.written(wording.document(message))
            headers = over_http.signed(body, channel.secret, message.delivery_id)
            over_http.post(channel.url, body, headers, wait)
    except ConfigurationError:
        raise DeliveryError("its address or its secret cannot be used") from None
    return None
