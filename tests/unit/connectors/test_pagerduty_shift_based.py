"""PagerDuty's shift-based schedules (v3), alone and beside the layered ones (v2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from servers.pagerduty import TOKEN, assignment, oncall, problem
from werkzeug import Response

from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.pagerduty import PagerDuty
from oncall_audit.connectors.pagerduty_entries import decode_schedules
from oncall_audit.connectors.pagerduty_tables import decode_changes
from oncall_audit.errors import ConfigurationError, SourceError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


@pytest.fixture
def both(pagerduty: Any) -> Any:
    """Return an account that has schedules of both kinds."""
    pagerduty.assignments = {
        "PNEW": [
            assignment("PADA", 2, 3, "schedule_rotation"),
            assignment("PBEN", 2, 4, "schedule_rotation"),
            assignment("PCLE", 3, 4, "schedule_rotation_override"),
            assignment(None, 4, 5, "schedule_rotation"),
            assignment("PADA", 5, 6, "custom_shift"),
            assignment("PBEN", 6, 7, "custom_shift_override"),
        ]
    }
    return pagerduty


def read(server: Any, window: Window = WINDOW, **options: Any) -> list[Page]:
    """Read the account whole."""
    found = PagerDuty(name="pagerduty", url=server.url, token=TOKEN, **options).read(window)
    return [page for page in found if isinstance(page, Page)]


def entries(pages: list[Page], schedule: str) -> list[dict[str, Any]]:
    """Decode what the pages say of one schedule, as the landing zone does."""
    return [
        dict(row)
        for page in pages
        if page.table == "schedule_entries" and page.context["schedule_id"] == schedule
        for row in decode_schedules(orjson.loads(page.body), page.context)
    ]


def shifts(found: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """Return whom each entry names, from which day of March to which."""
    told = (row for row in found if "_ignored" not in row)
    return [
        (row["entry_kind"], row["user_id"], row["started_at"].day, row["ended_at"].day)
        for row in told
    ]


def answers(server: Any, path: str, answer: Response) -> None:
    """Let the account answer so at one path."""
    server.trouble = lambda _, request: answer if request.path == path else None


def test_schedules_of_both_kinds_are_read_each_once(both: Any) -> None:
    pages = read(both)

    assert [page.name for page in pages if page.table.startswith("schedule_")] == [
        "schedule-PPRI-20260301T000000Z",
        "overrides-PPRI-20260301T000000Z",
        "changes-PPRI-20260301T000000Z-0000",
        "schedule-PSEC-20260301T000000Z",
        "overrides-PSEC-20260301T000000Z",
        "changes-PSEC-20260301T000000Z-0000",
        "schedule-PNEW-20260301T000000Z",
        "changes-PNEW-20260301T000000Z-0000",
    ]
    assert len(both.asked) == len(set(both.asked))


def test_shifts_overlap_and_say_which_were_entered_by_hand(both: Any) -> None:
    found = entries(read(both), "PNEW")

    assert shifts(found) == [
        ("final", "PADA", 2, 3),
        ("final", "PBEN", 2, 4),
        ("final", "PCLE", 3, 4),
        ("final", "PADA", 5, 6),
        ("final", "PBEN", 6, 7),
        ("override", "PCLE", 3, 4),
        ("override", "PADA", 5, 6),
        ("override", "PBEN", 6, 7),
    ]
    assert [row for row in found if "_ignored" in row] == [{"_ignored": "a shift of nobody"}]
    assert found[0] == {
        "schedule_id": "PNEW",
        "schedule_name": "Shifts of PNEW",
        "entry_kind": "final",
        "user_id": "PADA",
        "user_name": None,
        "started_at": datetime(2026, 3, 2, 7, tzinfo=UTC),
        "ended_at": datetime(2026, 3, 3, 7, tzinfo=UTC),
        "window_since": datetime(2026, 3, 1, tzinfo=UTC),
        "window_until": datetime(2026, 3, 17, tzinfo=UTC),
    }


def test_slots_that_are_vacant_all_the_time_say_that_nobody_is_on_call(both: Any) -> None:
    both.assignments = {"PNEW": [assignment(None, 1, 17, "schedule_rotation")]}

    ignored, nobody = entries(read(both), "PNEW")

    assert ignored == {"_ignored": "a shift of nobody"}
    assert (nobody["entry_kind"], nobody["user_id"], nobody["started_at"]) == ("final", None, None)


def test_a_schedule_and_its_overrides_are_one_snapshot(both: Any) -> None:
    found = [page for page in read(both) if page.context.get("schedule_id") == "PPRI"]

    assert [page.name.partition("-")[0] for page in found] == ["schedule", "overrides"]
    assert len({page.observed_at for page in found}) == 1


def test_every_page_of_their_list_is_read(both: Any) -> None:
    both.assignments = {f"PN{number:03}": [] for number in range(120)}
    both.largest_page = 50

    found = {page.context.get("schedule_id") for page in read(both, changes=False)}

    assert found >= {f"PN{number:03}" for number in range(120)}


def test_a_long_window_is_asked_in_spans_that_meet(both: Any) -> None:
    both.assignments = {"PNEW": [assignment("PADA", 1, 31, "schedule_rotation")]}
    window = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 20, tzinfo=UTC))

    found = entries(read(both, window), "PNEW")

    spans = sorted((row["started_at"], row["ended_at"]) for row in found if row["user_id"])
    assert spans[0][0] == datetime(2026, 3, 1, 7, tzinfo=UTC)
    assert spans[-1][1] == datetime(2026, 3, 31, 7, tzinfo=UTC)
    assert [end for _, end in spans[:-1]] == [start for start, _ in spans[1:]]


def test_who_changed_one_is_read_from_its_own_records(both: Any) -> None:
    record = {
        "id": "PA1",
        "execution_time": "2026-03-02T09:00:00+00:00",
        "actors": [{"id": "PBEN", "type": "user_reference", "summary": "Ben Bach"}],
        "root_resource": {"id": "PNEW", "type": "schedule_v3_reference"},
        "action": "update",
    }
    both.changes = {"PNEW": [record]}

    (page,) = (page for page in read(both) if page.name.startswith("changes-PNEW"))

    (found,) = decode_changes(orjson.loads(page.body), page.context)
    assert (found["schedule_id"], found["actor_id"]) == ("PNEW", "PBEN")
    assert [url.partition("?")[0] for url in both.asked if "PNEW/audit" in url] == [
        "/v3/schedules/PNEW/audit/records"
    ]


@pytest.mark.parametrize("status", [400, 404])
def test_an_account_that_knows_none_is_read_as_before(pagerduty: Any, status: int) -> None:
    before = [page.name for page in read(pagerduty, shift_based=False)]
    answers(pagerduty, "/v3/schedules", problem(status, "Not Found"))

    assert [page.name for page in read(pagerduty)] == before


@pytest.mark.parametrize(
    "answer",
    [
        Response(status=400),
        Response("<html>Not here</html>", 404, content_type="text/html"),
        problem(401, "Unauthorized"),
        problem(402, "Payment Required"),
        problem(403, "Forbidden"),
        problem(429, "Too Many Requests"),
        problem(500, "Internal Server Error"),
        Response("{}", content_type="application/json"),
    ],
    ids=["400", "web page", "401", "402", "403", "429", "500", "empty"],
)
def test_any_other_answer_to_their_list_is_an_error(both: Any, answer: Response) -> None:
    answers(both, "/v3/schedules", answer)

    with pytest.raises(SourceError, match="/v3/schedules"):
        read(both)


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_one_that_is_listed_and_cannot_be_read_is_an_error(both: Any, status: int) -> None:
    answers(both, "/v3/schedules/PNEW", problem(status, "No"))

    with pytest.raises(SourceError, match="/v3/schedules/PNEW"):
        read(both)


@pytest.mark.parametrize(
    "schedule", [{"id": "PNEW"}, {"id": "PNEW", "final_schedule": {"type": "final_schedule"}}]
)
def test_one_that_does_not_say_who_is_on_call_is_an_error(both: Any, schedule: Any) -> None:
    body = orjson.dumps({"schedule": schedule})
    answers(both, "/v3/schedules/PNEW", Response(body, content_type="application/json"))

    with pytest.raises(SourceError, match=r"PNEW does not say who is on call"):
        read(both)


@pytest.mark.parametrize("options", [{}, {"shift_based": False}])
def test_somebody_on_call_by_one_that_is_not_read_is_an_error(
    pagerduty: Any, options: dict[str, Any]
) -> None:
    pagerduty.oncalls.append(oncall("PADA", "PNEW", "schedule_v3"))

    with pytest.raises(SourceError, match="on call by the shift-based schedule PNEW"):
        read(pagerduty, **options)


def test_a_list_that_ends_in_a_refusal_is_an_error(both: Any) -> None:
    both.assignments = {f"PN{number:03}": [] for number in range(120)}
    both.trouble = lambda _, it: (
        problem(404, "Not Found") if it.full_path == "/v3/schedules?limit=100&offset=100" else None
    )

    with pytest.raises(SourceError, match="/v3/schedules"):
        read(both)


def test_one_that_is_upgraded_between_the_lists_is_read_once(both: Any) -> None:
    upgraded = [assignment("PADA", 2, 3, "schedule_rotation")]

    def upgrade(_number: int, request: Any) -> None:
        if request.path == "/v3/schedules":
            both.assignments["PPRI"] = upgraded

    both.trouble = upgrade

    assert shifts(entries(read(both), "PPRI")) == [("final", "PADA", 2, 3)]
    lists = [url.partition("?")[0] for url in both.asked]
    assert lists.index("/schedules") < lists.index("/v3/schedules")


def test_one_that_is_upgraded_after_the_lists_is_read_as_what_it_is(both: Any) -> None:
    found = [assignment("PADA", 2, 3, "schedule_rotation")]

    def upgrade(_number: int, request: Any) -> None:
        if request.path == "/schedules/PPRI":
            both.upgraded.add("PPRI")
            both.assignments["PPRI"] = found

    both.trouble = upgrade

    assert shifts(entries(read(both), "PPRI")) == [("final", "PADA", 2, 3)]
    assert not any("PPRI/overrides" in url for url in both.asked)


def test_they_can_be_left_out(both: Any) -> None:
    read(both, shift_based=False)

    assert not any(url.startswith("/v3") for url in both.asked)
    with pytest.raises(ConfigurationError, match="`shift_based` is either true or false"):
        PagerDuty(token=TOKEN, shift_based="no")  # type: ignore[arg-type]


def test_exported_answers_are_read_alike() -> None:
    computed = [assignment("PADA", 2, 3, "custom_shift"), assignment(None, 3, 4, "custom_shift")]
    final = {"computed_shift_assignments": computed}
    override = {
        "start_time": "2026-03-02T07:00:00Z",
        "end_time": "2026-03-03T07:00:00Z",
        "overridden_member": {"type": "user_member", "user_id": "PADA"},
        "overriding_member": {"type": "user_member", "user_id": "PBEN"},
    }

    shown = list(decode_schedules({"schedule": {"id": "PNEW", "final_schedule": final}}, {}))
    listed = list(decode_schedules({"overrides": [override]}, {"schedule_id": "PNEW"}))

    assert shifts([dict(row) for row in shown]) == [
        ("final", "PADA", 2, 3),
        ("override", "PADA", 2, 3),
    ]
    assert shown[0]["window_until"] == datetime(2026, 3, 4, 7, tzinfo=UTC)
    assert shifts([dict(row) for row in listed]) == [("override", "PBEN", 2, 3)]


@pytest.mark.parametrize("member", [{"type": "team_member", "team_id": "PT"}, "PADA", None])
def test_a_member_of_another_kind_is_refused_alone(member: Any) -> None:
    odd = {**assignment("PADA", 2, 3, "schedule_rotation"), "member": member}
    final = {"computed_shift_assignments": [odd, assignment("PBEN", 3, 4, "schedule_rotation")]}

    refused, kept = decode_schedules({"schedule": {"id": "PNEW", "final_schedule": final}}, {})

    assert list(refused) == ["_rejected"]
    assert kept["user_id"] == "PBEN"
