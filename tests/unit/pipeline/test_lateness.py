"""Somebody is told that audits are late: once, and whoever was not told is told later."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mail_server import PASSWORD, mail_server
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.evidence import register
from oncall_audit.pipeline import lateness
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace


def ago(hours: int) -> datetime:
    # Of the moment, not of when the tests were collected: a whole suite may take an hour.
    return datetime.now(UTC) - timedelta(hours=hours)


@pytest.fixture
def answers() -> list[int]:
    """What the channel answers, in order; 200 afterwards."""
    return []


@pytest.fixture
def told(answers: list[int]) -> list[Any]:
    return []


@pytest.fixture
def workspace(tmp_path: Path, answers: list[int], told: list[Any]) -> Iterator[Workspace]:
    def answer(request: Request) -> Response:
        told.append(json.loads(request.data))
        return Response(status=answers.pop(0) if answers else 200)

    with HTTPServer(host="127.0.0.1") as http:
        http.expect_request("/alarms").respond_with_handler(answer)
        (tmp_path / "oncall-audit.yml").write_text(
            "organisation: Example\nlate_after_hours: 26\nnotify: {channels: {siem:"
            f" {{type: webhook, url: '{http.url_for('/alarms')}'}}}}}}\n"
        )
        yield Workspace(tmp_path)


def published(workspace: Workspace, ended: datetime, **said: Any) -> None:
    record = {"kind": "run", "published": True, "ended_at": ended.isoformat(), **said}
    register.append(workspace.register, record)


def alarm(workspace: Workspace, since: datetime | None = None) -> list[str]:
    return lateness.alarm(workspace, load(workspace), since or ago(0), lambda _seconds: None)


def test_nobody_is_told_while_the_last_audit_is_recent(
    workspace: Workspace, told: list[Any]
) -> None:
    published(workspace, ago(25))

    assert (alarm(workspace), told) == ([], [])


@pytest.mark.parametrize("later", [{"published": False}, {"incident": "INC-1"}])
def test_an_audit_that_failed_and_one_of_an_incident_do_not_count(
    workspace: Workspace, told: list[Any], later: dict[str, Any]
) -> None:
    ended = ago(27)
    published(workspace, ended)
    published(workspace, ago(0), **later)

    (sentence,) = alarm(workspace)

    at = f"{ended:%Y-%m-%d %H:%M}"
    assert sentence.startswith(f"The last good audit ended {at} UTC, 27 hours ago.")
    assert [(it["kind"], it["sentence"]) for it in told] == [("alarm", sentence)]


def test_everybody_is_told_once_until_an_audit_succeeds_and_the_next_do_not(
    workspace: Workspace, told: list[Any]
) -> None:
    published(workspace, ago(60))
    first = [alarm(workspace), alarm(workspace)]
    published(workspace, ago(30))
    second = [alarm(workspace), alarm(workspace)]

    assert [len(it) for it in (*first, *second)] == [1, 0, 1, 0]
    assert len(told) == 2


def test_a_channel_that_refuses_is_told_by_the_next_look(
    workspace: Workspace, told: list[Any], answers: list[int]
) -> None:
    published(workspace, ago(27))
    answers.append(403)

    said = [alarm(workspace) for _ in range(3)]

    assert [len(it) for it in said] == [2, 0, 0]
    assert said[0][1].startswith("Channel siem was not told: ")
    assert len({it["delivery_id"] for it in told}) == 1
    assert len(told) == 2


def test_a_workspace_without_any_audit_is_late_from_when_it_was_scheduled(
    workspace: Workspace,
) -> None:
    assert alarm(workspace, ago(25)) == []
    (sentence,) = alarm(workspace, ago(27))
    assert sentence == (
        "No audit was ever published here, 27 hours after the first was scheduled."
        " 'oncall-audit doctor' says what is wrong."
    )


def test_slack_and_mail_say_it_in_their_own_way(
    workspace: Workspace, told: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    (url,) = re.findall(r"http:\S+alarms", workspace.config.read_text())
    monkeypatch.setenv("CHAT_URL", url)
    with mail_server(tmp_path) as mail:
        workspace.config.write_text(
            "organisation: R&D <script>\nnotify:\n  channels:\n"
            "    chat: {type: slack, url: '${CHAT_URL}'}\n"
            f"    leads: {{type: email, host: 127.0.0.1, port: {mail.port},"
            f" ca_file: {mail.certificate}, user: audit, password: '${{MAIL_PASSWORD}}',"
            " sender: audit@example.com, recipients: [lead@example.com]}\n"
        )
        published(workspace, ago(27))

        (sentence,) = alarm(workspace)

    assert told == [
        {"text": f"R&amp;D &lt;script&gt;: audits are late\n\n{sentence}"},
    ]
    (got,) = mail.received
    assert (got["Subject"], got["To"]) == ("R&D <script>: audits are late", "lead@example.com")
    assert got.get_content().strip() == sentence
