"""What may be decided about a finding, by whom, and what becomes of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oncall_audit.cli.findings import findings
from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.evidence.decisions import Decision
from oncall_audit.workspace import Workspace

TOMORROW = (datetime.now(UTC) + timedelta(days=1)).date()
ADA = ("--by", "ada.abel@EXAMPLE.com", "--reason", "Known since Monday.")


def _run(workspace: Workspace, *arguments: str) -> Result:
    return CliRunner().invoke(findings, [*arguments, "--workspace", str(workspace.root)])


def _states(workspace: Workspace) -> dict[str, str]:
    states = [
        word
        for it in ("open", "accepted", "remediated", "false-positive", "reopened")
        for word in ("--state", it)
    ]
    listed = json.loads(_run(workspace, "list", "--json", *states).output)
    return {row["finding_id"]: row["state"] for row in listed}


def _refusal(result: Result) -> str:
    assert isinstance(result.exception, ConfigurationError)
    return str(result.exception)


@pytest.mark.parametrize(
    ("verb", "state"),
    [
        (("remediate", "f-n"), "remediated"),
        (("false-positive", "f-n"), "false-positive"),
        (("accept", "f-n", "--until", str(TOMORROW)), "accepted"),
    ],
)
def test_a_decision_is_seen_at_once(
    workspace: Workspace, verb: tuple[str, ...], state: str
) -> None:
    result = _run(workspace, *verb, *ADA)

    assert result.output.startswith(f"f-new is {state}")
    assert _states(workspace) == {"f-new": state, "f-old": "open", "f-done": "accepted"}
    shown = json.loads(_run(workspace, "show", "f-new", "--json").output)
    assert [(it["state"], it["by"], it["reason"]) for it in shown["history"]] == [
        (state, "e001", "Known since Monday.")
    ]


def test_a_decision_is_chained_into_the_register(workspace: Workspace) -> None:
    _run(workspace, "accept", "f-new", *ADA, "--until", str(TOMORROW))
    _run(workspace, "reopen", "f-new", "--by", "E001", "--reason", "Not so.")

    first, second = register.read(workspace.register)
    assert (first["state"], second["state"]) == ("accepted", "reopened")
    assert (first["run_id"], first["finding_id"]) == ("run-2", "f-new")
    after = datetime.combine(TOMORROW + timedelta(days=1), datetime.min.time(), UTC)
    assert datetime.fromisoformat(first["expires_at"]) == after


def test_the_history_is_told_to_people(workspace: Workspace) -> None:
    _run(workspace, "remediate", "f-new", *ADA)
    _run(workspace, "reopen", "f-new", *ADA)

    output = _run(workspace, "show", "f-new").output

    assert "\nHistory\n" in output
    assert "remediated by e001: Known since Monday.\n" in output
    assert "reopened by e001: Known since Monday.\n" in output


@pytest.mark.parametrize(("by", "name"), [("e002", "Ben"), ("ben.costa@example.com", "Ben")])
def test_nobody_decides_about_himself(workspace: Workspace, by: str, name: str) -> None:
    result = _run(workspace, "remediate", "f-new", "--by", by, "--reason", "It is fine.")

    assert "it is about" in _refusal(result)
    assert name in _refusal(result)
    assert not workspace.register.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("remediate", "f-new", "--by", "nobody", "--reason", "x"), "nobody with the id or e-mail"),
        (("remediate", "f-new", "--by", "e001", "--reason", " "), "needs a reason"),
        (("accept", "f-new", *ADA, "--until", "2020-01-01"), "still to come"),
        (("reopen", "f-new", *ADA), "is open already"),
    ],
)
def test_says_what_is_wrong_and_writes_nothing(
    workspace: Workspace, arguments: tuple[str, ...], words: str
) -> None:
    assert words in _refusal(_run(workspace, *arguments))
    assert not workspace.register.exists()


@pytest.mark.parametrize("verb", ["accept", "remediate", "reopen", "false-positive"])
def test_a_reason_and_a_name_are_required(workspace: Workspace, verb: str) -> None:
    assert _run(workspace, verb, "f-new", "--by", "e001").exit_code == 2
    assert _run(workspace, verb, "f-new", "--reason", "x").exit_code == 2
    assert _run(workspace, "accept", "f-new", *ADA).exit_code == 2


def test_a_day_that_is_none_is_refused(workspace: Workspace) -> None:
    result = _run(workspace, "accept", "f-new", *ADA, "--until", "soon")

    assert result.exit_code == 2
    assert "'soon' is no day" in result.output


def test_what_is_found_no_more_keeps_its_history(workspace: Workspace) -> None:
    register.append(
        workspace.register, {"kind": "run", "run_id": "run-0", "new_findings": ["gone-1"]}
    )
    register.append(
        workspace.register,
        {
            "kind": "decision",
            "action_id": "a1",
            "finding_id": "gone-1",
            "engineer": "e001",
            "state": "remediated",
            "reason": "Revoked.",
            "decided_at": "2026-04-01T10:00:00+00:00",
            "expires_at": None,
        },
    )

    output = _run(workspace, "show", "gone").output

    assert "The last audit no longer finds gone-1." in output
    assert "2026-04-01 10:00 UTC  remediated by e001: Revoked." in output
    assert isinstance(_run(workspace, "reopen", "gone", *ADA).exception, AuditError)


NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("state", "expires_at", "ended_at", "now", "expected"),
    [
        ("accepted", LATER, None, NOON, "accepted"),
        ("accepted", NOON, None, NOON, "open"),
        ("remediated", None, NOON, LATER, "remediated"),
        ("remediated", None, LATER, LATER, "reopened"),
        ("false-positive", None, LATER, LATER, "false-positive"),
        ("reopened", None, LATER, LATER, "reopened"),
    ],
)
def test_what_was_decided_at_noon_stands_until_it_expires_or_is_contradicted(
    state: str, expires_at: Any, ended_at: Any, now: datetime, expected: str
) -> None:
    decision = Decision("a1", "f1", "e1", state, "x", NOON, expires_at)

    assert decision.standing(ended_at, now) == expected
