"""What is due on a channel: new and reopened findings that it wants, each once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from oncall_audit.evidence import decisions, register
from oncall_audit.notifications import delivery
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace

from .conftest import change, configure, noted, publish, send

ADA = {"engineer_id": "e001", "name": "Ada Abel", "ids": ["e001"]}
SIEM = 'siem: {type: webhook, url: "https://siem.example.com", '


def due(workspace: Workspace) -> list[tuple[str | None, list[str]]]:
    """Return to whom what is due on the one channel there is."""
    (messages,) = delivery.pending(workspace, load(workspace)).messages.values()
    return [(message.to, message.finding_ids) for message in messages]


def all_new(workspace: Workspace) -> None:
    change(workspace, "update findings set first_detected_run = 'run-2', state = 'open'")


def decide(workspace: Workspace, finding_id: str, state: str, **rest: object) -> None:
    finding = {"finding_id": finding_id, "state": rest.pop("before", "open"), "people": ["e002"]}
    decisions.decide(
        workspace.register,
        finding,
        ADA,
        state,
        reason="It was planned.",
        now=datetime.now(UTC),
        **rest,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("form: digest}", ["f-done", "f-new", "f-old"]),
        ("severity: critical}", ["f-done"]),
        ("severity: high}", ["f-done", "f-new"]),
        ("rules: [log_gap]}", ["f-old"]),
        ("owners: [payments]}", ["f-done", "f-new"]),
        ("owners: [security]}", ["f-old"]),
    ],
)
def test_a_channel_hears_of_what_it_wants(
    workspace: Workspace, options: str, found: list[str]
) -> None:
    all_new(workspace)
    configure(workspace, SIEM + options)

    assert due(workspace) == [(None, found)]


def test_a_finding_belongs_to_the_resources_team_then_to_its_services_then_to_the_persons(
    workspace: Workspace,
) -> None:
    all_new(workspace)
    configure(workspace, SIEM + "form: owners}", more="  default_owner: nobody\n")
    change(
        workspace,
        "update findings set resource_id = 'edge-dns' where finding_id = 'f-done'",
        "update findings set resource_id = null, service = null where finding_id = 'f-new'",
        "insert into findings select * replace ('f-service' as finding_id, 'payments' as service)"
        " from findings where finding_id = 'f-new'",
    )

    assert due(workspace) == [
        ("platform", ["f-done", "f-new"]),
        ("payments", ["f-service"]),
        ("nobody", ["f-old"]),
    ]


def test_what_was_decided_since_is_not_told(workspace: Workspace) -> None:
    configure(workspace, SIEM + "form: digest}")
    decide(workspace, "f-new", "false-positive")

    assert due(workspace) == []


def test_a_reopened_finding_is_told_once_each_time(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/siem").respond_with_data("ok")
    configure(workspace, f'siem: {{type: webhook, url: "{httpserver.url_for("/siem")}"}}')
    send(workspace)
    for run_id in ("run-3", "run-4", "run-5"):
        if run_id != "run-4":
            decide(workspace, "f-new", "remediated", before="reopened")
            decide(workspace, "f-new", "reopened", before="remediated")
        publish(workspace, run_id)
        change(
            workspace,
            f"insert into audit_runs select * replace ('{run_id}' as run_id, started_at"
            " + interval 1 day as started_at) from audit_runs order by started_at desc limit 1",
        )
        send(workspace)

    assert [(it[1], it[4]) for it in noted(workspace) if it[2] == "delivered"] == [
        ("run-2", ["f-new"]),
        ("run-3", ["f-new"]),
        ("run-5", ["f-new"]),
    ]


def test_a_new_channel_is_not_told_the_past(workspace: Workspace) -> None:
    configure(workspace, SIEM + "form: digest}")

    assert due(workspace) == [(None, ["f-new"])]


def test_an_owner_who_was_told_is_not_told_again_for_anothers_sake(
    workspace: Workspace, httpserver: HTTPServer
) -> None:
    all_new(workspace)
    httpserver.expect_oneshot_request("/siem").respond_with_data("ok")
    httpserver.expect_oneshot_request("/siem").respond_with_response(Response("", 404))
    httpserver.expect_request("/siem").respond_with_data("ok")
    url = httpserver.url_for("/siem")
    configure(workspace, f'siem: {{type: webhook, url: "{url}", form: owners}}')

    results = [send(workspace)[0] for _ in range(3)]

    assert results == [1, 1, 0]
    assert [(it[2], it[3]) for it in noted(workspace)] == [
        ("delivered", "payments"),
        ("failed", "security"),
        ("delivered", "security"),
        ("settled", None),
    ]


def test_the_end_of_an_acceptance_is_reminded_of_to_both(workspace: Workspace) -> None:
    configure(workspace, SIEM + "form: reminders}", more="  open_days: 3650\n")
    decide(workspace, "f-new", "accepted", until=datetime.now(UTC) + timedelta(days=6))

    assert due(workspace) == [("e001", ["f-new"]), ("e002", ["f-new"])]


def test_who_has_left_is_not_reminded(workspace: Workspace) -> None:
    configure(workspace, SIEM + "form: reminders}", more="  open_days: 1\n")
    change(workspace, "update engineers set ended_at = '2026-04-01' where engineer_id = 'e002'")

    assert due(workspace) == []


def test_nobody_is_reminded_of_the_same_before_a_week_has_passed(workspace: Workspace) -> None:
    configure(workspace, SIEM + "form: reminders}", more="  open_days: 1\n")
    note = {
        "kind": "notification",
        "state": "delivered",
        "channel": "siem",
        "run_id": "run-1",
        "form": "reminders",
    }
    told = {**note, "to": "e002", "finding_ids": ["f-new"], "reason": None}
    at = [datetime.now(UTC) - timedelta(days=days) for days in (8, 6)]

    register.append(workspace.register, {**told, "at": at[0].isoformat()})
    before = due(workspace)
    register.append(workspace.register, {**told, "at": at[1].isoformat()})

    assert (before, due(workspace)) == ([("e002", ["f-new"])], [])


def test_a_reminder_is_no_news_of_a_finding(workspace: Workspace) -> None:
    configure(workspace, SIEM + "form: digest}")
    note = {"kind": "notification", "state": "delivered", "channel": "siem", "run_id": "run-2"}
    register.append(
        workspace.register,
        {**note, "form": "reminders", "to": "e002", "finding_ids": ["f-new"], "at": "2026-04-02"},
    )

    assert due(workspace) == [(None, ["f-new"])]
