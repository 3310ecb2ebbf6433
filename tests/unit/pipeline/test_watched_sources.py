"""Whatever tells of incidents is watched alike, and asked for them alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from servers import incident_io, opsgenie, pagerduty
from werkzeug import Response

from oncall_audit.errors import SourceError
from oncall_audit.pipeline import incidents, watching
from oncall_audit.pipeline.windows import incident_window
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(microsecond=0)


def at(hours: float) -> str:
    """Return the time so many hours ago, as the vendors write it."""
    return (NOW - hours * HOUR).isoformat()


def of_pagerduty(server: Any) -> None:
    def told(name: str, priority: str, status: str) -> dict[str, Any]:
        return {
            "id": name,
            "title": "Checkout is slow",
            "status": status,
            "priority": {"summary": priority},
            "created_at": at(3),
            "last_status_change_at": at(1),
            "resolved_at": at(1) if status == "resolved" else None,
        }

    server.incidents = [
        told("major", "P1", "resolved"),
        told("minor", "P3", "resolved"),
        told("open", "P1", "triggered"),
    ]


def of_alerts(server: Any) -> None:
    ended = {"status": "closed", "createdAt": at(3), "report": {"closeTime": 2 * 3600 * 1000}}
    server.alerts = [
        opsgenie.alert("major", **ended),
        opsgenie.alert("minor", priority="P3", **ended),
        opsgenie.alert("open", createdAt=at(3)),
    ]


def of_opsgenie(server: Any) -> None:
    def told(name: str, service: str, status: str) -> dict[str, Any]:
        times = {"createdAt": at(3), "updatedAt": at(1)}
        struck = ["v-1", "v-3"] if service == "v-1" else [service]
        said = {"message": "No payments", "priority": "P3", "impactedServices": struck}
        return {"id": name, "status": status, **said, **times}

    named = {"v-1": "Payments", "v-2": "Search", "v-3": "Payments"}
    server.services = [{"id": it, "name": name} for it, name in named.items()]
    server.incidents = [
        told("major", "v-1", "resolved"),
        told("minor", "v-2", "resolved"),
        told("open", "v-1", "open"),
    ]


def of_incident_io(server: Any) -> None:
    over = {"id": "T2", "name": "Closed", "category": "closed"}
    resolved = {"incident_timestamp": {"name": "Resolved at"}, "value": {"value": at(1)}}
    ended = {"incident_status": over, "incident_timestamp_values": [resolved]}
    begun = {"created_at": at(3), "updated_at": at(0)}
    critical = {"severity": {"name": "Critical"}}
    server.incidents = [
        incident_io.incident("major", **begun, **ended, **critical),
        incident_io.incident("minor", **begun, **ended),
        incident_io.incident("open", **begun, **critical),
        incident_io.incident("practice", mode="test", **begun, **ended, **critical),
    ]


@dataclass(frozen=True)
class Watched:
    """A source of incidents: its vendor, its options and what may be asked of it."""

    vendor: Any
    fill: Callable[[Any], None]
    options: str
    asked: set[str]


SOURCES = {
    "pagerduty": Watched(pagerduty, of_pagerduty, "type: pagerduty", {"/incidents"}),
    "alerts": Watched(opsgenie, of_alerts, "type: opsgenie", {"/v2/alerts"}),
    "opsgenie": Watched(
        opsgenie, of_opsgenie, "type: opsgenie, incidents: incidents",
        {"/v1/incidents", "/v1/services"},
    ),
    "jira": Watched(
        opsgenie, of_alerts,
        f"type: opsgenie, cloud_id: {opsgenie.CLOUD}, user: audit@example.com",
        {f"/jsm/ops/api/{opsgenie.CLOUD}/v1/alerts"},
    ),
    "incident_io": Watched(incident_io, of_incident_io, "type: incident_io", {"/v2/incidents"}),
}  # fmt: skip


@pytest.fixture(params=SOURCES)
def watched(request: pytest.FixtureRequest) -> Watched:
    """Each kind of source that tells of incidents."""
    return SOURCES[request.param]


@pytest.fixture
def server(httpserver: HTTPServer, watched: Watched) -> Any:
    """Its vendor: a major and a minor incident that ended an hour ago, and one that is open."""
    served = watched.vendor.serve(httpserver)
    watched.fill(served)
    return served


@pytest.fixture
def workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Any, watched: Watched
) -> Workspace:
    """A workspace that reads it, and has looked for the first time a day ago."""
    monkeypatch.setenv("DESK_TOKEN", watched.vendor.TOKEN)
    made = Workspace(tmp_path)
    source = f'{{{watched.options}, url: "{server.url}", token: "${{DESK_TOKEN}}"}}'
    made.config.write_text(f"organisation: Example\nsources:\n  desk: {source}\n")
    made.policy.write_text(
        "services: {Payments: {}}\nincidents: {major_services: [Payments],"
        " major_severities: [P1, Critical]}\n"
        if "incidents: incidents" in watched.options
        else "services: {payments: {}}\nincidents: {major_severities: [P1, Critical]}\n"
    )
    watching.look(made, NOW - 24 * HOUR)
    server.asked.clear()
    return made


def test_a_major_incident_that_ended_is_due_and_nothing_else_is_asked_for(
    workspace: Workspace, server: Any, watched: Watched
) -> None:
    due = watching.look(workspace, NOW)

    assert [(it.incident_id, it.why, it.ended_at) for it in due] == [
        ("major", "resolved", NOW - HOUR)
    ]
    assert {url.partition("?")[0] for url in server.asked} == watched.asked


def test_an_incident_that_no_audit_has_read_has_its_window_from_its_source(
    workspace: Workspace,
) -> None:
    found = incident_window(workspace.root, "minor", None, None)

    assert (found.since, found.until) == (NOW - 4 * HOUR, NOW)


def test_a_source_that_cannot_be_asked_is_not_one_without_incidents(
    workspace: Workspace, server: Any
) -> None:
    server.trouble = lambda _number, _request: Response(status=401)

    with pytest.raises(SourceError, match="does not accept the token"):
        watching.look(workspace, NOW)


@pytest.mark.parametrize(("counted", "is_watched"), [("alerts", True), ("none", False)])
def test_an_account_of_opsgenie_is_watched_unless_nothing_of_it_is_an_incident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: str, is_watched: bool
) -> None:
    monkeypatch.setenv("DESK_TOKEN", opsgenie.TOKEN)
    made = Workspace(tmp_path)
    source = f'{{type: opsgenie, incidents: {counted}, token: "${{DESK_TOKEN}}"}}'
    made.config.write_text(f"organisation: Example\nsources:\n  desk: {source}\n")

    assert incidents.has_source(made, load(made)) is is_watched
