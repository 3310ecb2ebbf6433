"""What a source could not tell one audit the next asks it for again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from servers import okta as vendor
from servers.okta import TOKEN, OktaServer, event
from werkzeug import Response

from oncall_audit import landing
from oncall_audit.connectors.base import Window
from oncall_audit.errors import SourceError
from oncall_audit.pipeline.run import Run, silent
from oncall_audit.pipeline.stages import extract_source
from oncall_audit.workspace import Workspace

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


@pytest.fixture
def okta(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[OktaServer]:
    """An organisation with an event on each of the last four days."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    monkeypatch.setenv("OKTA_TOKEN", TOKEN)
    made = vendor.serve(httpserver)
    made.events = [
        event(number, published=vendor.stamp(NOW - number * DAY - DAY / 2)) for number in range(4)
    ]
    yield made
    made.trouble = lambda _number, _request: None


def night(okta: OktaServer, folder: Path, ago: int, *, goes_on: bool = True) -> Run:
    """Return the run of the day that ended so many days ago."""
    folder.joinpath("oncall-audit.yml").write_text(
        f"organisation: Example\nfirst_window_days: 3\nsources:\n"
        f"  okta: {{type: okta, url: '{okta.url}', token: '${{OKTA_TOKEN}}'}}\n"
    )
    until = NOW - ago * DAY
    return Run(Workspace(folder), "r", Window(until - DAY, until), NOW, goes_on=goes_on)


def fail(okta: OktaServer, run: Run) -> None:
    okta.trouble = lambda _number, _request: Response(status=500)
    with pytest.raises(SourceError, match="6 times in a row"):
        extract_source(run, "okta", silent)
    okta.trouble = lambda _number, _request: None


def since(okta: OktaServer) -> list[str]:
    """Return from which day on each request asked."""
    return [url.partition("since=")[2][:10] for url in okta.asked if "since=" in url]


def test_a_night_that_failed_is_asked_for_again(okta: OktaServer, tmp_path: Path) -> None:
    fail(okta, night(okta, tmp_path, 2))
    fail(okta, night(okta, tmp_path, 1))
    okta.asked.clear()

    extract_source(night(okta, tmp_path, 0), "okta", silent)

    assert since(okta)[0] == f"{NOW - 3 * DAY - timedelta(hours=1):%Y-%m-%d}"
    assert landing.unread_since(tmp_path / "data" / "landing", "okta") is None


def test_what_was_read_is_not_asked_for_again(okta: OktaServer, tmp_path: Path) -> None:
    fail(okta, night(okta, tmp_path, 1))
    extract_source(night(okta, tmp_path, 1), "okta", silent)
    okta.asked.clear()

    extract_source(night(okta, tmp_path, 0), "okta", silent)

    assert since(okta)[0] == f"{NOW - DAY - timedelta(hours=1):%Y-%m-%d}"


def test_a_span_that_somebody_names_is_asked_for_alone(okta: OktaServer, tmp_path: Path) -> None:
    fail(okta, night(okta, tmp_path, 1))
    okta.asked.clear()

    extract_source(night(okta, tmp_path, 0, goes_on=False), "okta", silent)

    assert since(okta)[0] == f"{NOW - DAY - timedelta(hours=1):%Y-%m-%d}"


def test_it_is_asked_no_further_back_than_a_first_audit(okta: OktaServer, tmp_path: Path) -> None:
    fail(okta, night(okta, tmp_path, 6))
    okta.asked.clear()

    extract_source(night(okta, tmp_path, 0), "okta", silent)

    assert since(okta)[0] == f"{NOW - 3 * DAY - timedelta(hours=1):%Y-%m-%d}"


def test_where_that_cannot_be_read_any_more_the_night_itself_is(
    okta: OktaServer, tmp_path: Path
) -> None:
    fail(okta, night(okta, tmp_path, 1))
    earlier = f"since={NOW - 2 * DAY - timedelta(hours=1):%Y-%m-%d}"
    okta.trouble = lambda _, request: (
        Response(status=400) if earlier in request.full_path else None
    )  # fmt: skip
    told: list[str] = []

    done = extract_source(night(okta, tmp_path, 0), "okta", lambda _, detail: told.append(detail))

    assert done["state"] == "complete"
    assert [it for it in told if "okta: nothing since" in it]
    assert landing.unread_since(tmp_path / "data" / "landing", "okta") == NOW - 2 * DAY
