"""A feed of a calendar: kept as it came, refused without its address, landed like a file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oncall_audit import landing
from oncall_audit.connectors.base import File, Page, Window
from oncall_audit.connectors.ical import ICal
from oncall_audit.errors import SourceError

SECRET = "canary-4711"
CALENDAR = "\r\n".join(
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//example//EN",
        "BEGIN:VEVENT",
        "UID:rotation@example.com",
        "DTSTART;TZID=Europe/Berlin:20260302T090000",
        "DTEND;TZID=Europe/Berlin:20260309T090000",
        "RRULE:FREQ=WEEKLY;INTERVAL=2",
        "SUMMARY:@Ada Abel",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)
WINDOW = Window(datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 11, tzinfo=UTC))


def feed(server: HTTPServer, *answers: Response) -> ICal:
    """Return a source whose feed gives these answers, the last for ever."""
    served = iter(answers[:-1])
    server.expect_request(f"/{SECRET}/basic.ics").respond_with_handler(
        lambda _: next(served, answers[-1])
    )
    return ICal(url_secret=server.url_for(f"/{SECRET}/basic.ics"), name="feed")


def test_a_feed_is_kept_as_it_came(httpserver: HTTPServer) -> None:
    text = CALENDAR.encode()

    (page,) = feed(httpserver, Response(text, content_type="text/calendar")).read(WINDOW)

    assert isinstance(page, Page)
    assert (page.body, page.ending, page.context["window_since"]) == (
        text,
        ".ics",
        "2026-02-03T00:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (Response(status=404), "404"),
        (Response(status=403), "403"),
        (Response("<html>Log in", content_type="text/html"), "a web page"),
        (Response("nothing here", content_type="text/calendar"), "without BEGIN:VCALENDAR"),
        (Response(b"BEGIN:VCALENDAR \xff", content_type="text/calendar"), "not UTF-8"),
        (Response(status=500), "6 times in a row"),
    ],
)
def test_a_feed_that_fails_is_an_error_without_its_address(
    httpserver: HTTPServer, waits: list[float], answer: Response, message: str
) -> None:
    with pytest.raises(SourceError, match=message) as caught:
        list(feed(httpserver, answer).read(WINDOW))

    assert str(caught.value).startswith("The feed of source feed ")
    assert SECRET not in str(caught.value)


def test_its_representation_hides_the_address() -> None:
    assert SECRET not in repr(ICal(url_secret=f"https://example.com/{SECRET}"))


def test_files_and_feeds_land(tmp_path: Path, httpserver: HTTPServer) -> None:
    (tmp_path / "payments.ics").write_text(CALENDAR)
    (tmp_path / "cut.ics").write_text(CALENDAR[:-30])
    sources = [ICal(path=tmp_path), feed(httpserver, Response(CALENDAR))]

    for number, source in enumerate(sources):
        landed = landing.land(
            source, source_name=f"s{number}", system="ical", window=WINDOW,
            folder=tmp_path / "landing", now=datetime(2026, 3, 11, tzinfo=UTC),
        )  # fmt: skip
        assert landed.landed > 3
        assert landed.quarantined == (1 if number == 0 else 0)
    assert {type(item) for item in sources[0].read(WINDOW)} == {File}
