"""Calendars become shifts: recurrences, exceptions, zones, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.ical import ICal
from oncall_audit.errors import ConfigurationError

SECRET = "canary-4711"
OBSERVED = datetime(2026, 3, 20, tzinfo=UTC)
WEEKLY = """
UID:rotation@example.com
DTSTART;TZID=Europe/Berlin:20260302T090000
DTEND;TZID=Europe/Berlin:20260309T090000
RRULE:FREQ=WEEKLY;INTERVAL=2
SUMMARY:@Ada Abel
"""


def calendar(*events: str, head: str = "X-WR-CALNAME:Payments primary") -> str:
    """Return a calendar with these events, as vendors write it."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//example//EN", head]
    for event in events:
        lines += ["BEGIN:VEVENT", *event.strip().splitlines(), "END:VEVENT"]
    return "\r\n".join([*(line for line in lines if line), "END:VCALENDAR", ""])


def rows(text: str, path: str = "payments.ics", **options: Any) -> list[dict[str, Any]]:
    """Decode a calendar file as the landing zone does."""
    (table,) = ICal(path=path, **options).tables
    assert isinstance(table, SnapshotTable)
    return [dict(row) for row in table.decode(text, {"observed_at": OBSERVED, "path": path})]


def shifts(text: str, **options: Any) -> list[tuple[str, str, str]]:
    """Return who is on call from when until when, in UTC; of a refused event its reason."""
    return [
        (row["person"], _short(row["started_at"]), _short(row["ended_at"]))
        if "person" in row
        else (row.get("_rejected", row.get("_ignored", "nobody")), "", "")
        for row in rows(text, **options)
    ]


