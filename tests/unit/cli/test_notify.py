from __future__ import annotations

import json

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oncall_audit.__main__ import main
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

URL = "/services/T000/B000/canary-slack-path"


@pytest.fixture
def workspace(
    workspace: Workspace, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    monkeypatch.chdir(workspace.root)
    monkeypatch.setenv("SLACK_URL", httpserver.url_for(URL))
    monkeypatch.setenv("SIEM_SECRET", "canary-secret")
    workspace.config.write_text(
        "organisation: Example\nnotify:\n  open_days: 1\n  channels:\n"
        '    security: {type: slack, url: "${SLACK_URL}", form: owners}\n'
        f'    siem: {{type: webhook, url: "{httpserver.url_for("/siem")}", secret: "${{SIEM_SECRET}}"}}\n'
        "    people: {type: email, form: reminders, host: localhost, sender: audit@example.com}\n"
    )
    return workspace


def test_a_dry_run_prints_everything_and_sends_nothing(
    workspace: Workspace, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["notify", "--dry-run"])

    told = capsys.readouterr().out
    assert status == 0
    assert "--- security (slack, to payments)\n*Example: 1 new finding of payments*\n" in told
    assert '"title": "Example: 1 new finding"' in told
    assert "To: ben.costa@example.com\nSubject: Example: 1 finding to look at\n" in told
    assert told.endswith("3 messages would be sent.\n")
    assert "canary" not in told
    assert httpserver.log == []
    assert not workspace.register.exists()


def test_a_dry_run_answers_programs_too(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["notify", "--dry-run", "--json"])

    told = json.loads(capsys.readouterr().out)
    assert [(it["channel"], it["type"], it["to"]) for it in told] == [
        ("security", "slack", "payments"),
        ("siem", "webhook", None),
        ("people", "email", "e002"),
    ]


def test_sends_once_and_tells_of_a_channel_that_failed(
    workspace: Workspace, httpserver: HTTPServer, capsys: pytest.CaptureFixture[str]
) -> None:
    text = workspace.config.read_text().splitlines(keepends=True)
    workspace.config.write_text("".join(text[:-1]))
    httpserver.expect_request("/siem").respond_with_data("ok")
    httpserver.expect_oneshot_request(URL).respond_with_response(Response("", 404))
    httpserver.expect_request(URL).respond_with_data("ok")

    first, told = main(["notify"]), capsys.readouterr()
    main(["doctor", "--json"])
    checks = json.loads(capsys.readouterr().out)
    second, again = main(["notify"]), capsys.readouterr()
    third, nothing = main(["notify"]), capsys.readouterr()

    assert (first, second, third) == (4, 0, 0)
    assert told.err.startswith("Channel security was not told: its address answered 404. ")
    assert (told.out, again.out, nothing.out) == (
        "Sent 1 message.\n",
        "Sent 1 message.\n",
        "Nothing is due.\n",
    )
    assert [it["text"] for it in checks if it["subject"].startswith("channel")] == [
        "was not told of run run-2: its address answered 404. Mend that, then: oncall-audit notify",
        "knows of run run-2",
    ]
    assert "canary" not in told.err + json.dumps(checks) + workspace.register.read_text()
    assert len(register.read(workspace.register)) == 5


def test_says_where_a_channel_is_added(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.config.write_text("organisation: Example\n")

    status = main(["notify"])

    assert status == 2
    assert "names no channel; add one under 'notify: channels:'." in capsys.readouterr().err
