"""The one place that talks HTTP: bounded tries, no redirects, and an end to waiting."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from oncall_audit.connectors import responses
from oncall_audit.errors import ConfigurationError, SourceError

TRIES = 6
_MAX_BYTES = 64 * 1024 * 1024
_CONNECT_AND_READ_SECONDS = (10, 60)

Parameters = Sequence[tuple[str, str | int]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API said: the bytes as they came and the JSON they hold."""

    url: str
    body: bytes = field(repr=False)
    document: Any = field(repr=False)
    received_at: datetime
    next_url: str | None = None

    def part(self, key: str | None) -> Any:
        """Return what the answer has under `key`; the whole document for None."""
        return self.document if key is None else self.document[key]


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that came whole, whatever its status."""

    url: str
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    next_url: str | None = None


Judge = Callable[[Reply], Any]


class RefusedError(SourceError):
    """An API says in its own words that it does not do what was asked; `status` is HTTP's."""

    status: int = 0


class _Headers(AuthBase):
    """Sets the headers as authentication, for requests would else prefer a password of .netrc."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


@dataclass(slots=True)
class Client:
    """Speaks to one API within `minutes`: `get` tries six times, and nothing follows redirects.

    Connectors use `get` alone. Every failure is a `SourceError` without the token and without a
    chained exception, because those carry the request's headers.
    """

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    minutes: float = 60
    ca_file: str | None = None
    # For a vendor that wants each request signed, in place of headers.
    auth: AuthBase | None = field(default=None, repr=False)
    # What errors call an address that is a secret itself.
    called: str | None = None
    # The folder or page that names the permissions a token needs.
    guide: str = "docs/connectors"
    wait: Callable[[float], None] = field(default_factory=lambda: time.sleep, repr=False)
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic, repr=False)
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)
    _ends: float = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.base_url = safe_url(self.base_url)
        if not all(value.isascii() and value.isprintable() for value in self.headers.values()):
            raise ConfigurationError("A `token` holds a line break or a letter that no token has.")
        self._session.auth = self.auth or _Headers(self.headers)
        self._ends = self.clock() + self.minutes * 60

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._session.close()

    def get(
        self, path: str, parameters: Parameters = (), *, key: str | None, kind: type = list
    ) -> Answer:
        """Return the JSON object at `path`, whose `key` holds a value of `kind`.

        With None for `key` the document itself is of that kind.
        """
        return self._insisted(
            self.address(path),
            parameters,
            lambda reply: responses.document(reply.body, reply.headers, key, kind),
        )

    def get_text(self, path: str, begins: bytes) -> Answer:
        """Return the text at `path`, which has to begin so; its document is the text."""
        return self._insisted(
            self.address(path),
            (),
            lambda reply: responses.text(reply.body, reply.headers, begins),
        )

    def _insisted(self, url: str, parameters: Parameters, judge: Judge) -> Answer:
        failure = responses.Failure("nothing was asked")
        for attempt in range(1, TRIES + 1):
            self._check_time(url, failure)
            outcome = self._try(url, parameters, judge)
            if isinstance(outcome, Answer):
                return outcome
            failure = outcome
            if failure.is_final:
                raise self.error(url, failure.problem, failure.remedy, failure.status)
            if attempt < TRIES:
                self.wait(_spread(failure.seconds, attempt))
        raise self.error(url, f"{failure.problem}, {TRIES} times in a row", failure.remedy)

    def address(self, path: str) -> str:
        """Return the whole address of a path; that of this API stays as it is."""
        return path if path.startswith(f"{self.base_url}/") else f"{self.base_url}{path}"

    def exchange(
        self, method: str, url: str, parameters: Parameters = (), content: bytes | None = None
    ) -> Reply | responses.Failure:
        """Send one request once, with JSON as its content; a failure may have had its effect."""
        kind = {} if content is None else {"Content-Type": "application/json"}
        try:
            with self._session.request(
                method,
                url,
                params=list(parameters),
                data=content,
                headers={"User-Agent": "oncall-audit", **kind},
                timeout=_CONNECT_AND_READ_SECONDS,
                allow_redirects=False,
                stream=True,
                verify=self.ca_file or True,
            ) as response:
                body = self._body(response)
        except OSError as error:
            return responses.broken(error)
        if isinstance(body, responses.Failure):
            return body
        following = response.links.get("next", {}).get("url")
        return Reply(response.url, response.status_code, response.headers, body, following)

    def _body(self, response: requests.Response) -> bytes | responses.Failure:
        chunks, size = [], 0
        for chunk in response.iter_content(64 * 1024):
            size += len(chunk)
            if size > _MAX_BYTES:
                return responses.Failure("answers without end", "Check `url`", is_final=True)
            if self.clock() > self._ends:
                return responses.Failure("answers too slowly")
            chunks.append(chunk)
        return b"".join(chunks)

    def _try(self, url: str, parameters: Parameters, judge: Judge) -> Answer | responses.Failure:
        reply = self.exchange("GET", url, parameters)
        if isinstance(reply, responses.Failure):
            return reply
        if reply.status != requests.codes.ok:
            return responses.refusal(reply.status, reply.headers, reply.body, guide=self.guide)
        document = judge(reply)
        if isinstance(document, responses.Failure):
            return document
        return Answer(reply.url, reply.body, document, datetime.now(UTC), reply.next_url)

    def _check_time(self, url: str, failure: responses.Failure) -> None:
        if self.clock() > self._ends:
            raise self.error(
                url,
                f"is not read whole after {self.minutes:g} minutes (last: {failure.problem})",
                "Run again over a shorter span",
            )

    def error(self, url: str, problem: str, remedy: str, status: int | None = None) -> SourceError:
        """Return what to raise, without the token."""
        for value in self.headers.values():
            for part in (value, value.partition("=")[2], *value.split(" ")):
                problem = problem.replace(part, "…") if len(part) > 5 else problem
        said = f"{self.called or url.partition('?')[0]} {problem}. {remedy}."
        if status is None:
            return SourceError(said)
        refused = RefusedError(said)
        refused.status = status
        return refused


def safe_url(url: str) -> str:
    """Return the address without a closing slash; refuse one that would give a token away."""
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise ConfigurationError("A `url` holds a user name or password: use `token` instead.")
    is_local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if parts.hostname is None or not (
        parts.scheme == "https" or (parts.scheme == "http" and is_local)
    ):
        raise ConfigurationError(
            f"`url: {url}` is no address that begins with https://: correct it."
        )
    return url.rstrip("/")


def reveal(secret: object) -> str:
    """Return the text of a secret, whether it is wrapped or plain."""
    return str(secret.get_secret_value()) if hasattr(secret, "get_secret_value") else str(secret)


def back_off(attempt: int) -> float:
    """Return how many seconds to wait after a failed try, longer from try to try."""
    # Jitter spreads the tries of several sources; nothing secret depends on it.
    return min(30.0, 2.0**attempt) * random.uniform(0.5, 1)  # noqa: S311


def _spread(asked: float | None, attempt: int) -> float:
    """Return how many seconds to wait: not less than was asked for, and not all at one moment."""
    # Sources with one key are let in again at the same time.
    return back_off(attempt) if asked is None else asked + random.uniform(0, 1)  # noqa: S311