def _short(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%m-%d %H:%M")


def event(start: str, end: str, summary: str = "Ada", *more: str) -> str:
    """Return an event with its times in full."""
    return "\n".join(["UID:one@example.com", start, end, f"SUMMARY:{summary}", *more])


UTC_DAY = ("DTSTART:20260310T080000Z", "DTEND:20260311T080000Z")
DAILY = event(*UTC_DAY, "Ada", "RRULE:FREQ=DAILY;COUNT=4")
LATER = ("UID:one@example.com", "SUMMARY:Ben")


def test_a_rotation_hands_over_at_nine_on_both_sides_of_a_change_of_clocks() -> None:
    assert shifts(calendar(WEEKLY), days_before=20, days_after=20) == [
        ("Ada Abel", "03-02 08:00", "03-09 08:00"),
        ("Ada Abel", "03-16 08:00", "03-23 08:00"),
        ("Ada Abel", "03-30 07:00", "04-06 07:00"),
    ]


@pytest.mark.parametrize(
    ("more", "days"),
    [
        (["EXDATE:20260311T080000Z"], [10, 12, 13]),
        (["EXDATE;TZID=Europe/Berlin:20260311T090000"], [10, 12, 13]),
        (["EXDATE;VALUE=DATE:20260311,20260313"], [10, 12]),
        (["EXDATE:20260311T080000Z", "EXDATE:20260310T080000Z"], [12, 13]),
        (["RDATE:20260318T080000Z"], [10, 11, 12, 13, 18]),
    ],
)
def test_days_are_left_out_and_added(more: list[str], days: list[int]) -> None:
    found = shifts(calendar("\n".join([DAILY, *more])))

    assert found == [("Ada", f"03-{n:02} 08:00", f"03-{n + 1:02} 08:00") for n in days]


def test_a_period_brings_its_own_end() -> None:
    more = "RDATE;VALUE=PERIOD:20260318T080000Z/PT2H,20260319T080000Z/20260319T110000Z"

    assert shifts(calendar(event(*UTC_DAY, "Ada", more)))[1:] == [
        ("Ada", "03-18 08:00", "03-18 10:00"),
        ("Ada", "03-19 08:00", "03-19 11:00"),
    ]


def test_a_changed_occurrence_is_an_override_wherever_it_stands() -> None:
    changed = "\n".join([
        *LATER, "RECURRENCE-ID:20260311T080000Z", "DTSTART:20260311T100000Z",
        "DTEND:20260312T060000Z",
    ])  # fmt: skip

    for events in ([DAILY, changed], [changed, DAILY]):
        found = rows(calendar(*events))
        assert [(row["person"], row["origin"]) for row in found] == [
            ("Ada", "rotation"),
            ("Ben", "override"),
            ("Ada", "rotation"),
            ("Ada", "rotation"),
        ]
        assert shifts(calendar(*events))[1] == ("Ben", "03-11 10:00", "03-12 06:00")


def test_all_further_occurrences_may_change() -> None:
    changed = "\n".join([
        *LATER, "RECURRENCE-ID;RANGE=THISANDFUTURE:20260312T080000Z",
        "DTSTART:20260312T120000Z", "DURATION:PT8H",
    ])  # fmt: skip

    assert shifts(calendar(DAILY, changed)) == [
        ("Ada", "03-10 08:00", "03-11 08:00"),
        ("Ada", "03-11 08:00", "03-12 08:00"),
        ("Ben", "03-12 12:00", "03-12 20:00"),
        ("Ben", "03-13 12:00", "03-13 20:00"),
    ]


def test_what_is_cancelled_is_no_shift() -> None:
    one = "\n".join([
        *LATER, "RECURRENCE-ID:20260311T080000Z", "DTSTART:20260311T080000Z", "STATUS:CANCELLED",
    ])  # fmt: skip

    assert len(shifts(calendar(DAILY, one))) == 3
    assert shifts(calendar(f"{DAILY}\nSTATUS:CANCELLED")) == [("nobody", "", "")]


@pytest.mark.parametrize(
    ("start", "end", "head", "expected"),
    [
        ("DTSTART;VALUE=DATE:20260310", "DTEND;VALUE=DATE:20260312", "", ("03-10 00:00", "03-12 00:00")),
        ("DTSTART;VALUE=DATE:20260310", "", "", ("03-10 00:00", "03-11 00:00")),
        ("DTSTART:20260310T090000", "DURATION:PT1H30M", "", ("03-10 09:00", "03-10 10:30")),
        (
            "DTSTART:20260310T090000", "DURATION:PT1H", "X-WR-TIMEZONE:America/New_York",
            ("03-10 13:00", "03-10 14:00"),
        ),
        (
            "DTSTART;TZID=Pacific Standard Time:20260310T090000", "DURATION:P1D", "",
            ("03-10 16:00", "03-11 16:00"),
        ),
    ],
)  # fmt: skip
def test_days_and_times_without_a_zone_are_in_the_calendars(
    start: str, end: str, head: str, expected: tuple[str, str]
) -> None:
    assert shifts(calendar(event(start, end).replace("\n\n", "\n"), head=head)) == [
        ("Ada", *expected)
    ]


def test_the_sources_zone_holds_where_the_calendar_names_none() -> None:
    text = calendar(event("DTSTART:20260310T090000", "DURATION:PT1H"))

    assert shifts(text, time_zone="Asia/Tokyo") == [("Ada", "03-10 00:00", "03-10 01:00")]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (event("DTSTART;TZID=Makebelieve:20260310T090000", "DURATION:PT1H"), "nobody knows its zone Makebelieve"),
        (event("DTSTART:yesterday", "DURATION:PT1H"), "its DTSTART cannot be read"),
        (event(*UTC_DAY, "Ada", "RRULE:FREQ=OFTEN"), "its RRULE cannot be read"),
        (event(*UTC_DAY, "Ada", "RRULE:FREQ=SECONDLY"), "it recurs by the minute or second"),
        (event(*UTC_DAY, "Ada", "RRULE:RSCALE=CHINESE;FREQ=YEARLY"), "RSCALE"),
        (event("DTSTART:00010101T000000Z", "DURATION:PT1H", "Ada", "RRULE:FREQ=HOURLY"), "it recurs more than 100000 times"),
        (event("COMMENT:none", "DURATION:PT1H"), "it has no start"),
        (event("DTSTART;VALUE=DATE:20260310", "DTEND:20260310T100000Z"), "starts at a time and ends with a day"),
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_refused_and_the_others_land(
    broken: str, reason: str
) -> None:
    found = rows(calendar(broken, WEEKLY), days_before=20, days_after=20)

    assert reason in found[0]["_rejected"]
    assert [row["person"] for row in found[1:]] == ["Ada Abel"] * 3


@pytest.mark.parametrize("cut", [3, 30, 200])
def test_a_calendar_that_is_cut_off_is_refused_whole(cut: int) -> None:
    with pytest.raises(ValueError, match="does not end in END:VCALENDAR"):
        rows(calendar(WEEKLY)[:-cut])


def test_a_calendar_without_a_shift_says_that_nobody_is_on_call() -> None:
    window = {
        "window_since": OBSERVED - timedelta(days=35),
        "window_until": OBSERVED + timedelta(days=100),
    }

    assert rows(calendar(), path="in/search-2026-03-20.ics") == [{"schedule": "search", **window}]


@pytest.mark.parametrize(
    ("summary", "more", "options", "people"),
    [
        ("[L1] @ada", (), {}, ["ada"]),
        ("On Call - Ada Abel - Payments", (), {"pattern": "^On Call - (.+?) - "}, ["Ada Abel"]),
        ("Team lunch", (), {"pattern": "^On Call - (.+?) - "}, ["nobody named"]),
        (
            "Shift", ("ATTENDEE:mailto:ada@example.com", "ATTENDEE;CN=Ben:MAILTO:ben@example.com"),
            {"person": "attendee"}, ["ada@example.com", "ben@example.com"],
        ),
        ("Shift", (), {"person": "attendee"}, ["nobody named"]),
    ],
)  # fmt: skip
def test_the_person_stands_where_the_source_says(
    summary: str, more: tuple[str, ...], options: dict[str, Any], people: list[str]
) -> None:
    found = shifts(calendar(event(*UTC_DAY, summary, *more)), **options)

    assert [person for person, _, _ in found if person != "nobody"] == people


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either `path`.*or `url_secret`"),
        ({"path": "x", "url_secret": "https://example.com/x"}, "either `path`.*or `url_secret`"),
        ({"url_secret": f"http://example.com/{SECRET}"}, "no address that begins with https://"),
        ({"path": "x", "pattern": "("}, "`pattern` is no pattern"),
        ({"path": "x", "pattern": "On call"}, "no pair of brackets"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        ICal(**options)

    assert SECRET not in str(caught.value)
