"""The check of `doctor` on certificates of sources that are asked by HTTPS: how long they hold."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from oncall_audit.cli.check import Check
from oncall_audit.errors import AuditError
from oncall_audit.settings import Settings

_SOON = timedelta(days=21)
_PATIENCE_SECONDS = 5


def examine(root: Path, settings: Settings) -> Iterator[Check]:
    """Yield a line for each server's certificate; one that does not answer is told elsewhere."""
    for host, port in sorted(set(_servers(root, settings))):
        try:
            until = _valid_until(host, port)
        except (OSError, ValueError):
            continue
        yield _told(host, until, datetime.now(UTC))


def _servers(root: Path, settings: Settings) -> Iterator[tuple[str, int]]:
    for source in settings.sources:
        try:
            url = getattr(source.connector(root), "url", None)
        except AuditError:
            continue
        found = urlsplit(str(url or ""))
        if found.scheme == "https" and found.hostname:
            yield found.hostname, found.port or 443


def _valid_until(host: str, port: int) -> datetime:
    from cryptography.x509 import load_pem_x509_certificate

    # Not verified here: the connector does that. One that has ended is to be told as well.
    pem = ssl.get_server_certificate((host, port), timeout=_PATIENCE_SECONDS)
    return load_pem_x509_certificate(pem.encode()).not_valid_after_utc


def _told(host: str, until: datetime, now: datetime) -> Check:
    subject, left = f"certificate of {host}", until - now
    if left < timedelta():
        text = f"It ended {until:%Y-%m-%d %H:%M} UTC. Who runs {host} must renew it."
        return Check(subject, "fail", text)
    if left < _SOON:
        text = f"It ends {until:%Y-%m-%d %H:%M} UTC, in {left.days} days. Have it renewed."
        return Check(subject, "note", text)
    return Check(subject, "ok", f"valid until {until:%Y-%m-%d}")
