"""incident.io by its API, against a local server that behaves like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import incident_io as vendor
from servers.incident_io import IncidentIoServer, entry, incident, level

from oncall_audit.connectors.base import Connector, Page, SnapshotTable, Window
from oncall_audit.connectors.incident_io import IncidentIo
from oncall_audit.errors import ConfigurationError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


@pytest.fixture
def organisation(httpserver: HTTPServer, waits: list[float]) -> IncidentIoServer:
    """Two schedules, one of them without anybody, and an incident."""
    return vendor.serve(httpserver)


def read(connector: Connector, window: Window = WINDOW) -> list[Page]:
    """Read it whole."""
    return [it for it in connector.read(window) if isinstance(it, Page)]


def rows(connector: Connector, table: str, window: Window = WINDOW) -> list[dict[str, Any]]:
    """Decode the pages of one table as the landing zone does."""
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in read(connector, window)
        if page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def shifts(connector: Connector) -> list[tuple[Any, ...]]:
    """Return who is on call in which schedule, and what was refused."""
    told = ("schedule_id", "entry_kind", "person", "_ignored", "_rejected")
    return [tuple(row.get(it) for it in told) for row in rows(connector, "schedule_entries")]


def day(number: int, hour: int = 0) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_reads_each_part_in_order_and_as_of_one_time(organisation: IncidentIoServer) -> None:
    pages = read(organisation.connector())

    assert [(page.table, page.name) for page in pages] == [
        ("incidents", "incidents-0000"),
        ("escalation_levels", "escalation-paths-0000"),
        ("schedule_entries", "entries-S1-20260301T000000-0000"),
        ("schedule_entries", "entries-S1-20260301T000000-0001"),
        ("schedule_entries", "entries-S2-20260301T000000-0000"),
        ("schedule_entries", "entries-S2-20260301T000000-0001"),
    ]
    assert len({page.observed_at for page in pages}) == 1


def test_what_is_in_force_is_read_and_nobody_is_an_answer(organisation: IncidentIoServer) -> None:
    found = rows(organisation.connector(), "schedule_entries")

    window = {"window_since": day(1), "window_until": day(17)}
    assert found == [
        {
            "schedule_id": "S1",
            "schedule_name": "Payments",
            "rotation_id": "R1",
            "entry_kind": "final",
            "person": "ada@example.com",
            "started_at": day(2, 8),
            "ended_at": day(3, 8),
            **window,
        },
        {
            "schedule_id": "S2",
            "schedule_name": "Search",
            "entry_kind": "final",
            "person": None,
            **window,
        },
    ]


def test_entries_of_a_later_answer_are_not_nobody(organisation: IncidentIoServer) -> None:
    organisation.entries["S1"] = {"final": [entry("ben", 16, 17)]}

    assert shifts(organisation.connector())[0] == ("S1", "final", "ben@example.com", None, None)


def test_overrides_are_told_from_what_is_in_force(organisation: IncidentIoServer) -> None:
    organisation.entries = {
        "S1": {
            "final": [entry("ada", 2, 3), entry("cleo", 4, 5, user=None)],
            "overrides": [entry("ada", 2, 3)],
        },
        "S2": {"final": [entry("dora", 2, 3, user={"id": "U-dora", "email": ""})]},
    }

    found = shifts(organisation.connector())

    assert found == [
        ("S1", "final", "ada@example.com", None, None),
        (None, None, None, "an entry of nobody", None),
        ("S1", "override", "ada@example.com", None, None),
        ("S2", "final", "U-dora", None, None),
    ]


def test_a_shift_that_ends_before_it_starts_is_refused() -> None:
    declared = IncidentIo(token="x").tables[0]
    context = {"schedule_id": "S1", "window_since": day(1), "window_until": day(2)}
    document = {"schedule_entries": {"final": [entry("ben", 3, 2)]}}

    assert list(declared.decode(document, context)) == [
        {"_rejected": "the shift ends before it starts"}
    ]


def test_a_long_window_is_asked_in_spans_without_a_gap(organisation: IncidentIoServer) -> None:
    window = Window(WINDOW.since - timedelta(days=90), WINDOW.until)

    read(organisation.connector(), window)

    queries = [parse_qs(urlsplit(url).query) for url in organisation.asked if "id=S1" in url]
    spans = [
        (it["entry_window_start"][0], it["entry_window_end"][0])
        for it in queries
        if "after" not in it
    ]
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert (spans[0][0], spans[-1][1]) == ("2025-12-01T00:00:00Z", "2026-03-17T00:00:00Z")


def test_a_schedule_is_called_at_its_place_in_the_path(organisation: IncidentIoServer) -> None:
    branch = {"then_path": [level("S3")], "else_path": [level("S4"), level("S5")]}
    organisation.escalation_paths = [
        {"id": "P1", "name": "Payments", "path": [level("S1", "S2"), {"if_else": branch}]},
        {"id": "P2", "name": "Nobody", "path": []},
    ]

    found = rows(organisation.connector(), "escalation_levels")

    assert [(it.get("schedule_id"), it.get("level"), it.get("_ignored")) for it in found] == [
        ("S1", 1, None),
        ("S2", 1, None),
        ("S3", 2, None),
        ("S4", 2, None),
        ("S5", 3, None),
        (None, None, "a path that calls no schedule"),
    ]
    assert "escalation_levels" not in {
        it.table for it in read(organisation.connector(levels=False))
    }


def test_incidents_name_services_people_and_their_end(organisation: IncidentIoServer) -> None:
    resolved = {
        "incident_timestamp": {"name": "Resolved at"},
        "value": {"value": "2026-03-02T10:00:00Z"},
    }
    values = [{"value_catalog_entry": {"name": "payments"}}, {"value_option": {"value": "search"}}]
    closed = {"incident_status": {"name": "Closed", "category": "closed"}}
    organisation.incidents = [
        incident(
            "I1",
            custom_field_entries=[{"custom_field": {"name": "Team service"}, "values": values}],
            incident_role_assignments=[
                {"role": {"name": "Lead"}, "assignee": {"id": "U1", "email": "ada@example.com"}},
                {"role": {"name": "Scribe"}, "assignee": None},
            ],
            incident_timestamp_values=[resolved],
            **closed,
        ),
        incident("I2", **closed),
        incident("I3"),
        incident("I4", mode="test"),
        incident("I5", created_at="2025-01-01T00:00:00Z"),
    ]

    found = rows(organisation.connector(service_field="Team service"), "incidents")

    lead = {"person": "ada@example.com", "role": "Lead", "joined_at": None}
    told = ("incident_id", "service_name", "severity", "status", "responders", "resolved_at")
    assert [tuple(row.get(it) for it in told) for row in found] == [
        ("I1", "payments", "Major", "Closed", [lead], day(2, 10)),
        ("I1/search", "search", "Major", "Closed", [lead], day(2, 10)),
        ("I2", None, "Major", "Closed", [], day(2, 12)),
        ("I3", None, "Major", "Investigating", [], None),
        (None, None, None, None, None, None),
    ]
    assert found[-1] == {"_ignored": "incident for practice (test)"}


@pytest.mark.parametrize(
    ("options", "problem"),
    [({}, "needs `token`"), ({"token": "x", "levels": "no"}, "either true or false")],
)
def test_wrong_settings_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        IncidentIo(**options)
