from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from postgres_server import PASSWORD, Postgres
from situation import Situation, right, snapshots

from oncall_audit.__main__ import main
from oncall_audit.cli.access import access
from oncall_audit.control import records
from oncall_audit.workspace import Workspace

HOUR = timedelta(hours=1)
CONFIGURATION = "organisation: Example\n"
LIVE = (
    CONFIGURATION
    + """control:
  db: {{type: postgresql, host: "{postgres.socket}", user: "{postgres.user}",
       password: "${{CONTROL_DB_PASSWORD}}", sslmode: disable, resource: payments}}
"""
)


@pytest.fixture
def situation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Situation:
    """By now, Ada's shift has begun and Ben's has ended."""
    root = tmp_path / "workspace"
    root.mkdir()
    monkeypatch.chdir(root)
    now = datetime.now(UTC).replace(microsecond=0)
    made = Situation(Workspace(root))
    made.workspace.config.write_text(CONFIGURATION)
    made.wants("e1", now - HOUR, now + 8 * HOUR)
    made.wants("e2", now - 9 * HOUR, now - HOUR, cause_id="h2")
    made.holds("e2", right("ben"), since=now - 9 * HOUR)
    made.publish(now, made.policy())
    return made


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(access, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def planned() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run("plan", "--json"))
    return document


def test_a_plan_is_written_and_shown(situation: Situation) -> None:
    document = planned()

    assert [(it["action"], it["account"]) for it in document["changes"]] == [
        ("grant", "ada"),
        ("revoke", "ben"),
    ]
    assert Path(document["path"]).parent == situation.workspace.plans
    shown = json.loads(run("show", document["path"], "--json"))
    assert shown["sha256"] == document["sha256"]
    assert [it["step"] for it in shown["changes"]] == [None, None]
    assert "2 changes, 0 held back: 2 people, 1 resource." in run("show", document["path"])


def test_what_was_read_too_long_ago_is_told_with_a_remedy(situation: Situation) -> None:
    now = datetime.now(UTC)
    situation.snapshots = snapshots(now, postgresql=now - timedelta(days=2))
    situation.publish(now, situation.policy())

    assert "too old to change anything by: 'oncall-audit run' reads it again." in run("plan")


def test_an_approval_is_recorded_and_names_its_approver(situation: Situation) -> None:
    path = planned()["path"]

    assert run("approve", path, "--by", "nia@example.com").startswith("e9 approved 2 changes.")

    assert [(it["step"], it["by"]) for it in records.read(situation.workspace)] == [
        ("planned", "oncall-audit"),
        ("planned", "oncall-audit"),
        ("approved", "e9"),
    ]


def test_without_an_approval_applying_only_shows_the_plan(situation: Situation) -> None:
    path = planned()["path"]

    assert "Nobody has approved this plan, so nothing was changed." in run("apply", path)

    assert records.read(situation.workspace) == []


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["approve", "{plan}", "--by", "ada@example.com"], 2, "cannot approve this plan"),
        (["approve", "{plan}", "--by", "mallory"], 2, "directory does not know 'mallory'"),
        (["approve", "none.yml", "--by", "e9"], 2, "There is no plan none.yml"),
        (["apply", "{plan}", "--by", "e9"], 2, "changes postgresql. Name a target"),
        (["shifts"], 2, "lets nothing happen by itself"),
        (["providers", "none"], 2, "There is no provider of type none"),
        (["plan", "--at", "yesterday"], 2, "'yesterday' is no time"),
        (["map", "--live"], 2, "No system can be asked: name one under `control:`"),
    ],
)
def test_mistakes_are_told_without_a_traceback(
    situation: Situation,
    arguments: list[str],
    status: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = planned()["path"]

    assert main(["access", *(it.format(plan=path) for it in arguments)]) == status

    told = capsys.readouterr().err
    assert words in told
    assert "Traceback" not in told


def test_nothing_is_planned_by_an_audit_that_failed_since(
    situation: Situation, capsys: pytest.CaptureFixture[str]
) -> None:
    status = {"stale_since": "2026-03-02T02:00:00+00:00", "reason": "a check failed."}
    (situation.workspace.data / "status.json").write_text(json.dumps(status))

    assert main(["access", "plan"]) == 3
    assert "Nothing is planned or changed by an old audit. Stale since" in capsys.readouterr().err


def test_nothing_is_planned_by_a_policy_that_was_changed_since(
    situation: Situation, capsys: pytest.CaptureFixture[str]
) -> None:
    situation.policy(max_changes=7)

    assert main(["access", "plan"]) == 2
    assert "The policy was changed since the last audit" in capsys.readouterr().err


def test_the_live_map_shows_who_holds_what_at_this_moment(
    situation: Situation, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.make(logins=("ada", "cleo", "mallory"), groups=("oncall_admin",))
    postgres.run("grant oncall_admin to cleo, mallory")
    monkeypatch.setenv("CONTROL_DB_PASSWORD", PASSWORD)
    situation.workspace.config.write_text(LIVE.format(postgres=postgres))
    situation.map = [
        ("e1", "payments-db", "oncall_admin", False, True),
        ("e2", "payments-db", "oncall_admin", True, False),
        ("e3", "search-db", "read", True, True),
    ]
    situation.publish(datetime.now(UTC), situation.policy())

    rows = json.loads(run("map", "--live", "--json"))

    known = ("name", "resource_id", "permission", "can_access", "should_access", "holds_now")
    assert [[row[it] for it in known] for row in rows] == [
        ["Ada Abel", "payments-db", "oncall_admin", False, True, False],
        ["Ben Baker", "payments-db", "oncall_admin", True, False, False],
        ["Cleo Costa", "search-db", "read", True, True, None],
        ["Cleo Costa", "payments-db", "oncall_admin", False, False, True],
    ]
    differing = json.loads(run("map", "--live", "--differing", "--json"))
    assert [row["name"] for row in differing] == ["Ada Abel", "Cleo Costa"]
    assert "holds now" in run("map", "--live")


def test_what_cannot_be_granted_is_told(situation: Situation) -> None:
    situation.accounts = {"e1": [("okta", "ada")]}
    situation.publish(datetime.now(UTC), situation.policy())

    document = planned()

    assert document["unmet"] == [
        {
            "engineer_id": "e1",
            "resource_id": "payments-db",
            "permission": "oncall_admin",
            "system": "postgresql",
            "explanation": "Ada Abel has no account in postgresql: give one in the directory.",
        }
    ]
    assert "Ada Abel has no account in postgresql" in run("show", document["path"])


def test_the_map_shows_can_and_should(workspace: Workspace) -> None:
    rows = json.loads(run("map", "--workspace", str(workspace.root), "--differing", "--json"))

    assert [(it["engineer_id"], it["resource_id"], it["can_access"]) for it in rows] == [
        ("e001", "edge-dns", False),
        ("e002", "payments-db", True),
    ]
    assert "3 rights" in run("map", "--workspace", str(workspace.root))
    assert "1 right\n" in run("map", "--workspace", str(workspace.root), "--engineer", "costa")
