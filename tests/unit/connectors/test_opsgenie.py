"""Opsgenie and Jira Service Management, against a local server that behaves like both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import opsgenie as vendor
from servers.opsgenie import OpsgenieServer, alert, escalation, period

from oncall_audit.connectors.base import Connector, Page, SnapshotTable, Window
from oncall_audit.connectors.opsgenie import Opsgenie
from oncall_audit.errors import ConfigurationError, SourceError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


@pytest.fixture
def opsgenie(httpserver: HTTPServer, waits: list[float]) -> OpsgenieServer:
    """An account with two schedules and an alert."""
    return vendor.serve(httpserver)


def read(connector: Connector, window: Window = WINDOW) -> list[Page]:
    """Read the account whole."""
    return [it for it in connector.read(window) if isinstance(it, Page)]


def rows(
    connector: Connector, table: str, *without: str, window: Window = WINDOW
) -> list[dict[str, Any]]:
    """Decode the pages of one table as the landing zone does."""
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        {name: value for name, value in row.items() if name not in without}
        for page in read(connector, window)
        if page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def shifts(connector: Connector) -> list[tuple[Any, ...]]:
    """Return what the first schedule tells, without what all its rows share."""
    return [
        (row.get("entry_kind"), row.get("person"), row.get("_rejected") or row.get("_ignored"))
        for row in rows(connector, "schedule_entries")
        if row.get("schedule_id") in {"s-1", None}
    ]


def day(number: int, hour: int = 7) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_reads_each_part_of_the_account_in_order(opsgenie: OpsgenieServer) -> None:
    pages = read(opsgenie.connector())

    assert [(page.table, page.name) for page in pages] == [
        ("incidents", "incidents-20260130T000000000000Z-0000"),
        ("schedule_entries", "timeline-s-1-20260301T000000000000Z"),
        ("schedule_entries", "timeline-s-2-20260301T000000000000Z"),
        ("escalations", "escalations-all-0000"),
    ]


@pytest.mark.parametrize("product", ["opsgenie", "jira"])
def test_both_products_tell_the_same(opsgenie: OpsgenieServer, product: str) -> None:
    connector = opsgenie.jira() if product == "jira" else opsgenie.connector()

    window = {"window_since": day(1, 0), "window_until": day(17, 0)}
    assert rows(connector, "schedule_entries") == [
        {
            "schedule_id": "s-1",
            "schedule_name": "Payments primary",
            "entry_kind": "final",
            "person": "ada@example.com",
            "started_at": day(2),
            "ended_at": day(3),
            **window,
        },
        {
            "schedule_id": "s-2",
            "schedule_name": "Payments secondary",
            "entry_kind": "final",
            "person": None,
            **window,
        },
    ]
    assert [(it["schedule_id"], it["level"]) for it in rows(connector, "escalations")] == [
        ("s-1", 1),
        ("s-2", 2),
    ]
    assert [it["incident_id"] for it in rows(connector, "incidents")] == ["a-1"]


def test_jira_pages_its_schedules(opsgenie: OpsgenieServer) -> None:
    opsgenie.schedules = [{"id": f"s-{n:03}", "name": "Search"} for n in range(150)]

    found = rows(opsgenie.jira(), "schedule_entries")

    assert [it["schedule_id"] for it in found] == [f"s-{n:03}" for n in range(150)]


def test_a_long_window_is_asked_in_spans_without_a_gap(opsgenie: OpsgenieServer) -> None:
    window = Window(datetime(2025, 11, 1, 12, 30, tzinfo=UTC), WINDOW.until)

    read(opsgenie.connector(), window)

    queries = [parse_qs(urlsplit(url).query) for url in opsgenie.asked if "/s-1/timeline" in url]
    starts = [datetime.fromisoformat(it["date"][0]) for it in queries]
    ends = [
        start + timedelta(days=int(it["interval"][0]))
        for start, it in zip(starts, queries, strict=True)
    ]
    assert starts[0] == window.since - timedelta(days=1)
    assert starts[1:] == ends[:-1]
    assert ends[-1] >= window.until + timedelta(days=14)


def test_a_timeline_that_no_longer_reaches_back_is_an_error(opsgenie: OpsgenieServer) -> None:
    opsgenie.kept_since = "2026-03-01T06:00:00+00:00"

    with pytest.raises(SourceError, match="was asked for 2026-03-01 00:00"):
        read(opsgenie.jira())


def test_overrides_and_forwardings_are_told_from_what_is_in_force(
    opsgenie: OpsgenieServer,
) -> None:
    opsgenie.periods["s-1"] |= {
        "override": [period("ben@example.com", 2, 3, type="override")],
        "forwarding": [period("cleo@example.com", 3, 4, type="forwarding")],
    }

    assert shifts(opsgenie.connector()) == [
        ("final", "ada@example.com", None),
        ("override", "ben@example.com", None),
        ("forwarding", "cleo@example.com", None),
    ]


def test_a_team_on_call_is_everybody_of_it_who_was(opsgenie: OpsgenieServer) -> None:
    team = {"type": "team", "id": "t-1", "name": "Payments"}
    ada, ben = (
        {"type": "user", "id": f"u-{name}", "name": f"{name}@example.com"}
        for name in ("ada", "ben")
    )
    opsgenie.periods["s-1"]["final"] = [
        period("", 2, 3, recipient=team, flattenedRecipients=[team, ada, ben]),
        period("", 4, 5, recipient=team),
        period("", 5, 6, recipient={"type": "none"}),
        period("", 6, 7, recipient={"type": "user", "id": "712020:ada", "name": "Ada Abel"}),
    ]

    assert shifts(opsgenie.connector()) == [
        ("final", "ada@example.com", None),
        ("final", "ben@example.com", None),
        (None, None, "on call is a team, and it does not say who of it"),
        (None, None, "a period of nobody"),
        ("final", "712020:ada", None),
    ]


def test_what_cannot_be_read_is_not_taken_for_nobody(opsgenie: OpsgenieServer) -> None:
    opsgenie.periods["s-1"]["final"] = [period("ada@example.com", 3, 2)]

    assert shifts(opsgenie.connector()) == [(None, None, "the shift ends before it starts")]


def test_a_schedule_is_called_at_the_rank_of_its_delay(opsgenie: OpsgenieServer) -> None:
    hours = {"timeAmount": 1, "timeUnit": "hours"}
    late = escalation("e-2", ("s-1", 0), ("s-2", 30), ("s-3", 30), ("s-4", 0))
    late["rules"][3]["delay"] = hours
    late["rules"][0]["notifyType"] = "next"
    opsgenie.escalations = [late]

    found = rows(opsgenie.connector(), "escalations", "escalation_id", "escalation_name")

    assert found == [
        {"_ignored": "a rule that does not call who is on call"},
        {"schedule_id": "s-2", "level": 2},
        {"schedule_id": "s-3", "level": 2},
        {"schedule_id": "s-4", "level": 3},
    ]


def test_alerts_end_when_they_are_closed_and_name_who_answered(opsgenie: OpsgenieServer) -> None:
    report = {"ackTime": 60_000, "acknowledgedBy": "ada@example.com"}
    closed = {"closeTime": 120_000, "closedBy": "ben@example.com"}
    opsgenie.alerts = [
        alert("a-1", status="closed", report=report | closed),
        alert("a-2", status="closed", tags=[], owner="cleo@example.com"),
        alert("a-3", report=report, entity="db", tags=["service-x"]),
    ]

    found = rows(opsgenie.connector(), "incidents", "title", "priority", "created_at")

    acknowledged = {"person": "ada@example.com", "role": "acknowledged"} | {
        "joined_at": "2026-03-02T09:01:00+00:00"
    }
    resolved = {"person": "ben@example.com", "role": "resolved"} | {
        "joined_at": "2026-03-02T09:02:00+00:00"
    }
    owner = {"person": "cleo@example.com", "role": "assigned", "joined_at": None}
    assert [tuple(row.values()) for row in found] == [
        ("a-1", "payments", "closed", [acknowledged, resolved], day(2, 9) + timedelta(minutes=2)),
        ("a-2", "Prometheus", "closed", [owner], day(2, 10)),
        ("a-3", "db", "open", [acknowledged], None),
    ]


def test_an_incident_counts_once_for_each_service_that_it_struck(
    opsgenie: OpsgenieServer,
) -> None:
    opsgenie.services = [{"id": "v-1", "name": "Checkout"}]
    opsgenie.incidents = [
        {
            "id": "i-1",
            "message": "No payments",
            "status": "resolved",
            "priority": "P1",
            "createdAt": "2026-03-02T09:00:00Z",
            "updatedAt": "2026-03-02T11:00:00Z",
            "impactedServices": ["v-1", "v-2"],
            "responders": [{"type": "user", "id": "u-ada"}, {"type": "team", "id": "t-1"}],
        }
    ]
    connector = opsgenie.connector(incidents="incidents")

    found = rows(connector, "incidents", "title", "priority", "status", "created_at")

    ada = {"person": "u-ada", "role": "assigned", "joined_at": None}
    assert [tuple(row.values()) for row in found] == [
        ("i-1", "v-1", None, [ada], day(2, 11)),
        ("i-1/v-2", "v-2", None, [ada], day(2, 11)),
    ]
    assert rows(connector, "services") == [{"service_id": "v-1", "service_name": "Checkout"}]


def test_halves_the_span_when_paging_does_not_reach(opsgenie: OpsgenieServer) -> None:
    begin = datetime(2026, 2, 2, tzinfo=UTC)
    moments = [(begin + timedelta(seconds=60 * n)).isoformat() for n in range(20_050)]
    opsgenie.alerts = [alert(f"a-{n:06}", createdAt=it) for n, it in enumerate(moments)]

    pages = read(opsgenie.connector())

    assert opsgenie.found(pages) == [f"a-{n:06}" for n in range(20_050)]


def test_no_incidents_are_read_where_none_are_asked_for(opsgenie: OpsgenieServer) -> None:
    pages = read(opsgenie.connector(incidents="none"))

    assert {page.table for page in pages} == {"schedule_entries", "escalations"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "needs `token`"),
        ({"token": "x", "incidents": "all"}, "one of alerts, incidents, none"),
        ({"token": "x", "user": "audit@example.com"}, "goes with `cloud_id`"),
        ({"token": "x", "cloud_id": "c", "incidents": "incidents"}, "are issues"),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        Opsgenie(**options)
