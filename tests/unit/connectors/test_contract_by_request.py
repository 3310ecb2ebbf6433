"""What holds of every connector over HTTP and of each kind: no request may fail unnoticed."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oncall_audit import connectors, sources
from oncall_audit.connectors.base import Kind, Page, Window
from oncall_audit.connectors.http import TRIES
from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.variables import is_secret

NOW = datetime.now(UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
# Of longer readings these are asked for like any other.
FIRST = 12

Answer = Callable[[], Response]
FINAL: dict[str, Answer] = {
    "refused": lambda: Response(status=401),
    "forbidden": lambda: Response(status=403),
    "gone": lambda: Response(status=410),
    "web page": lambda: Response("<!doctype html><p>Log in", content_type="text/html"),
    "of another kind": lambda: Response('"nothing"', content_type="application/json"),
    "redirect": lambda: Response(status=302, headers={"Location": "https://example.com/"}),
}
PASSING: dict[str, Answer] = {
    "limited": lambda: Response(status=429),
    "limited for long": lambda: Response(status=429, headers={"Retry-After": "7"}),
    "failed": lambda: Response(status=500),
    "unavailable": lambda: Response(status=503, headers={"Retry-After": "7"}),
}


def of_http() -> list[str]:
    """Return every connector that asks an address, or whose address is a secret."""
    options = {name: set(sources.options(connectors.find(name))) for name in connectors.names()}
    return [name for name, its in options.items() if its & {"url", "url_secret"}]


def kinds(name: str) -> list[str]:
    """Return the kinds that a connector knows when it asks; an empty one where it has no choice."""
    connector = connectors.find(name)
    if "kind" not in sources.fields(connector):
        return [""]
    needed = [it for it in sources.options(connector) if is_secret(it) or it == "url"]
    given: dict[str, Any] = dict.fromkeys(needed, "https://api.example.com")
    found = []
    for kind in get_args(Kind):
        try:
            connector(**given, kind=kind)
        except ConfigurationError:
            continue
        found.append(kind)
    return found


READINGS = [(name, kind) for name in of_http() for kind in kinds(name)]


class Reading:
    """A vendor's server, and how it is read for one kind."""

    def __init__(self, name: str, kind: str, server: HTTPServer) -> None:
        self.vendor: Any = importlib.import_module(f"servers.{name}").serve(server)
        self.kind = kind

    def read(self) -> list[bytes]:
        """Return each page that was read."""
        told = {"kind": self.kind} if self.kind else {}
        connector = self.vendor.connector(**told)
        return [page.body for page in connector.read(WINDOW) if isinstance(page, Page)]

    def requests(self) -> int:
        """Return how many requests a reading takes."""
        self.vendor.asked.clear()
        self.read()
        return len(self.vendor.asked)

    def answers(self, number: int, answer: Answer, times: int) -> None:
        """Let a request of the next reading, and those after it, be answered so."""
        self.vendor.asked.clear()
        self.vendor.trouble = lambda at, _: answer() if number <= at < number + times else None


@pytest.fixture(params=READINGS, ids=lambda it: "-".join(filter(None, it)))
def reading(
    request: pytest.FixtureRequest, httpserver: HTTPServer, waits: list[float]
) -> Iterator[Reading]:
    made = Reading(*request.param, httpserver)
    yield made
    made.vendor.trouble = lambda _number, _request: None


def test_every_kind_is_read() -> None:
    assert {"github", "ical", "linkedin_oncall", "opsgenie"} <= {name for name, _ in READINGS}
    assert [kind for name, kind in READINGS if name == "okta"] == [
        "logs", "permissions", "directory",
    ]  # fmt: skip
    assert [kind for name, kind in READINGS if name == "hoop"] == [
        "logs", "permissions", "requests",
    ]  # fmt: skip


@pytest.mark.parametrize("answer", FINAL.values(), ids=FINAL)
def test_whichever_request_is_refused_the_reading_fails_at_once(
    reading: Reading, waits: list[float], answer: Answer
) -> None:
    for number in range(1, min(reading.requests(), FIRST) + 1):
        reading.answers(number, answer, 1)
        with pytest.raises(SourceError):
            reading.read()
        assert len(reading.vendor.asked) == number
    assert waits == []


@pytest.mark.parametrize("answer", PASSING.values(), ids=PASSING)
def test_whichever_request_fails_for_a_while_the_reading_is_whole(
    reading: Reading, waits: list[float], answer: Answer
) -> None:
    whole = reading.read()

    for number in range(1, min(reading.requests(), FIRST) + 1):
        waits.clear()
        reading.answers(number, answer, 2)
        assert reading.read() == whole
        assert len(waits) == 2


def test_whichever_request_goes_on_failing_the_reading_fails(
    reading: Reading, waits: list[float]
) -> None:
    for number in range(1, min(reading.requests(), FIRST) + 1):
        waits.clear()
        reading.answers(number, PASSING["failed"], 1000)
        with pytest.raises(SourceError, match=f"{TRIES} times in a row"):
            reading.read()
        assert len(waits) == TRIES - 1


def test_whichever_answer_is_cut_off_it_is_asked_for_again(
    reading: Reading, waits: list[float]
) -> None:
    whole = reading.read()

    for number in range(1, min(reading.requests(), FIRST) + 1):
        reading.answers(number, lambda: _cut_off(whole[0]), 1)
        assert reading.read() == whole


def _cut_off(body: bytes) -> Response:
    """Return an answer that ends before the length that it named."""
    made = Response(body[: len(body) // 2], content_type="application/json")
    made.headers["Content-Length"] = str(len(body) + 10)
    made.automatically_set_content_length = False
    return made
