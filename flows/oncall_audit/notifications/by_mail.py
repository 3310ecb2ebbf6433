"""Sends a message by mail: encrypted, with bounded tries, and no password in what is told."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from pathlib import Path

from oncall_audit.channels import Email
from oncall_audit.connectors.http import back_off
from oncall_audit.errors import DeliveryError
from oncall_audit.notifications.over_http import TRIES, Wait

_TIMEOUT_SECONDS = 30
# Trying again changes nothing of these.
_FINAL = (
    smtplib.SMTPAuthenticationError,
    smtplib.SMTPNotSupportedError,
    ssl.SSLCertVerificationError,
    FileNotFoundError,
)


def send(mail: EmailMessage, to: list[str], channel: Email, root: Path, wait: Wait) -> str | None:
    """Send the mail; return whom the server refused while it took the rest, else None.

    Raise `DeliveryError` when it was not taken after `TRIES` tries.
    """
    for attempt in range(1, TRIES + 1):
        try:
            refused = _send(mail, to, channel, root)
        except (OSError, smtplib.SMTPException) as error:
            if attempt == TRIES or _is_final(error):
                tried = f", {attempt} times" if attempt > 1 else ""
                raise DeliveryError(
                    f"the mail server {channel.host}:{channel.port} {_problem(error)}{tried}"
                ) from None
            wait(back_off(attempt))
        else:
            return f"the mail server refused {', '.join(sorted(refused))}" if refused else None
    raise AssertionError


def _send(mail: EmailMessage, to: list[str], channel: Email, root: Path) -> list[str]:
    server = _connected(channel, root)
    try:
        if channel.user and channel.password:
            server.login(channel.user, channel.password.get_secret_value())
        return list(server.send_message(mail, from_addr=channel.sender, to_addrs=to))
    finally:
        # A mail that was taken is taken, however the server says goodbye.
        with suppress(OSError, smtplib.SMTPException):
            server.quit()
        server.close()


def _connected(channel: Email, root: Path) -> smtplib.SMTP:
    if channel.tls == "none":
        return smtplib.SMTP(channel.host, channel.port, timeout=_TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    if channel.ca_file:
        context.load_verify_locations(root / channel.ca_file)
    if channel.tls == "implicit":
        return smtplib.SMTP_SSL(
            channel.host, channel.port, timeout=_TIMEOUT_SECONDS, context=context
        )
    server = smtplib.SMTP(channel.host, channel.port, timeout=_TIMEOUT_SECONDS)
    try:
        server.starttls(context=context)
    except BaseException:
        server.close()
        raise
    return server


def _codes(error: Exception) -> list[int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return [code for code, _ in error.recipients.values()]
    return [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []


def _is_final(error: Exception) -> bool:
    codes = _codes(error)
    return isinstance(error, _FINAL) or (bool(codes) and all(code >= 500 for code in codes))


def _problem(error: Exception) -> str:
    """Say what failed by its kind and code; the server's words may repeat what they were told."""
    codes = ", ".join(map(str, sorted(set(_codes(error)))))
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"does not accept user and password ({codes})"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return f"refuses every recipient ({codes})"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "does not offer STARTTLS or a log-in; set `tls`"
    if isinstance(error, ssl.SSLCertVerificationError):
        return "has a certificate that is not trusted; set `ca_file`"
    if codes:
        return f"refuses ({codes})"
    return f"cannot be spoken to ({type(error).__name__})"
