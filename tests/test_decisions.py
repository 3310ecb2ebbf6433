"""Decisions outlive runs and rebuilds, and what contradicts them brings findings back."""

from __future__ import annotations

import json
from datetime import UTC, timedelta
from typing import Any

import pytest
from audits import Audited, rows

from oncall_audit.__main__ import main
from oncall_audit.evidence import register
from oncall_audit.pipeline.start import audit

pytestmark = pytest.mark.slow


def test_states_survive_a_rebuild_and_lapse_where_they_should(
    copied: Audited, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace, until = copied.workspace, copied.answers.until
    found = rows(
        workspace,
        "select finding_id, ended_at from findings where rule_id = 'off_shift_access' order by all limit 4",
    )
    reviewer = rows(
        workspace,
        "select engineer_id from engineers where engineer_id not in"
        " (select engineer_id from findings where engineer_id is not null) and ended_at is null"
        " order by engineer_id limit 1",
    )[0][0]
    root = ["--workspace", str(workspace.root)]
    expected = {}
    for (finding, ended_at), (state, decided_at, expires_at, standing) in zip(
        found[:3],
        [
            ("accepted", until, until, "open"),
            ("remediated", None, None, "reopened"),
            ("false-positive", until, None, "false-positive"),
        ],
        strict=True,
    ):
        at = decided_at or ended_at.replace(tzinfo=UTC) - timedelta(microseconds=1)
        decide(copied, finding, reviewer, state, at, expires_at)
        expected[finding] = standing
    by = ["--by", reviewer, "--reason", "Seen and settled."]
    accepted = found[3][0]
    assert main(["findings", "accept", accepted, *by, "--until", "2999-12-31", *root]) == 0
    expected[accepted] = "accepted"

    listed = states(capsys, root, expected)
    audit(workspace.root, since=copied.answers.since, until=until, full_refresh=True)

    assert listed == expected
    published = dict(rows(workspace, "select finding_id, state from findings"))
    assert {finding: published[finding] for finding in expected} == expected
    assert states(capsys, root, expected) == expected
    assert rows(
        workspace,
        f"select engineer, action, reason from audit_actions where finding_id = '{accepted}'",
    ) == [(reviewer, "accepted", "Seen and settled.")]


def decide(
    copied: Audited, finding: str, engineer: str, state: str, at: Any, expires_at: Any
) -> None:
    register.append(
        copied.workspace.register,
        {
            "kind": "decision",
            "action_id": f"action-{state}",
            "finding_id": finding,
            "engineer": engineer,
            "state": state,
            "reason": "Because.",
            "decided_at": at.isoformat(),
            "expires_at": expires_at.isoformat() if expires_at else None,
        },
    )


def states(
    capsys: pytest.CaptureFixture[str], root: list[str], wanted: dict[str, str]
) -> dict[str, str]:
    capsys.readouterr()
    every = ("open", "accepted", "remediated", "false-positive", "reopened")
    main(["findings", "list", "--json", *root, *(word for it in every for word in ("--state", it))])
    listed = json.loads(capsys.readouterr().out)
    return {row["finding_id"]: row["state"] for row in listed if row["finding_id"] in wanted}
