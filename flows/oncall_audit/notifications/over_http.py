"""Sends a message to a webhook: bounded tries, a signature, and no address in what is told."""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from pydantic import SecretStr

from oncall_audit.connectors.http import Client, Reply, back_off
from oncall_audit.connectors.responses import Failure, refusal
from oncall_audit.errors import DeliveryError
from oncall_audit.reports.text import visible

TRIES = 4
# A night's audit does not stand still for a channel: it is tried again by the next one.
LONGEST_WAIT_SECONDS = 60

Wait = Callable[[float], None]


def signed(body: bytes, secret: SecretStr | None, delivery_id: str) -> dict[str, str]:
    """Return the headers of a document: its id, the time, and the HMAC of time and document."""
    stamp = str(int(time.time()))
    headers = {"X-Oncall-Audit-Delivery": delivery_id, "X-Oncall-Audit-Timestamp": stamp}
    if secret is None:
        return headers
    key = secret.get_secret_value().encode()
    digest = hmac.new(key, stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    return {**headers, "X-Oncall-Audit-Signature": f"sha256={digest}"}


def post(url: SecretStr, body: bytes, headers: Mapping[str, str], wait: Wait) -> None:
    """Send the document; raise `DeliveryError` when it was not taken after `TRIES` tries."""
    address = url.get_secret_value()
    with _unlogged(), Client(address, headers, minutes=5, wait=wait) as client:
        for attempt in range(1, TRIES + 1):
            failure = _failure(client.exchange("POST", address, content=body))
            if failure is None:
                return
            seconds = failure.seconds or back_off(attempt)
            if failure.is_final or attempt == TRIES or seconds > LONGEST_WAIT_SECONDS:
                tried = f" ({attempt} times)" if attempt > 1 else ""
                raise DeliveryError(_unnamed(f"its address {failure.problem}{tried}", address))
            wait(seconds)


def _failure(reply: Reply | Failure) -> Failure | None:
    if isinstance(reply, Failure):
        return reply
    if 200 <= reply.status < 300:
        return None
    return refusal(reply.status, reply.headers, reply.body, doing="write there")


def _unnamed(words: str, address: str) -> str:
    """Take the address, which may be all that keeps others out, out of a server's own words."""
    parts = urlsplit(address)
    for part in (address, parts.path, parts.query, *parts.path.split("/")):
        words = words.replace(part, "…") if len(part) > 5 else words
    return visible(words)


@contextmanager
def _unlogged() -> Iterator[None]:
    # It logs the path of every request at the level of debugging.
    logger = logging.getLogger("urllib3.connectionpool")
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)
