"""Changes over HTTP: each is sent once, and again only where the system says it was not done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from oncall_audit.connectors import responses
from oncall_audit.connectors.http import (
    TRIES,
    Answer,
    Client,
    Parameters,
    Reply,
    reveal,
)
from oncall_audit.connectors.paging import pages
from oncall_audit.control.forms import documented
from oncall_audit.errors import ControlError, SourceError

_UNKNOWN = "Whether it was done is not known: look what is held now, and apply again"


@dataclass(slots=True)
class Api:
    """Reads and changes one API; every failure is a `ControlError` without the token."""

    client: Client

    def read(
        self, path: str, parameters: Parameters = (), *, key: str | None = None, kind: type = dict
    ) -> Any:
        """Return the JSON document at `path`; reading is tried several times."""
        return self._get(path, parameters, key, kind).document

    def find(self, path: str, *, missing: tuple[str, str]) -> dict[str, Any] | None:
        """Return the JSON object at `path`; None where the system itself says there is none.

        `missing` is what such an answer holds: any other 404 means that the address is wrong.
        """
        reply = self.send("GET", path, done=(200, 404))
        found: dict[str, Any] = orjson.loads(reply.body)
        if reply.status == 200:
            return found
        if not str(found.get(missing[0], "")).startswith(missing[1]):
            raise ControlError(f"{self.client.address(path)} is no address there: check `url`.")
        return None

    def listed(
        self, path: str, parameters: Parameters = (), *, key: str | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list that is continued by links; a loop is an error."""

        def read(url: str) -> Answer:
            # A link names all parameters itself.
            return self._get(url, parameters if url == path else (), key, list)

        def following(_url: str, answer: Answer) -> str | None:
            url = answer.next_url
            if url and not url.startswith(f"{self.client.base_url}/"):
                raise SourceError(f"{self.client.base_url} continues its list elsewhere.")
            return url

        return self._rows(path, read, following, key)

    def continued(
        self, path: str, parameters: Parameters, *, key: str, cursor: str
    ) -> Iterator[dict[str, Any]]:
        """Yield the rows of a list that is continued by the `metadata` under the name `cursor`."""

        def read(token: str) -> Answer:
            following = [(cursor, token)] if token else []
            return self._get(path, [*parameters, *following], key, list)

        def following(_token: str, answer: Answer) -> str | None:
            return (answer.document.get("metadata") or {}).get(cursor) or None

        return self._rows("", read, following, key)

    def _rows(
        self,
        first: str,
        read: Callable[[str], Answer],
        following: Callable[[str, Answer], str | None],
        key: str | None,
    ) -> Iterator[dict[str, Any]]:
        try:
            for answer in pages(first, read, following, key=key):
                yield from answer.part(key)
        except SourceError as error:
            raise ControlError(str(error)) from None

    def send(
        self,
        method: str,
        path: str,
        document: object = None,
        *,
        parameters: Parameters = (),
        done: Collection[int],
    ) -> Reply:
        """Send a change and return the answer, whose status is one of `done`.

        Raise `ControlError` where it was refused, or where the outcome is not known.
        """
        url = self.client.address(path)
        content = None if document is None else orjson.dumps(document)
        failure = responses.Failure("was not asked")
        for attempt in range(1, TRIES + 1):
            reply = self.client.exchange(method, url, parameters, content)
            outcome = self._judged(reply, done)
            if isinstance(outcome, Reply):
                return outcome
            failure = outcome
            if failure.is_final or not _is_undone(reply) or attempt == TRIES:
                break
            self.client.wait(failure.seconds or 2.0**attempt)
        is_known = failure.is_final or _is_undone(reply) or method == "GET"
        remedy = failure.remedy if is_known else _UNKNOWN
        raise ControlError(str(self.client.error(url, failure.problem, remedy)))

    def _get(self, path: str, parameters: Parameters, key: str | None, kind: type) -> Answer:
        try:
            return self.client.get(path, parameters, key=key, kind=kind)
        except SourceError as error:
            raise ControlError(str(error)) from None

    def _judged(
        self, reply: Reply | responses.Failure, done: Collection[int]
    ) -> Reply | responses.Failure:
        if isinstance(reply, responses.Failure):
            return reply
        if reply.status not in done:
            return responses.refusal(
                reply.status,
                reply.headers,
                reply.body,
                doing="do that",
                guide=self.client.guide,
            )
        if reply.status == 204 and not reply.body:
            return reply
        # A log-in page, or half an answer, must not pass for the system's word.
        found = responses.document(reply.body, reply.headers, None, dict)
        return found if isinstance(found, responses.Failure) else reply


def _is_undone(reply: Reply | responses.Failure) -> bool:
    return isinstance(reply, Reply) and responses.is_limited(reply.status, reply.headers)


@contextmanager
def api(
    url: str,
    token: object,
    *,
    guide: str,
    scheme: str = "Bearer",
    headers: Mapping[str, str] | None = None,
    ca_file: str | None = None,
) -> Iterator[Api]:
    """Open the API at `url`, which is asked with a token."""
    said = {"Authorization": f"{scheme} {reveal(token)}", "Accept": "application/json"}
    whole = Client(url, {**said, **(headers or {})}, guide=guide, ca_file=ca_file)
    with whole as client, documented(client.base_url):
        yield Api(client)
