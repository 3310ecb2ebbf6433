"""The one place that talks HTTP: read-only requests, bounded retries, and paging that ends."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import orjson
import requests
from requests.auth import AuthBase

from oncall_audit.connectors import responses
from oncall_audit.errors import ConfigurationError, SourceError

TRIES = 6
MAX_PAGES = 10_000
_MAX_BYTES = 64 * 1024 * 1024
_CONNECT_AND_READ_SECONDS = (10, 60)
_BROKEN_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.MissingSchema,
)

Parameters = Sequence[tuple[str, str | int]]
Cursor = TypeVar("Cursor")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an API said: the bytes as they came and the JSON they hold."""

    url: str
    body: bytes = field(repr=False)
    document: Any = field(repr=False)
    received_at: datetime
    next_url: str | None = None


class _Headers(AuthBase):
    """Sets the headers as authentication, for requests would else prefer a password of .netrc."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._headers)
        return request


@dataclass(slots=True)
class Client:
    """Reads one API within `minutes`: GET only, six tries a request, no redirects.

    Every failure is a `SourceError` without the token and without a chained exception, because
    those carry the request's headers.
    """

    base_url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    minutes: float = 60
    wait: Callable[[float], None] = field(default_factory=lambda: time.sleep, repr=False)
    clock: Callable[[], float] = field(default_factory=lambda: time.monotonic, repr=False)
    _session: requests.Session = field(default_factory=requests.Session, init=False, repr=False)
    _ends: float = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        self.base_url = safe_url(self.base_url)
        if not all(value.isascii() and value.isprintable() for value in self.headers.values()):
            raise ConfigurationError("A `token` holds a line break or a letter that no token has.")
        self._session.auth = _Headers(self.headers)
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

    def get(self, path: str, parameters: Parameters = (), *, key: str, kind: type = list) -> Answer:
        """Return the JSON object at `path`, whose `key` holds a value of `kind`."""
        url = path if path.startswith(f"{self.base_url}/") else f"{self.base_url}{path}"
        failure = responses.Failure("nothing was asked")
        for attempt in range(1, TRIES + 1):
            self._check_time(url, failure)
            outcome = self._try(url, parameters, key, kind)
            if isinstance(outcome, Answer):
                return outcome
            failure = outcome
            if failure.is_final:
                raise self._error(url, failure.problem, failure.remedy)
            if attempt < TRIES:
                self.wait(failure.seconds or _back_off(attempt))
        raise self._error(url, f"{failure.problem}, {TRIES} times in a row", failure.remedy)

    def _try(
        self, url: str, parameters: Parameters, key: str, kind: type
    ) -> Answer | responses.Failure:
        try:
            with self._session.get(
                url,
                params=list(parameters),
                headers={"User-Agent": "oncall-audit"},
                timeout=_CONNECT_AND_READ_SECONDS,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = self._body(response)
        except _BROKEN_ADDRESS as error:
            return responses.Failure(
                f"cannot be asked ({type(error).__name__})", "Correct `url` and `token`", True
            )
        except requests.RequestException as error:
            return responses.Failure(f"broke off ({type(error).__name__})")
        if isinstance(body, responses.Failure):
            return body
        return self._read(response, body, key, kind)

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

    def _read(
        self, response: requests.Response, body: bytes, key: str, kind: type
    ) -> Answer | responses.Failure:
        if response.status_code != requests.codes.ok:
            return responses.refusal(response.status_code, response.headers, body)
        document = responses.document(body, response.headers, key, kind)
        if isinstance(document, responses.Failure):
            return document
        following = response.links.get("next", {}).get("url")
        return Answer(response.url, body, document, datetime.now(UTC), following)

    def _check_time(self, url: str, failure: responses.Failure) -> None:
        if self.clock() > self._ends:
            raise self._error(
                url,
                f"is not read whole after {self.minutes:g} minutes (last: {failure.problem})",
                "Run again over a shorter span",
            )

    def _error(self, url: str, problem: str, remedy: str) -> SourceError:
        for value in self.headers.values():
            for part in (value, value.partition("=")[2], *value.split(" ")):
                problem = problem.replace(part, "…") if len(part) > 5 else problem
        return SourceError(f"{url.partition('?')[0]} {problem}. {remedy}.")


def pages(
    first: Cursor,
    read: Callable[[Cursor], Answer],
    following: Callable[[Cursor, Answer], Cursor | None],
    *,
    key: str,
    limit: int = MAX_PAGES,
) -> Iterator[Answer]:
    """Yield each page once, in order, until `following` says None; a loop is an error."""
    seen: set[Cursor | bytes] = set()
    cursor: Cursor | None = first
    url = ""
    while cursor is not None:
        if len(seen) >= 2 * limit:
            raise SourceError(f"{url} has more than {limit} pages. Run over a shorter span.")
        answer = read(cursor)
        url = answer.url.partition("?")[0]
        # A server that ignores the cursor repeats the rows and still echoes what it was asked.
        content = hashlib.sha256(orjson.dumps(answer.document[key])).digest()
        if cursor in seen or content in seen:
            raise SourceError(
                f"{url} gave the same page of `{key}` twice. Run again; if it stays so, its paging"
                " does not end and the vendor has to be told."
            )
        seen |= {cursor, content}
        yield answer
        cursor = following(cursor, answer)


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


def _back_off(attempt: int) -> float:
    # Jitter spreads the tries of several sources; nothing secret depends on it.
    return min(30.0, 2.0**attempt) * random.uniform(0.5, 1)  # noqa: S311
