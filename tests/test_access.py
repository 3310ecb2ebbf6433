"""The whole way on a small workspace: audit, plan, approval, PostgreSQL, and the audit that proves it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from audits import rows
from postgres_server import PASSWORD, Postgres

from oncall_audit.__main__ import main
from oncall_audit.pipeline.start import audit
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
# A little after the real hour, for snapshots may not be of a time to come.
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
PEOPLE = {"e1": "ada", "e2": "ben", "e9": "nia"}
POLICY = """
services:
  payments: {tier: 1, owner_teams: [payments], schedules: [payments]}
resources:
  payments-db: {kind: database, service: payments, names: ["postgresql:payments-db"]}
shifts:
  - {service: payments, resources: ["*"], permissions: [oncall_admin]}
control:
  managed: ["postgresql:oncall_*"]
"""


class Site:
    """A workspace whose every source is a file, and the server that it audits."""

    def __init__(self, root: Path, postgres: Postgres) -> None:
        self.workspace, self.postgres = Workspace(root), postgres
        sources = {
            name: {"type": "generic", "kind": kind, "path": name, "system": system}
            for name, kind, system in (
                ("people", "directory", "hr"),
                ("rights", "permissions", "postgresql"),
                ("shifts", "schedules", "pager"),
            )
        }
        target = {
            "type": "postgresql", "host": postgres.socket, "user": postgres.user,
            "password": "${DB_PASSWORD}", "sslmode": "disable", "resource": "payments-db",
        }  # fmt: skip
        said = {"organisation": "Example", "sources": sources, "control": {"db": target}}
        self.workspace.config.write_text(yaml.safe_dump(said))
        self.workspace.policy.write_text(POLICY)
        self.workspace.secrets.write_text(f"DB_PASSWORD={PASSWORD}\n")

    def write(self, source: str, at: datetime, content: Any) -> None:
        """Deliver a snapshot, named by its time."""
        path = self.workspace.root / source / f"{at:%Y-%m-%dT%H%M%SZ}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))

    def look(self, at: datetime) -> None:
        """Deliver who holds which role, as the server says itself."""
        held = self.postgres.members("oncall_admin")
        self.write(
            "rights",
            at,
            [
                {"account": who, "permission": role, "resource_name": "payments-db"}
                for who, role in [*sorted(held), ("nia", "reader")]
            ],
        )

    def run(self, capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> Any:
        """Run a verb of access control, and return the JSON that it prints."""
        found = main(["access", *words, "--workspace", str(self.workspace.root)])
        told = capsys.readouterr()
        assert found == status, told.err
        return json.loads(told.out) if "--json" in words else told.out


@pytest.fixture
def site(tmp_path: Path, postgres: Postgres) -> Site:
    """Ben's shift ended nine hours ago and he holds its role still; Ada's has begun."""
    postgres.make(logins=("ada", "ben", "nia"), groups=("oncall_admin",))
    made = Site(tmp_path, postgres)
    postgres.run("set role control; grant oncall_admin to ben")
    people = [
        {
            "engineer_id": engineer, "name": name.title(), "email": f"{name}@example.com",
            "team": "payments", "started_at": "2020-01-01T00:00:00Z",
            "accounts": [{"system": "postgresql", "account": name, "kind": "human"}],
        }
        for engineer, name in PEOPLE.items()
    ]  # fmt: skip
    shifts = [
        {"schedule": "payments", "engineer": f"{who}@example.com", "started_at": since.isoformat(),
         "ended_at": until.isoformat()}
        for who, since, until in (
            ("ben", NOW - 20 * HOUR, NOW - 9 * HOUR),
            ("ada", NOW - 9 * HOUR, NOW + 9 * HOUR),
        )
    ]  # fmt: skip
    for hours in (30, 12, 1):
        made.write("people", NOW - hours * HOUR, people)
        made.write("shifts", NOW - hours * HOUR, shifts)
        made.look(NOW - hours * HOUR)

    return made


def test_an_audits_plan_is_made_in_postgresql_and_proven_by_the_next_audit(
    site: Site, postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    audit(site.workspace.root, since=NOW - 40 * HOUR, until=NOW)
    plan = site.run(capsys, "plan", "--json")
    site.run(capsys, "approve", plan["path"], "--by", "nia@example.com")
    site.run(capsys, "apply", plan["path"])

    lingering = "select finding_id, state from findings where rule_id = 'lingering_elevation'"
    ((finding, state),) = rows(site.workspace, lingering)
    grant, revocation = plan["changes"]
    assert (grant["action"], grant["account"], grant["reason"]) == ("grant", "ada", "shift_started")
    assert (revocation["action"], revocation["account"]) == ("revoke", "ben")
    assert finding in revocation["closes"]
    assert state == "open"
    assert postgres.members("oncall_admin") == {("ada", "oncall_admin")}

    later = datetime.now(UTC) + timedelta(seconds=2)
    site.look(later)
    # The first of them reads the proof, and the next one publishes what that decided.
    for seconds in (1, 2):
        audit(site.workspace.root, until=later + timedelta(seconds=seconds))

    assert rows(site.workspace, lingering) == [(finding, "remediated")]
    steps = rows(site.workspace, "select action, account, engineer, finding_id from audit_actions")
    assert ("revoke applied", "ben", "e9", finding) in steps
    assert ("revoke verified", "ben", "oncall-audit", finding) in steps
