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

_LONGEST_WAIT_SECONDS = 300
_TRY_LATER = "Run again later"
_REFUSED = {
    HTTPStatus.UNAUTHORIZED: "does not accept the token (401)",
    HTTPStatus.FORBIDDEN: "does not let this token read it (403)",
}


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a request failed: final, or worth another try after `seconds`."""

    problem: str
    remedy: str = _TRY_LATER
    is_final: bool = False
    seconds: float | None = None


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """Judge an answer whose status is not 200."""
    if status in _REFUSED:
        return Failure(
            f"{_REFUSED[HTTPStatus(status)]}",
            "Renew the `token`, or give it the permissions that docs/connectors names",
            is_final=True,
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _later("asks for fewer requests (429)", headers)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _later(f"failed ({status}){_said(body)}", headers)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Failure(
            f"redirects elsewhere ({status})", "Set `url` to the API's own address", True
        )
    return Failure(f"answered {status}{_said(body)}", "Correct the source's options", is_final=True)


def document(body: bytes, headers: Mapping[str, str], key: str, kind: type) -> Any | Failure:
    """Return the JSON object, or say why it is not what was asked."""
    if "html" in headers.get("Content-Type", "").lower() or body.lstrip()[:1] == b"<":
        return Failure(
            "answered with a web page instead of JSON",
            "Check `url`, and that no proxy or log-in page stands between",
            is_final=True,
        )
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return Failure("sent JSON that is broken or cut off")
    if not isinstance(found, dict) or not isinstance(found.get(key), kind):
        wanted = "list" if kind is list else "object"
        return Failure(f"sent JSON without the {wanted} `{key}`", "Check `url`", is_final=True)
    return found


def _later(problem: str, headers: Mapping[str, str]) -> Failure:
    seconds = _asked_wait(headers)
    if seconds is not None and seconds > _LONGEST_WAIT_SECONDS:
        asked = f"{problem} and asks to wait {math.ceil(seconds / 60)} minutes"
        return Failure(asked, _TRY_LATER, is_final=True)
    return Failure(problem, seconds=seconds)


def _asked_wait(headers: Mapping[str, str]) -> float | None:
    for name in ("Retry-After", "ratelimit-reset"):
        seconds = _seconds(headers.get(name, ""))
        if seconds is not None:
            # Waiting a little longer than asked: clocks and roundings differ.
            return max(0.0, seconds) + 0.5
    return None


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
    message = error.get("message") if isinstance(error, dict) else error
    if not isinstance(message, str):
        return ""
    return ": " + "".join(letter if letter.isprintable() else " " for letter in message)[:200]
