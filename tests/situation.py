"""A small published audit, written as a test wants it: who should hold what, and who does."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import yaml

from oncall_audit.control.knowledge import Knowledge, know
from oncall_audit.control.model import Right
from oncall_audit.policy import Policy, load_policy
from oncall_audit.workspace import Workspace

POLICY = """
services:
  payments: {tier: 1, owner_teams: [payments], schedules: [Payments primary]}
  search: {tier: 2, owner_teams: [search], schedules: [Search primary]}
resources:
  payments-db: {kind: database, service: payments, names: ["postgresql:payments"]}
  search-db: {kind: database, service: search, names: ["okta:search"]}
control:
  managed: ["postgresql:oncall_*", "okta:oncall_*"]
  max_changes: 20
  max_percent: 100
"""
TABLES = {
    "audit_runs": "run_id varchar, state varchar, policy_sha256 varchar, started_at timestamp",
    "desired_access": "engineer_id varchar, resource_id varchar, permission varchar,"
    " cause varchar, cause_id varchar, valid_from timestamp, valid_until timestamp",
    "entitlements": "engineer_id varchar, account varchar, account_kind varchar, system varchar,"
    " resource_id varchar, resource_name varchar, permission varchar, granted_via varchar,"
    " valid_from timestamp, valid_until timestamp, expires_at timestamp",
    "engineers": "engineer_id varchar, name varchar, email varchar, started_at timestamp,"
    " ended_at timestamp",
    "identities": "system varchar, account varchar, engineer_id varchar, kind varchar,"
    " valid_from timestamp, valid_until timestamp",
    "findings": "finding_id varchar, rule_id varchar, engineer_id varchar, account varchar,"
    " system varchar, resource_id varchar, permission varchar, state varchar,"
    " started_at timestamp, evidence varchar",
    "snapshots": "source_name varchar, kind varchar, system varchar, part varchar,"
    " name varchar, observed_at timestamp, is_good boolean, covers_from timestamp, covers_until timestamp",
    "resources": "resource_id varchar, service varchar",
    "access_map": "engineer_id varchar, resource_id varchar, permission varchar,"
    " can_access boolean, should_access boolean",
    "shifts": "engineer_id varchar, service varchar, started_at timestamp, ended_at timestamp",
    "incidents": "incident_id varchar, service varchar, started_at timestamp, ended_at timestamp",
    "incident_responders": "incident_id varchar, engineer_id varchar",
}
PEOPLE = {"e1": "Ada Abel", "e2": "Ben Baker", "e3": "Cleo Costa", "e9": "Nia Novak"}
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def right(account: str, permission: str = "oncall_admin", system: str = "postgresql") -> Right:
    """Return a right on the resource that the policy names in this system."""
    return Right(system, account, {"postgresql": "payments", "okta": "search"}[system], permission)


@dataclass
class Situation:
    """What the published tables say. Accounts are the first names; times are aware."""

    workspace: Workspace
    policy_text: str = POLICY
    desired: list[tuple[Any, ...]] = field(default_factory=list)
    held: list[tuple[Any, ...]] = field(default_factory=list)
    findings: list[tuple[Any, ...]] = field(default_factory=list)
    snapshots: list[tuple[Any, ...]] = field(default_factory=list)
    left: dict[str, datetime] = field(default_factory=dict)
    state: str = "complete"
    read_at: datetime | None = None
    # (system, account) of people with other accounts than their first name.
    accounts: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    shifts: list[tuple[Any, ...]] = field(default_factory=list)
    incidents: list[tuple[Any, ...]] = field(default_factory=list)
    responders: list[tuple[str, str]] = field(default_factory=list)
    map: list[tuple[Any, ...]] = field(default_factory=list)

    def wants(
        self,
        engineer: str,
        since: datetime | None,
        until: datetime | None,
        *,
        cause: str = "shift",
        cause_id: str | None = "h1",
        resource: str = "payments-db",
        permission: str = "oncall_admin",
    ) -> None:
        """Let somebody be meant to hold a right over a span."""
        row = (engineer, resource, permission, cause, cause_id, naive(since), naive(until))
        self.desired.append(row)

    def holds(
        self,
        engineer: str | None,
        held: Right,
        *,
        since: datetime = NOW - timedelta(days=30),
        expires: datetime | None = None,
        kind: str = "human",
        resource: str | None = "payments-db",
    ) -> None:
        """Let the last snapshot show that an account holds a right."""
        row = (engineer, held.account, kind, held.system, resource, held.resource_name,
               held.permission, "direct", naive(since), None, naive(expires))  # fmt: skip
        self.held.append(row)

    def is_found(
        self,
        finding: str,
        rule: str,
        engineer: str,
        permission: str,
        *,
        account: str | None = None,
        is_merged: bool = False,
    ) -> None:
        """Let a rule have found something about a right, or about it and others."""
        evidence = json.dumps({"merged": [{}]} if is_merged else {})
        row = (finding, rule, engineer, account, "postgresql", "payments-db", permission, "open",
               naive(NOW - timedelta(days=2)), evidence)  # fmt: skip
        self.findings.append(row)

    def policy(self, **control: Any) -> Policy:
        """Write and load the policy, with other limits of access control."""
        said = yaml.safe_load(self.policy_text)
        said["control"].update(control)
        self.workspace.policy.write_text(yaml.safe_dump(said))
        return load_policy(self.workspace)

    def known(self, at: datetime = NOW, **control: Any) -> Knowledge:
        """Publish it and read it back, as of an instant."""
        policy = self.policy(**control)
        self.publish(at, policy)
        return know(self.workspace, policy, at)

    def publish(self, at: datetime, policy: Policy) -> None:
        """Write the published tables; every system and schedule was read an hour ago."""
        # Under another name, for a schema like its database is ambiguous while it is written.
        built = self.workspace.data / "built.duckdb"
        built.unlink(missing_ok=True)
        built.parent.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(built)) as connection:
            connection.execute("create schema audit; use audit")
            for table, columns in TABLES.items():
                connection.execute(f"create table {table} ({columns})")
            for table, rows in self._rows(at, policy).items():
                marks = ", ".join("?" * len(TABLES[table].split(",")))
                if rows:
                    connection.executemany(f"insert into {table} values ({marks})", rows)
        folder = self.workspace.publications / "r1"
        folder.mkdir(parents=True, exist_ok=True)
        built.replace(folder / "audit.duckdb")
        if not self.workspace.publication.exists():
            self.workspace.publication.symlink_to("publications/r1")

    def _rows(self, at: datetime, policy: Policy) -> dict[str, list[tuple[Any, ...]]]:
        return {
            "audit_runs": [("r1", self.state, policy.sha256, naive(self.read_at or at))],
            "desired_access": self.desired,
            "entitlements": self.held,
            "engineers": [
                (e, name, f"{first(name)}@example.com", None, naive(self.left.get(e)))
                for e, name in PEOPLE.items()
            ],
            "identities": [
                (system, account, e, "human", None, None)
                for e, name in PEOPLE.items()
                for system, account in self.accounts.get(e) or own(name)
            ],
            "findings": self.findings,
            "snapshots": self.snapshots or snapshots(at),
            "resources": [("payments-db", "payments"), ("search-db", "search")],
            "access_map": self.map,
            "shifts": self.shifts,
            "incidents": self.incidents,
            "incident_responders": self.responders,
        }


def snapshots(at: datetime, **changed: datetime) -> list[tuple[Any, ...]]:
    """Return readings of an hour ago, or of when `changed` says, of everything that is needed."""
    read = naive(at - timedelta(hours=1))
    until = naive(at + timedelta(days=7))
    return [
        ("db_rights", "permissions", "postgresql", None, None,
         naive(changed.get("postgresql")) or read, True, read, read),
        ("okta_rights", "permissions", "okta", None, None, read, True, read, read),
        ("pager", "schedules", "pagerduty", "P1", "Payments primary",
         naive(changed.get("schedule")) or read, True, read,
         naive(changed.get("known_until")) or until),
        ("pager", "schedules", "pagerduty", "P2", "Search primary", read, True, read, until),
    ]  # fmt: skip


def first(name: str) -> str:
    """Return the account of a person: the first name."""
    return name.split(maxsplit=1)[0].lower()


def own(name: str) -> list[tuple[str, str]]:
    """Return the accounts that a person has if a test says nothing else."""
    return [(system, first(name)) for system in ("postgresql", "okta")]


def naive(at: datetime | None) -> datetime | None:
    """Return a time as tables hold it."""
    return at.astimezone(UTC).replace(tzinfo=None) if at else None
