from __future__ import annotations

import hashlib
import hmac
import json
import logging
from collections.abc import Callable

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

from .conftest import SECRET, SLACK_PATH, change, configure, noted, send

SLACK = 'security: {type: slack, url: "${SLACK_URL}"}'
HOSTILE = (
    "<!channel> @here *bold* `code` ~no~ _it_ https://evil.example.com www.evil.example.com"
    " <https://evil.example.com|Report> \u202egpj & <script>alert(1)</script>"
)

Answer = Callable[[Request], Response]


@pytest.fixture(autouse=True)
def _slack_url(httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", httpserver.url_for(SLACK_PATH))


def answers(httpserver: HTTPServer, *answers: Response, path: str = SLACK_PATH) -> None:
    """Answer these in turn, and then that it is well."""
    left = list(answers)
    httpserver.expect_request(path, method="POST").respond_with_handler(
        lambda _request: left.pop(0) if left else Response("ok")
    )


def documents(httpserver: HTTPServer) -> list[dict[str, object]]:
    return [json.loads(request.data) for request, _ in httpserver.log]


def test_tells_slack_of_new_findings_alone(workspace: Workspace, httpserver: HTTPServer) -> None:
    answers(httpserver)
    configure(workspace, SLACK)

    assert send(workspace) == (1, [])

    (told,) = documents(httpserver)
    text = str(told["text"])
    assert text.startswith("*Example: 1 new finding*\n1 high")
    assert "*high* Ben used payments-db." in text
    assert "Ada used" not in text
    assert "silent" not in text
    assert "*Not audited:* bastion: 3 blind hours; " in text
    assert (told["unfurl_links"], told["unfurl_media"]) == (False, False)
    assert noted(workspace) == [
        ("security", "run-2", "delivered", None, ["f-new"]),
        ("security", "run-2", "settled", None, []),
    ]


def test_a_second_delivery_of_the_same_run_sends_nothing(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    answers(httpserver)
    configure(workspace, SLACK, 'siem: {type: slack, url: "${SLACK_URL}", send_empty: true}')

    assert [send(workspace)[0] for _ in range(3)] == [2, 0, 0]
    assert len(httpserver.log) == 2


def test_what_was_sent_before_a_crash_is_not_sent_again(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    answers(httpserver)
    configure(workspace, SLACK)
    send(workspace)
    lines = workspace.register.read_bytes().splitlines(keepends=True)
    workspace.register.write_bytes(b"".join(lines[:-1]))  # Killed before it was settled.

    assert send(workspace) == (0, [])
    assert len(httpserver.log) == 1


def test_hostile_names_are_only_text(workspace: Workspace, httpserver: HTTPServer) -> None:
    answers(httpserver)
    configure(workspace, SLACK)
    quoted = HOSTILE.replace("'", "''")
    change(
        workspace,
        f"update findings set summary = '{quoted}' where finding_id = 'f-new'",
        f"update engineers set name = '{quoted}'",
        f"update resources set owner_team = '{quoted}'",
    )

    send(workspace)

    (told,) = documents(httpserver)
    text = json.dumps(told, ensure_ascii=False)
    for wrong in (
        "<!",
        "@here",
        "`",
        "~",
        "_it_",
        "*bold*",
        "evil.example.com|",
        "://evil",
        "www.e",
    ):
        assert wrong not in text, wrong
    assert "\u202e" not in text
    assert "⟨U+202E⟩gpj &amp; &lt;script&gt;" in text
    assert all(it["text"]["verbatim"] for it in told["blocks"])  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("answer", "waited"),
    [
        (Response("", 429, {"Retry-After": "7"}), 7.5),
        (Response("", 500, {"Retry-After": "2"}), 2.5),
    ],
    ids=["429", "500"],
)
def test_tries_again_when_it_may_help(
    workspace: Workspace, httpserver: HTTPServer, answer: Response, waited: float
) -> None:
    answers(httpserver, answer)
    configure(workspace, SLACK)
    waits: list[float] = []

    assert send(workspace, waits.append) == (1, [])
    assert waits == [waited]
    assert len(httpserver.log) == 2


@pytest.mark.parametrize(
    ("answer", "tries", "reason"),
    [
        (Response("", 500), 4, "its address failed (500) (4 times)"),
        (Response("no_service", 404), 1, "its address answered 404"),
        (Response("", 403), 1, "its address does not let this token write there (403)"),
        (Response("", 302, {"Location": "/"}), 1, "its address redirects elsewhere (302)"),
        (Response("", 429, {"Retry-After": "90"}), 1, "asks for fewer requests (429)"),
    ],
    ids=["500", "404", "403", "302", "429"],
)
def test_a_failure_is_told_and_tried_again_by_the_next_delivery(
    workspace: Workspace, httpserver: HTTPServer, answer: Response, tries: int, reason: str
) -> None:
    answers(httpserver, *[answer] * tries)
    configure(workspace, SLACK)

    sent, (sentence,) = send(workspace)

    assert (sent, len(httpserver.log)) == (0, tries)
    assert sentence.startswith("Channel security was not told: ")
    assert reason in sentence
    assert send(workspace) == (1, [])
    assert [state for _, _, state, _, _ in noted(workspace)] == ["failed", "delivered", "settled"]


def test_a_channel_that_fails_does_not_stop_the_others(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    answers(httpserver, Response("", 404))
    answers(httpserver, path="/siem")
    configure(workspace, SLACK, f'siem: {{type: webhook, url: "{httpserver.url_for("/siem")}"}}')

    sent, told = send(workspace)

    assert (sent, len(told)) == (1, 1)


def test_a_server_that_repeats_the_address_does_not_give_it_away(
    workspace: Workspace,
    httpserver: HTTPServer,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    said = json.dumps({"error": f"no {SLACK_PATH}\u202e here"})
    answers(httpserver, *[Response(said, 500)] * 4)
    configure(workspace, SLACK)
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, "werkzeug")

    told = send(workspace)

    logs = "".join(it.getMessage() for it in caplog.records if it.name != "werkzeug")
    assert "canary" not in "".join([*told[1], logs, workspace.register.read_text()])
    assert "canary" not in capfd.readouterr().out
    assert "canary" not in repr(told)


def test_a_document_is_signed_and_says_the_same_at_each_try(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    answers(httpserver, Response("", 503), path="/siem")
    url = httpserver.url_for("/siem")
    configure(workspace, f'siem: {{type: webhook, url: "{url}", secret: "${{SIEM_SECRET}}"}}')

    send(workspace)

    (first, _), (second, _) = httpserver.log
    stamp = second.headers["X-Oncall-Audit-Timestamp"]
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + second.data, hashlib.sha256)
    assert second.headers["X-Oncall-Audit-Signature"] == f"sha256={digest.hexdigest()}"
    assert first.data == second.data
    document = json.loads(second.data)
    assert document["delivery_id"] == second.headers["X-Oncall-Audit-Delivery"]
    assert document["counts"] == {"high": 1}
    assert document["findings"] == [
        {
            "finding_id": "f-new",
            "rule_id": "off_shift_access",
            "severity": "high",
            "state": "open",
            "owner": "payments",
            "engineer_id": "e002",
            "account": "bcosta",
            "started_at": "2026-04-03T02:00:00+00:00",
            "ended_at": "2026-04-03T02:30:00+00:00",
            "resource": "payments-db",
            "summary": "Ben used payments-db.",
            "first_detected_run": "run-2",
            "reason": None,
        }
    ]
    assert SECRET not in workspace.register.read_text()


def test_the_run_after_a_failed_one_tells_of_both(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    answers(httpserver, Response("", 404))
    configure(workspace, SLACK)
    send(workspace)
    register.append(workspace.register, {"kind": "run", "run_id": "run-3", "published": True})
    change(
        workspace,
        "insert into audit_runs select * replace ('run-3' as run_id, timestamp '2026-04-05' as started_at) from audit_runs where run_id = 'run-2'",
        "insert into findings select * replace ('f-3' as finding_id, 'run-3' as first_detected_run) from findings where finding_id = 'f-new'",
    )

    send(workspace)

    assert noted(workspace)[1] == ("security", "run-3", "delivered", None, ["f-3", "f-new"])
