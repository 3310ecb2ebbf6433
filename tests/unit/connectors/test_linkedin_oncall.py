"""LinkedIn oncall by its API, against a local server that behaves like it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import linkedin_oncall as vendor
from servers.linkedin_oncall import KEY, OncallServer, event
from werkzeug import Response

from oncall_audit.connectors.base import Connector, Page, SnapshotTable, Window
from oncall_audit.connectors.http import TRIES
from oncall_audit.connectors.linkedin_oncall import LinkedInOncall
from oncall_audit.errors import ConfigurationError, SourceError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


@pytest.fixture
def oncall(httpserver: HTTPServer, waits: list[float]) -> OncallServer:
    """Two teams, one of them without anybody on call."""
    return vendor.serve(httpserver)


def read(connector: Connector) -> list[Page]:
    """Read it whole."""
    return [it for it in connector.read(WINDOW) if isinstance(it, Page)]


def rows(connector: Connector, table: str) -> list[dict[str, Any]]:
    """Decode the pages of one table as the landing zone does."""
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in read(connector)
        if page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def day(number: int, hour: int = 8) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_reads_every_team_and_the_changes_as_of_one_time(oncall: OncallServer) -> None:
    pages = read(oncall.connector())

    assert [(page.table, page.name, page.context.get("team")) for page in pages] == [
        ("events", "events-00000", "payments"),
        ("events", "events-00001", "search & find"),
        ("changed_events", "changes", None),
    ]
    assert len({page.observed_at for page in pages}) == 1
    assert {request.method for request, _ in oncall.server.log} == {"GET"}


def test_shifts_are_of_a_role_of_a_team_and_nobody_is_an_answer(oncall: OncallServer) -> None:
    found = rows(oncall.connector(roles={"primary": 1}), "events")

    window = {"window_since": day(1, 0), "window_until": day(17, 0)}
    head = {"team": "payments", **window, "role": "primary", "level": 1}
    assert found == [
        {
            **head,
            "event_id": "1",
            "username": "ada",
            "full_name": "Ada",
            "started_at": day(2),
            "ended_at": day(3),
        },
        {
            **head,
            "event_id": "2",
            "username": "ben",
            "full_name": "Ben",
            "started_at": day(3),
            "ended_at": day(4),
        },
        {**head, "team": "search & find", "username": None},
    ]


def test_only_roles_that_are_called_are_shifts(oncall: OncallServer) -> None:
    oncall.teams = ["payments"]
    oncall.events = [
        event(1, "ada", 1772438400, 1772524800, role="vacation"),
        event(2, "ben", 1772438400, 1772524800, role="secondary"),
        event(3, "cleo", 1772438500, 1772438500),
    ]

    found = rows(oncall.connector(), "events")

    told = ("role", "level", "username", "_ignored", "_rejected")
    assert [tuple(row.get(it) for it in told) for row in found] == [
        (None, None, None, "an event of a role that is not called (vacation)", None),
        ("secondary", 2, "ben", None, None),
        (None, None, None, None, "the shift ends before it starts"),
    ]


def test_a_deleted_team_is_still_read(oncall: OncallServer) -> None:
    oncall.teams, oncall.deleted = ["search & find"], ["payments"]

    assert {row["username"] for row in rows(oncall.connector(), "events")} == {"ada", "ben", None}


def test_overrides_and_swaps_are_told_by_the_events_that_they_made(oncall: OncallServer) -> None:
    left = {"id": 1, "user": "ada", "start": 1, "end": 2}
    made = {"id": 9, "user": "ben", "start": 2, "end": 3}
    oncall.changes = [
        change("event_substituted", {"new_events": [left, made], "request_body": {"user": "ben"}}),
        change("event_swapped", {"events_swapped": [[{"id": 3}], [{"id": 4}, {"id": 5}]]}),
        change("roster_edited", {}),
        change("event_swapped", {}) | {"context": '{"events_sw'},
    ]

    found = rows(oncall.connector(), "changed_events")

    head = {"team": "payments", "changed_by": "ada", "changed_at": day(2)}
    assert found[:-1] == [
        {"event_id": "9", "action": "event_substituted", **head},
        {"event_id": "3", "action": "event_swapped", **head},
        {"event_id": "4", "action": "event_swapped", **head},
        {"event_id": "5", "action": "event_swapped", **head},
        {"_ignored": "no change of who is called (roster_edited)"},
    ]
    assert list(found[-1]) == ["_rejected"]


def change(action: str, context: dict[str, Any]) -> dict[str, Any]:
    """Return an entry of the audit log."""
    told = {"owner": "ada", "team": "payments", "action": action, "timestamp": 1772438400}
    return {**told, "context": json.dumps(context)}


def test_a_server_that_asks_nobody_needs_no_key(oncall: OncallServer) -> None:
    oncall.trouble = lambda _number, _request: Response("[]", content_type="application/json")

    with pytest.raises(SourceError, match="names no team"):
        read(oncall.connector(key=None))

    assert "Authorization" not in oncall.server.log[0][0].headers


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_failure_is_asked_again_and_signed_anew(
    oncall: OncallServer, waits: list[float], status: int
) -> None:
    oncall.trouble = lambda number, _: Response(status=status) if number == 3 else None

    assert len(read(oncall.connector())) == 3
    assert len(waits) == 1


@pytest.mark.parametrize("status", [429, 500])
def test_a_lasting_failure_is_an_error_and_no_shorter_answer(
    oncall: OncallServer, waits: list[float], status: int
) -> None:
    oncall.trouble = lambda number, _: Response(status=status) if number >= 4 else None

    with pytest.raises(SourceError, match=f"{status}.*6 times in a row"):
        read(oncall.connector())

    assert len(waits) == TRIES - 1


@pytest.mark.parametrize(
    "answer",
    [
        lambda: Response("<html>Log in", content_type="text/html"),
        lambda: Response("{}", content_type="application/json"),
        lambda: Response("null", content_type="application/json"),
        lambda: Response(status=302, headers={"Location": "https://elsewhere.example.com/"}),
        lambda: Response(status=401),
        lambda: Response(status=404),
    ],
    ids=["html", "object", "null", "redirect", "refused", "not found"],
)
@pytest.mark.parametrize("at", [1, 3, 5])
def test_an_answer_of_another_kind_is_an_error_at_once(
    oncall: OncallServer, waits: list[float], at: int, answer: Callable[[], Response]
) -> None:
    oncall.trouble = lambda number, _request: answer() if number >= at else None

    with pytest.raises(SourceError):
        read(oncall.connector())

    assert waits == []


def test_half_a_body_is_asked_for_again(oncall: OncallServer) -> None:
    half = Response('[{"id": ', content_type="application/json")
    oncall.trouble = lambda number, _: half if number == 3 else None

    assert len(rows(oncall.connector(roles={"primary": 1}), "events")) == 3


def test_it_can_be_tried_out_and_a_wrong_key_is_refused_and_not_told(oncall: OncallServer) -> None:
    connector: Any = oncall.connector()
    wrong: Any = oncall.connector("wrong-canary-4712")

    assert connector.probe() == "answers, and accepts the key"
    with pytest.raises(SourceError, match="401") as caught:
        wrong.probe()
    assert "4712" not in str(caught.value)
    assert "4712" not in repr(wrong)
    assert KEY not in repr(connector)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "needs `url`"),
        ({"url": "https://oncall.example.com", "application": "a"}, "`api_key`"),
        ({"url": "https://oncall.example.com", "roles": {"primary": 0}}, "`roles`"),
        ({"url": "https://oncall.example.com", "roles": {}}, "`roles`"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        LinkedInOncall(**options)
