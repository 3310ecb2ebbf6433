"""Says what is wrong with an answer over HTTP, and whether asking again may help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson
from requests import exceptions

_LONGEST_WAIT_SECONDS = 300
_TRY_LATER = "Run again later"
_BROKEN_ADDRESS = (
    exceptions.InvalidURL,
    exceptions.InvalidSchema,
    exceptions.InvalidHeader,
    exceptions.MissingSchema,
)
# How long to wait, in seconds; and until when, in seconds since 1970.
_WAITS = ("Retry-After", "ratelimit-reset", "X-RateLimit-Period-In-Sec")
_WAITS_UNTIL = ("X-Rate-Limit-Reset", "X-RateLimit-Reset")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed: final, or worth another try after `seconds`.

    `status` is that of an answer in which the API itself says what it does not do.
    """

    problem: str
    remedy: str = _TRY_LATER
    is_final: bool = False
    seconds: float | None = None
    status: int | None = None


_WEB_PAGE = Failure(
    "answered with a web page instead of JSON",
    "Check `url`, and that no proxy or log-in page stands between",
    is_final=True,
)


def broken(error: OSError) -> Failure:
    """Judge a request that got no whole answer."""
    if isinstance(error, exceptions.SSLError) and "CERTIFICATE_VERIFY_FAILED" in str(error):
        # Asked again it would be the same one.
        problem = "has a certificate that cannot be verified"
        return Failure(problem, "Have it renewed, or trust whoever signed it", is_final=True)
    is_address = isinstance(error, _BROKEN_ADDRESS)
    if isinstance(error, exceptions.RequestException) and not is_address:
        return Failure(f"broke off ({type(error).__name__})")
    problem = f"cannot be asked ({type(error).__name__})"
    return Failure(problem, "Correct `url`, `token` and any file of certificates", is_final=True)


def is_limited(status: int, headers: Mapping[str, str]) -> bool:
    """Say whether the request was refused, undone, only because there were too many."""
    if status == HTTPStatus.FORBIDDEN:
        return "Retry-After" in headers or headers.get("X-RateLimit-Remaining") == "0"
    return status == HTTPStatus.TOO_MANY_REQUESTS


def refusal(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    doing: str = "read it",
    guide: str = "docs/connectors",
) -> Failure:
    """Judge an answer whose status is not 200."""
    if is_limited(status, headers):
        return _later(f"asks for fewer requests ({status})", headers)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        refused = {401: "accept the token", 403: f"let this token {doing}"}[status]
        return Failure(
            f"does not {refused} ({status})",
            f"Renew the `token`, or give it the permissions that {guide} names",
            is_final=True,
        )
    has_failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.NOT_IMPLEMENTED
    if status == HTTPStatus.REQUEST_TIMEOUT or has_failed:
        return _later(f"failed ({status}){_said(body)}", headers)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Failure(
            f"redirects elsewhere ({status})", "Set `url` to the API's own address", True
        )
    said = _said(body)
    problem, remedy = f"answered {status}{said}", "Correct the source's options"
    return Failure(problem, remedy, is_final=True, status=status if said else None)


def document(body: bytes, headers: Mapping[str, str], key: str | None, kind: type) -> Any | Failure:
    """Return the JSON document, or say why it is not what was asked."""
    if "html" in headers.get("Content-Type", "").lower() or body.lstrip()[:1] == b"<":
        return _WEB_PAGE
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Failure("sent JSON that is broken or cut off")
    held = found if key is None else found.get(key) if isinstance(found, dict) else None
    if not isinstance(held, kind):
        wanted = f"the {'list' if kind is list else 'object'}{f' `{key}`' if key else ''}"
        return Failure(f"sent JSON without {wanted}", "Check `url`", is_final=True)
    return found


def text(body: bytes, headers: Mapping[str, str], begins: bytes) -> str | Failure:
    """Return the text, or say why it is not what was asked."""
    if "html" in headers.get("Content-Type", "").lower() or body.lstrip()[:1] == b"<":
        return _WEB_PAGE
    try:
        found = body.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError:
        return Failure("sent a text that is not UTF-8", is_final=True)
    if not found.lstrip().upper().startswith(begins.decode()):
        return Failure(f"sent a text without {begins.decode()}", "Check the address", is_final=True)
    return found


def _later(problem: str, headers: Mapping[str, str]) -> Failure:
    seconds = _asked_wait(headers)
    if seconds is not None and seconds > _LONGEST_WAIT_SECONDS:
        asked = f"{problem} and asks to wait {math.ceil(seconds / 60)} minutes"
        return Failure(asked, _TRY_LATER, is_final=True)
    return Failure(problem, seconds=seconds)


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    now = datetime.now(UTC).timestamp()
    asked = [_seconds(headers.get(name, "")) for name in _WAITS]
    until = [_seconds(headers.get(name, "")) for name in _WAITS_UNTIL]
    seconds = next(
        (it for it in [*asked, *(it and it - now for it in until)] if it is not None), None
    )
    # Waiting a little longer than asked: clocks and roundings differ.
    return None if seconds is None else max(0.0, seconds) + 0.5


def _seconds(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return _seconds_until(text)
    return number if math.isfinite(number) else None


def _seconds_until(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - datetime.now(UTC)).total_seconds()


def _said(body: bytes) -> str:
    """Return the vendor's own words, made harmless, or nothing."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    error = found.get("error", found) if isinstance(found, dict) else found
    # SCIM calls it `detail` (RFC 7644, 3.12).
    message = error.get("message", error.get("detail")) if isinstance(error, dict) else error
    if not isinstance(message, str):
        return ""
    return ": " + "".join(letter if letter.isprintable() else " " for letter in message)[:200]
