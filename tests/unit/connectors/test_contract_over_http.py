"""What holds of every connector that asks an API, whatever its server does."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit import connectors, sources
from oncall_audit.connectors.base import Connector, Page, Window
from oncall_audit.connectors.http import TRIES
from oncall_audit.errors import SourceError

# Of the last day, for vendors keep their logs for some weeks only.
NOW = datetime.now(UTC)
WINDOW = Window(NOW - timedelta(days=1), NOW)
Trouble = Callable[[int, Request], Response | None]


class Server(Protocol):
    """What a module of `servers` gives for its vendor."""

    TOKEN: str
    server: HTTPServer
    asked: list[str]
    trouble: Trouble

    def connector(self, token: str = "") -> Connector: ...

    def fill(self, pages: int) -> None: ...

    def found(self, pages: list[Page]) -> list[str]: ...

    def limited(self, seconds: int) -> Response: ...


def of_apis() -> list[str]:
    """Return every connector that asks an API with a token."""
    return [
        name for name in connectors.names() if "token" in sources.options(connectors.find(name))
    ]


@pytest.fixture(params=of_apis())
def vendor(
    request: pytest.FixtureRequest, httpserver: HTTPServer, waits: list[float]
) -> Iterator[Any]:
    """A local server of the vendor, with more than one page."""
    made = importlib.import_module(f"servers.{request.param}").serve(httpserver)
    made.fill(3)
    yield made
    made.trouble = lambda _number, _request: None


def read(vendor: Any) -> list[Page]:
    """Read the vendor's server whole."""
    return [page for page in vendor.connector().read(WINDOW) if isinstance(page, Page)]


def answers(vendor: Any, at: int, answer: Callable[[], Response], times: int = 1) -> None:
    """Let the server answer so from the request `at` on, so many times."""
    vendor.trouble = lambda number, _: answer() if at <= number < at + times else None


def test_each_page_comes_once_and_in_order(vendor: Any) -> None:
    pages = read(vendor)

    found = vendor.found(pages)
    assert found == sorted(set(found))
    assert len(found) > 100
    assert len({(page.table, page.name) for page in pages}) == len(pages)


def test_nothing_is_asked_twice(vendor: Any) -> None:
    read(vendor)

    assert len(vendor.asked) == len(set(vendor.asked))


def test_only_reads(vendor: Any) -> None:
    read(vendor)

    assert {request.method for request, _ in vendor.server.log} == {"GET"}


def test_every_page_is_of_a_table_and_kept_as_it_came(vendor: Any) -> None:
    declared = {table.name for table in vendor.connector().tables}

    for page in read(vendor):
        assert page.table in declared
        assert isinstance(json.loads(page.body), list | dict)
        assert page.observed_at.tzinfo is not None


def test_that_there_is_nothing_is_an_answer_and_kept(vendor: Any) -> None:
    vendor.fill(0)

    pages = read(vendor)

    assert vendor.found(pages) == []
    assert pages


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_that_ends_half_way_fails_at_once(
    vendor: Any, waits: list[float], status: int
) -> None:
    answers(vendor, 3, lambda: Response(status=status), times=1000)

    with pytest.raises(SourceError, match=rf"\({status}\)"):
        read(vendor)

    assert (len(vendor.asked), waits) == (3, [])


def test_a_limit_is_waited_for_as_the_vendor_says_it(vendor: Any, waits: list[float]) -> None:
    whole = vendor.found(read(vendor))
    before = len(vendor.asked)
    answers(vendor, before + 2, lambda: vendor.limited(20), times=2)

    assert vendor.found(read(vendor)) == whole
    assert all(19 <= wait <= 22 for wait in waits)
    assert len(waits) == 2


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_passing_failure_that_says_nothing_is_backed_off_from(
    vendor: Any, waits: list[float], status: int
) -> None:
    answers(vendor, 2, lambda: Response(status=status))

    assert len(vendor.found(read(vendor))) > 100
    assert len(waits) == 1


@pytest.mark.parametrize("status", [429, 500])
def test_a_lasting_failure_is_an_error_and_no_shorter_answer(
    vendor: Any, waits: list[float], status: int
) -> None:
    answers(vendor, 2, lambda: Response(status=status), times=1000)

    with pytest.raises(SourceError, match=f"{status}.*6 times in a row"):
        read(vendor)

    assert len(waits) == TRIES - 1


def test_half_a_body_is_asked_for_again(vendor: Any) -> None:
    whole = vendor.found(read(vendor))
    before = len(vendor.asked)
    answers(vendor, before + 2, lambda: Response(b'[{"id": "', content_type="application/json"))

    assert vendor.found(read(vendor)) == whole


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response("<html>Log in", content_type="text/html"),
        lambda: Response("<!doctype html>", content_type="application/json"),
        lambda: Response("{}", content_type="application/json"),
        lambda: Response("null", content_type="application/json"),
        lambda: Response('"nothing"', content_type="application/json"),
        lambda: Response(status=302, headers={"Location": "https://elsewhere.example.com/"}),
        lambda: Response(status=404),
    ],
    ids=["html", "html as json", "empty object", "null", "text", "redirect", "not found"],
)
def test_an_answer_of_another_kind_is_an_error_at_once(
    vendor: Any, waits: list[float], answer: Callable[[], Response]
) -> None:
    answers(vendor, 2, answer, times=1000)

    with pytest.raises(SourceError):
        read(vendor)

    assert waits == []


def test_paging_that_goes_round_in_a_circle_is_an_error(vendor: Any) -> None:
    read(vendor)
    (_, first), *_ = vendor.server.log
    body, headers = first.get_data(), dict(first.headers)
    vendor.trouble = lambda _number, _request: Response(body, 200, headers)

    with pytest.raises(SourceError, match="twice"):
        read(vendor)

    assert len(vendor.asked) < 200


def test_a_wrong_token_is_refused_and_not_told(vendor: Any) -> None:
    with pytest.raises(SourceError, match="does not accept the token") as caught:
        list(vendor.connector("wrong-canary-4712").read(WINDOW))

    assert "4712" not in str(caught.value)
    assert "4712" not in repr(vendor.connector("wrong-canary-4712"))


def test_it_can_be_tried_out_before_a_run(vendor: Any) -> None:
    connector: Any = vendor.connector()

    assert connector.probe() == "answers, and accepts the key"
    with pytest.raises(SourceError):
        vendor.connector("wrong-canary-4712").probe()
