"""PagerDuty by its API, against a local server that behaves like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from werkzeug import Response

from oncall_audit.connectors.base import Page, SnapshotTable, Window
from oncall_audit.connectors.pagerduty import PagerDuty
from oncall_audit.errors import ConfigurationError, SourceError

TOKEN = "u+canary-token-4711"
WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def read(server: Any, window: Window = WINDOW, token: object = TOKEN) -> list[Page]:
    """Read the account whole."""
    found = PagerDuty(name="pagerduty", url=server.url, token=token).read(window)
    return [page for page in found if isinstance(page, Page)]


def rows(pages: list[Page], table: str) -> list[dict[str, Any]]:
    """Decode the pages of one table as the landing zone does."""
    declared = next(each for each in PagerDuty.tables if each.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        {name: row.get(name, row.get("_rejected")) for name in (*declared.columns, "_ignored")}
        for page in pages
        if page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def people(server: Any, count: int) -> None:
    """Give the account so many users."""
    server.users = [{"id": f"P{number:05}", "name": "Ada"} for number in range(count)]


def busy(server: Any, count: int, seconds: int) -> None:
    """Give the account so many incidents, one each `seconds`."""
    begin = datetime(2026, 2, 2, tzinfo=UTC)
    moments = [(begin + timedelta(seconds=seconds * number)).isoformat() for number in range(count)]
    server.incidents = [
        {
            "id": f"Q{number:05}",
            "created_at": moment,
            "status": "resolved",
            "last_status_change_at": moment,
        }
        for number, moment in enumerate(moments)
    ]


def day(number: int, hour: int = 7) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_reads_each_part_of_the_account_in_order(pagerduty: Any) -> None:
    pages = read(pagerduty)

    assert [(page.table, page.name) for page in pages] == [
        ("users", "users-0000"),
        ("schedule_entries", "schedule-PPRI-20260301T000000Z"),
        ("schedule_entries", "overrides-PPRI-20260301T000000Z"),
        ("schedule_changes", "changes-PPRI-20260301T000000Z-0000"),
        ("schedule_entries", "schedule-PSEC-20260301T000000Z"),
        ("schedule_entries", "overrides-PSEC-20260301T000000Z"),
        ("schedule_changes", "changes-PSEC-20260301T000000Z-0000"),
        ("oncalls", "oncalls-20260301T000000Z-0000"),
        ("incidents", "incidents-20260130T000000Z-0000"),
        ("incident_responders", "log-Q2INC-0000"),
        ("incident_responders", "log-Q3INC-0000"),
    ]


def test_reads_each_page_once_and_in_order(pagerduty: Any) -> None:
    people(pagerduty, 250)

    pages = read(pagerduty)

    assert [row["id"] for row in rows(pages, "users")] == [f"P{n:05}" for n in range(250)]
    assert len({page.name for page in pages}) == len(pages)


def test_pages_by_the_limit_the_server_grants(pagerduty: Any) -> None:
    people(pagerduty, 60)
    pagerduty.largest_page = 25

    assert len(rows(read(pagerduty), "users")) == 60


def test_asks_for_the_window_a_day_before_and_a_fortnight_ahead(pagerduty: Any) -> None:
    read(pagerduty)

    asked = {urlsplit(url).path: parse_qs(urlsplit(url).query) for url in pagerduty.asked}
    spans = {
        path: (query["since"][0], query["until"][0], query["time_zone"][0])
        for path, query in asked.items()
        if "since" in query
    }
    shifts = ("2026-03-01T00:00:00+00:00", "2026-03-17T00:00:00+00:00", "UTC")
    changes = ("2026-03-01T00:00:00+00:00", "2026-03-03T00:00:00+00:00", "UTC")
    assert spans == {
        "/schedules/PPRI": shifts,
        "/schedules/PPRI/audit/records": changes,
        "/schedules/PPRI/overrides": shifts,
        "/schedules/PSEC": shifts,
        "/schedules/PSEC/audit/records": changes,
        "/schedules/PSEC/overrides": shifts,
        "/oncalls": shifts,
        "/incidents": ("2026-01-30T00:00:00+00:00", "2026-03-03T00:00:00+00:00", "UTC"),
    }


def test_a_long_window_is_asked_in_spans_without_a_gap(pagerduty: Any) -> None:
    window = Window(datetime(2025, 9, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))

    pages = read(pagerduty, window)

    spans = [
        (page.context["window_since"], page.context["window_until"])
        for page in pages
        if page.name.startswith("schedule-PPRI")
    ]
    assert spans[0][0] == "2025-08-31T00:00:00+00:00"
    assert spans[-1][1] == "2026-03-17T00:00:00+00:00"
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_shifts_keep_the_window_they_were_asked_for(pagerduty: Any) -> None:
    found = rows(read(pagerduty), "schedule_entries")

    window = {"window_since": day(1, 0), "window_until": day(17, 0), "_ignored": None}
    primary = {"schedule_id": "PPRI", "schedule_name": "Payments primary", **window}
    ada = {"user_id": "PADA", "user_name": "Pada", "started_at": day(2), "ended_at": day(3)}
    ben = {"user_id": "PBEN", "user_name": "Pben", "started_at": day(3), "ended_at": day(4)}
    assert found[:3] == [
        {**primary, **ada, "entry_kind": "final"},
        {**primary, **ben, "entry_kind": "final"},
        {**primary, **ben, "entry_kind": "override"},
    ]


def test_permanent_oncalls_have_no_start_and_no_end(pagerduty: Any) -> None:
    found = rows(read(pagerduty), "oncalls")

    head = {"escalation_policy_id": "PPOL", "escalation_level": 1, "_ignored": None}
    shift = {"user_id": "PADA", "schedule_id": "PPRI", "started_at": day(2), "ended_at": day(3)}
    direct = {"user_id": "PCLE", "schedule_id": None, "started_at": None, "ended_at": None}
    assert found == [{**head, **shift}, {**head, **direct}]


def test_incidents_and_their_responders(pagerduty: Any) -> None:
    pages = read(pagerduty)

    assert [(row["incident_id"], row["resolved_at"]) for row in rows(pages, "incidents")] == [
        ("Q1INC", datetime(2026, 2, 20, 11, tzinfo=UTC)),
        ("Q2INC", day(2, 3)),
        ("Q3INC", None),
    ]
    joined = {"joined_at": datetime(2026, 3, 2, 9, 5, tzinfo=UTC), "_ignored": None}
    responder = {"incident_id": "Q3INC", "user_id": "PADA", "role": "acknowledged"}
    assert rows(pages, "incident_responders") == [{**responder, **joined}]


def test_incidents_alone_are_asked_for_as_in_a_whole_reading(pagerduty: Any) -> None:
    whole = [it for it in read(pagerduty) if it.table == "incidents"]
    pagerduty.server.log.clear()

    connector = PagerDuty(name="pagerduty", url=pagerduty.url, token=TOKEN)
    alone = [it for it in connector.read_incidents(WINDOW) if isinstance(it, Page)]

    assert [it.body for it in alone] == [it.body for it in whole]
    assert {request.path for request, _ in pagerduty.server.log} == {"/incidents"}


@pytest.mark.parametrize("count", [9_950, 10_001])
def test_halves_the_span_when_paging_does_not_reach(pagerduty: Any, count: int) -> None:
    busy(pagerduty, count, seconds=60)

    pages = [page for page in read(pagerduty) if page.table == "incidents"]

    found = [row["incident_id"] for row in rows(pages, "incidents")]
    assert found == [f"Q{number:05}" for number in range(count)]


def test_says_so_when_no_span_is_short_enough(pagerduty: Any) -> None:
    busy(pagerduty, 10_200, seconds=0)

    with pytest.raises(SourceError, match="more than 10000 entries within a second"):
        read(pagerduty)


def test_says_so_when_a_list_without_times_is_too_long(pagerduty: Any) -> None:
    people(pagerduty, 10_200)

    with pytest.raises(SourceError, match="/users has more than 10000 entries"):
        read(pagerduty)


@pytest.mark.parametrize("status", [401, 403])
def test_stops_at_once_when_the_token_ends_at_a_later_page(
    pagerduty: Any, waits: list[float], status: int
) -> None:
    people(pagerduty, 900)
    pagerduty.trouble = lambda number, _: Response(status=status) if number == 7 else None

    with pytest.raises(SourceError, match=rf"/users .*\({status}\)"):
        read(pagerduty)

    assert (len(pagerduty.asked), waits) == (7, [])


@pytest.mark.parametrize("status", [429, 500])
@pytest.mark.parametrize(
    "part", ["/users", "/schedules/PSEC", "/oncalls", "/incidents/Q3INC/log_entries"]
)
def test_a_failing_part_fails_the_whole(pagerduty: Any, status: int, part: str) -> None:
    pagerduty.trouble = lambda _, request: Response(status=status) if request.path == part else None

    with pytest.raises(SourceError, match=rf"{part} .*\({status}\), 6 times in a row"):
        read(pagerduty)


def test_goes_on_after_the_limit_of_requests(pagerduty: Any, waits: list[float]) -> None:
    limited = Response(status=429, headers={"ratelimit-reset": "20"})
    pagerduty.trouble = lambda number, _: limited if number in {3, 4} else None

    pages = read(pagerduty)

    assert (len(pages), len(waits)) == (11, 2)
    assert all(20 <= wait <= 22 for wait in waits)


def test_a_wrong_token_is_refused_and_not_told(pagerduty: Any) -> None:
    with pytest.raises(SourceError, match="does not accept the token") as caught:
        read(pagerduty, token="another-canary-4712")

    assert "4712" not in str(caught.value)


def test_only_reads(pagerduty: Any) -> None:
    read(pagerduty)

    assert {request.method for request, _ in pagerduty.server.log} == {"GET"}


def test_its_representation_hides_the_token() -> None:
    assert TOKEN not in repr(PagerDuty(token=TOKEN))


@pytest.mark.parametrize("options", [{}, {"path": "exports", "token": TOKEN}])
def test_needs_either_a_path_or_a_token(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"either `path`.*or `token`"):
        PagerDuty(**options)


def test_can_be_tried_out_before_a_run(pagerduty: Any) -> None:
    people(pagerduty, 300)

    said = PagerDuty(name="pagerduty", url=pagerduty.url, token=TOKEN).probe()

    assert said == "answers, and accepts the key"


def test_trying_it_out_tells_of_a_wrong_token(pagerduty: Any) -> None:
    with pytest.raises(SourceError) as error:
        PagerDuty(name="pagerduty", url=pagerduty.url, token="u+canary-wrong").probe()

    assert "u+canary-wrong" not in str(error.value)
