"""Grafana OnCall by its API, against a local server that behaves like it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import grafana_oncall as vendor
from servers.grafana_oncall import GRAFANA, GrafanaServer, group, shift

from oncall_audit.connectors.base import Connector, Page, SnapshotTable, Window
from oncall_audit.connectors.grafana_oncall import GrafanaOnCall
from oncall_audit.errors import ConfigurationError, SourceError

WINDOW = Window(datetime(2026, 3, 2, 2, 30, tzinfo=UTC), datetime(2026, 3, 3, 2, 30, tzinfo=UTC))


@pytest.fixture
def grafana(httpserver: HTTPServer, waits: list[float]) -> GrafanaServer:
    """Two schedules, one of them without anybody, and two people."""
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


def day(number: int, hour: int = 0, month: int = 3) -> datetime:
    """Return an hour of a day of 2026."""
    return datetime(2026, month, number, hour, tzinfo=UTC)


def test_reads_each_part_in_order_and_as_of_one_time(grafana: GrafanaServer) -> None:
    pages = read(grafana.connector())

    assert [(page.table, page.name) for page in pages] == [
        ("users", "users-0000"),
        ("escalation_steps", "escalation-steps-0000"),
        ("alert_groups", "alert-groups-0000"),
        ("integrations", "integrations-0000"),
        ("swaps", "swaps-0000"),
        ("shifts", "shifts-SPRI-20260301"),
        ("shifts", "shifts-SSEC-20260301"),
    ]
    assert len({page.observed_at for page in pages}) == 1


def test_shifts_are_asked_for_in_whole_days_and_nobody_is_an_answer(
    grafana: GrafanaServer,
) -> None:
    found = rows(grafana.connector(), "shifts")

    window = {"window_since": day(1), "window_until": day(18)}
    assert found == [
        {
            "schedule_id": "SPRI",
            "schedule_name": "Payments primary",
            "user_id": "UADA",
            "email": "ada@example.com",
            "username": "ada",
            "started_at": day(2, 8),
            "ended_at": day(3, 8),
            **window,
        },
        {
            "schedule_id": "SSEC",
            "schedule_name": "Payments secondary",
            "user_id": None,
            **window,
        },
    ]


def test_a_shift_over_the_border_of_two_spans_has_no_gap(grafana: GrafanaServer) -> None:
    grafana.shifts["SPRI"] = [shift("UADA", "ada", "2025-12-01T00:00:00Z", "2026-03-10T08:00:00Z")]
    window = Window(day(2, month=1), WINDOW.until)

    found = [it for it in rows(grafana.connector(), "shifts", window) if it["user_id"]]

    spans = [(it["started_at"], it["ended_at"]) for it in found]
    assert [start for start, _ in spans[1:]] == [end for _, end in spans[:-1]]
    assert (spans[0][0], spans[-1][1]) == (day(1, month=1), day(10, 8))
    queries = [parse_qs(urlsplit(url).query) for url in grafana.asked if "SPRI" in url]
    assert queries[-1]["end_date"] == ["2026-03-17"]


def test_an_answer_without_all_shifts_is_an_error(grafana: GrafanaServer) -> None:
    grafana.shifts["SPRI"] *= 3
    grafana.most_shifts = 2

    with pytest.raises(SourceError, match="2 of 3 shifts"):
        read(grafana.connector())


def test_only_swaps_that_were_taken_are_swaps(grafana: GrafanaServer) -> None:
    swap = {
        "id": "X1",
        "schedule": "SPRI",
        "beneficiary": "UADA",
        "benefactor": "UBEN",
        "swap_start": "2026-03-02T08:00:00Z",
        "swap_end": "2026-03-02T12:00:00Z",
        "status": "taken",
    }
    grafana.shift_swaps = [swap, swap | {"id": "X2", "benefactor": None, "status": "open"}]

    assert rows(grafana.connector(), "swaps") == [
        {
            "swap_id": "X1",
            "schedule_id": "SPRI",
            "beneficiary": "UADA",
            "benefactor": "UBEN",
            "started_at": day(2, 8),
            "ended_at": day(2, 12),
        },
        {"_ignored": "a swap that nobody has taken"},
    ]


def test_alert_groups_are_read_until_they_began_a_month_before(grafana: GrafanaServer) -> None:
    recent = [group(f"R{n:03}", f"2026-03-02T09:{n % 60:02}:00Z") for n in range(60)]
    grafana.alert_groups = [*recent, *(group(f"O{n}", "2025-06-01T09:00:00Z") for n in range(200))]

    found = rows(grafana.connector(), "alert_groups")

    assert {it["alert_group_id"] for it in found} >= {it["id"] for it in recent}
    assert len([url for url in grafana.asked if "alert_groups" in url]) == 4


def test_alert_groups_tell_who_acknowledged_and_resolved_them(grafana: GrafanaServer) -> None:
    told = {
        "state": "resolved",
        "acknowledged_at": "2026-03-02T09:05:00.5Z",
        "acknowledged_by": "UADA",
        "resolved_at": "2026-03-02T10:00:00Z",
        "resolved_by": None,
    }
    grafana.alert_groups = [group("I1", "2026-03-02T09:00:00Z", **told)]

    assert rows(grafana.connector(), "alert_groups") == [
        {
            "alert_group_id": "I1",
            "integration_id": "CPAY",
            "title": "Checkout is slow",
            "state": "resolved",
            "created_at": day(2, 9),
            "acknowledged_at": datetime(2026, 3, 2, 9, 5, 0, 500_000, tzinfo=UTC),
            "acknowledged_by": "UADA",
            "resolved_at": day(2, 10),
            "resolved_by": None,
        }
    ]
    assert "alert_groups" not in {it.table for it in read(grafana.connector(alert_groups=False))}


def test_steps_of_escalations_name_the_schedule_that_they_call(grafana: GrafanaServer) -> None:
    called = {"type": "notify_on_call_from_schedule", "notify_on_call_from_schedule": "SPRI"}
    grafana.escalation_policies = [
        {"id": "E1", "escalation_chain_id": "F1", "position": 0, **called},
        {"id": "E2", "escalation_chain_id": "F1", "position": 1, "type": "wait", "duration": 60},
    ]

    assert [tuple(it.values()) for it in rows(grafana.connector(), "escalation_steps")] == [
        ("F1", 0, "notify_on_call_from_schedule", "SPRI"),
        ("F1", 1, "wait", None),
    ]


def test_the_token_of_a_service_account_goes_with_the_address_of_grafana(
    grafana: GrafanaServer,
) -> None:
    assert grafana.found(read(grafana.connector(grafana_url=GRAFANA))) == ["UADA", "UBEN"]


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({}, "needs `url`"),
        ({"url": "https://oncall.example.com"}, "and `token`"),
        (
            {"url": "https://oncall.example.com", "token": "x", "alert_groups": "no"},
            "true or false",
        ),
    ],
)
def test_wrong_settings_are_refused(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError, match=problem):
        GrafanaOnCall(**options)
