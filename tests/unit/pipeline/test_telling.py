from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oncall_audit.connectors.base import Window
from oncall_audit.pipeline.run import Run
from oncall_audit.pipeline.runner import perform
from oncall_audit.workspace import Workspace

URL = "/services/T000/B000/canary-slack-path"
WINDOW = Window(datetime(2026, 4, 2, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC))


@pytest.fixture
def workspace(
    workspace: Workspace, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    monkeypatch.setenv("SLACK_URL", httpserver.url_for(URL))
    workspace.policy.write_text("services: {}\n")
    workspace.config.write_text(
        "organisation: Example\nnotify:\n  channels:\n"
        '    security: {type: slack, url: "${SLACK_URL}"}\n'
    )
    return workspace


def audited(workspace: Workspace, run_id: str = "run-2", incident: str | None = None) -> list[str]:
    """Perform a run whose stages have done their part already, and return what it says."""
    run = Run(workspace, run_id, WINDOW, WINDOW.until, incident=incident)
    published: dict[str, Any] = {
        "state": "complete",
        "code_version": "0.1.0",
        "findings": {"high": 1},
        "blind_hours": {},
        "new_findings": ["f-new"],
        "silent_rules": [],
        "messages": [],
        "publication": str(workspace.publication.resolve()),
    }
    passed: list[Any] = []

    def call(name: str, run: Run, _done: object) -> dict[str, Any]:
        passed.append(run.plain())
        return published if name == "publish" else {}

    outcome = perform(run, call)
    assert "canary" not in str(passed)
    return outcome.messages


def test_an_audit_tells_people_once_it_is_published(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(URL).respond_with_data("ok")

    assert audited(workspace) == []
    assert len(httpserver.log) == 1


def test_a_channel_that_fails_does_not_fail_the_audit(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(URL).respond_with_response(Response("", 404))

    messages = audited(workspace)

    assert messages == [
        (
            "Channel security was not told: its address answered 404."
            " The next run tries again, and so does 'oncall-audit notify'."
        )
    ]


def test_a_publication_that_cannot_be_read_does_not_fail_the_audit(workspace: Workspace) -> None:
    workspace.published.write_bytes(b"broken")

    (message,) = audited(workspace)

    assert message.startswith("Nobody was notified: ")
    assert "cannot be read" in message


def test_the_report_of_an_incident_tells_nobody(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    assert audited(workspace, "run-3", incident="INC-1") == []
    assert httpserver.log == []
