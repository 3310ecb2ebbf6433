"""RFC 3161: another party's word for when a manifest was there, which proves itself offline."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from oncall_audit.connectors.http import Client, back_off
from oncall_audit.connectors.responses import Failure, refusal
from oncall_audit.errors import AuditError, ConfigurationError, DeliveryError, VerificationFailed
from oncall_audit.evidence.manifest import TIME_STAMP, Manifest
from oncall_audit.evidence.opened import Opened, Problem, Unreadable, read

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

TRIES = 3
_LONGEST = 1 << 20
_HEADERS = {
    "Content-Type": "application/timestamp-query",
    "Accept": "application/timestamp-reply",
}
_INSTALL = "pip install 'oncall-audit[timestamp]'"


@dataclass(slots=True)
class Authority:
    """Who stamps manifests, if anybody; what kept it from doing so is in `failure`."""

    url: str | None
    wait: Callable[[float], None] = field(default=time.sleep, repr=False)
    failure: str | None = None

    def stamp(self, manifest: bytes) -> bytes | None:
        """Return the authority's whole answer; None without one, for a pack is worth having."""
        if self.url is None:
            return None
        try:
            return self._asked(self.url, manifest)
        except AuditError as error:
            self.failure = f"The evidence pack has no time stamp: {error}"
            return None

    def _asked(self, url: str, manifest: bytes) -> bytes:
        _need()
        from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

        query = TimestampRequestBuilder(manifest, HashAlgorithm.SHA256).build()
        reply = self._posted(url, query.as_bytes())
        try:
            stamped_at(reply, manifest)
        except VerificationFailed as error:
            raise DeliveryError(f"{url} answered with what is none: it {error}.") from None
        return reply

    def _posted(self, url: str, query: bytes) -> bytes:
        with Client(url, _HEADERS, minutes=2, wait=self.wait) as client:
            for attempt in range(1, TRIES + 1):
                reply = client.exchange("POST", url, content=query)
                if not isinstance(reply, Failure):
                    if reply.status == 200:
                        return reply.body
                    reply = refusal(reply.status, reply.headers, reply.body, doing="ask for it")
                if reply.is_final or attempt == TRIES:
                    raise DeliveryError(f"{url} {reply.problem}.")
                self.wait(back_off(attempt))
        raise AssertionError("a try returns or raises")


@dataclass(slots=True)
class Stamp:
    """What came of checking a pack's time stamp: when it was given, UTC, and what is wrong."""

    at: datetime | None = None
    told: str = ""
    problems: list[Problem] = field(default_factory=list)


def checked(pack: Opened, manifest: Manifest, roots: Sequence[Certificate]) -> Stamp:
    """Say when another party saw the manifest; without `roots`, by that party's word alone."""
    if not roots and not is_readable():
        return Stamp(told="not looked at: the library for it is not installed")
    if TIME_STAMP not in pack.names():
        return Stamp(problems=[Problem(TIME_STAMP, "is missing: nobody else saw the pack")])
    try:
        at = stamped_at(read(pack, TIME_STAMP, _LONGEST), manifest.raw, roots)
    except Unreadable as error:
        return Stamp(problems=[Problem(TIME_STAMP, f"cannot be read: {error}")])
    except VerificationFailed as error:
        return Stamp(problems=[Problem(TIME_STAMP, str(error))])
    whose = "by the expected authority" if roots else "by whom is not proven"
    return Stamp(at, f"{at:%Y-%m-%d %H:%M:%S} UTC, {whose}")


def certificates(path: Path) -> list[Certificate]:
    """Read the authority's root certificates; raise `ConfigurationError` where there are none."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        raise ConfigurationError(
            f"{path} holds no certificate. Give a PEM file of the time stamp authority's root."
        ) from None


def stamped_at(token: bytes, manifest: bytes, roots: Sequence[Certificate] = ()) -> datetime:
    """Return when `token` says that the manifest was there, UTC.

    With `roots` also by whose word. Raises `VerificationFailed` with what is wrong with it, and
    `ConfigurationError` where the library for it is missing.
    """
    _need()
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        response = decode_timestamp_response(token)
        imprint = response.tst_info.message_imprint
        when = response.tst_info.gen_time
    except ValueError:
        raise VerificationFailed("is no time stamp of RFC 3161") from None
    if imprint.message != hashlib.sha256(manifest).digest():
        raise VerificationFailed("is a time stamp of something else")
    if roots:
        try:
            VerifierBuilder(roots=list(roots)).build().verify_message(response, manifest)
        except (VerificationError, ValueError) as error:
            raise VerificationFailed(f"is not by the expected authority ({error})") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def is_readable() -> bool:
    """Say whether the library is installed that reads time stamps."""
    return find_spec("rfc3161_client") is not None


def _need() -> None:
    if not is_readable():
        raise ConfigurationError(f"Time stamps need a library: {_INSTALL}.")
