"""Whether the last good audit is too long ago, and who is told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from oncall_audit.errors import AuditError, DeliveryError
from oncall_audit.evidence import register
from oncall_audit.settings import Settings
from oncall_audit.workspace import Workspace

KIND = "late_alarm"

Record = dict[str, Any]
_HINT = "'oncall-audit doctor' says what is wrong."
# Whoever reads the register, or what `serve` says, is told as channels are.
_REGISTER = ""


def late(workspace: Workspace, settings: Settings, since: datetime | None = None) -> str | None:
    """Say that no audit was published within `late_after_hours`, or None.

    Of a workspace without any audit the hours count from `since`.
    """
    return _late(last_published(register.read(workspace.register)), settings, since)


def last_published(records: list[Record]) -> datetime | None:
    """Return when the last audit that was published ended; an incident's own does not count."""
    ended = [
        datetime.fromisoformat(it["ended_at"])
        for it in records
        if it["kind"] == "run" and it["published"] and not it.get("incident")
    ]
    return max(ended, default=None)


def alarm(
    workspace: Workspace, settings: Settings, since: datetime, wait: Callable[[float], None]
) -> list[str]:
    """Tell every digest channel that audits are late, once for each last good one.

    Returns what was not said before; who cannot be told is told by the next call.
    """
    try:
        records = register.read(workspace.register)
        last = last_published(records)
        sentence = _late(last, settings, since)
        if sentence is None:
            return []
        begin = last.isoformat() if last else None
        known = [it for it in records if it["kind"] == KIND and it["last_published"] == begin]
        told = {it["channel"] for it in known}
        # Every try says the same, so that whoever got it twice can tell.
        sentence = known[0]["sentence"] if known else f"{sentence} {_HINT}"
        said = _tell(workspace, settings, sentence, told, wait)
        for channel, problem in said.items():
            if problem is None:
                _record(workspace, begin, channel, sentence)
    except AuditError as error:
        return [f"Whether audits are late cannot be told: {error}"]
    failed = [f"Channel {name} was not told: {it}." for name, it in said.items() if it]
    return [*([sentence] if _REGISTER in said else []), *failed]


def _late(last: datetime | None, settings: Settings, since: datetime | None) -> str | None:
    begin = last or since
    if begin is None or datetime.now(UTC) - begin <= timedelta(hours=settings.late_after_hours):
        return None
    hours = f"{(datetime.now(UTC) - begin) / timedelta(hours=1):.0f} hours"
    if last is None:
        return f"No audit was ever published here, {hours} after the first was scheduled."
    return f"The last good audit ended {last:%Y-%m-%d %H:%M} UTC, {hours} ago."


def _tell(
    workspace: Workspace,
    settings: Settings,
    sentence: str,
    told: set[str],
    wait: Callable[[float], None],
) -> dict[str, str | None]:
    """Tell whom it was not told; return by channel what went wrong."""
    said: dict[str, str | None] = {} if _REGISTER in told else {_REGISTER: None}
    for name, channel in settings.notify.channels.items():
        if channel.form == "digest" and name not in told:
            from oncall_audit.notifications import alarms

            try:
                alarms.tell(channel, settings.organisation, sentence, workspace.root, wait)
                said[name] = None
            except DeliveryError as error:
                said[name] = str(error)
    return said


def _record(workspace: Workspace, begin: str | None, channel: str, sentence: str) -> None:
    register.append(
        workspace.register,
        {
            "kind": KIND,
            "last_published": begin,
            "channel": channel,
            "sentence": sentence,
            "at": datetime.now(UTC).isoformat(),
        },
    )
