"""What the published tables say at one instant: who should hold what, who does, who is on shift."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from oncall_audit.control.model import Desired, Held, Right
from oncall_audit.control.patterns import is_literal, names
from oncall_audit.errors import ConfigurationError
from oncall_audit.policy import Policy
from oncall_audit.reports.published import Published, Row
from oncall_audit.workspace import Workspace

_RUN = "select run_id, policy_sha256, state, started_at from audit_runs order by started_at"
_DESIRED = """
    select engineer_id, resource_id, permission, cause, cause_id, valid_from, valid_until
    from desired_access order by all
"""
_ENTITLEMENTS = """
    select entitlements.*, coalesce(resource_name, resource_id) as native_name
    from entitlements order by system, account, native_name, permission, valid_from
"""
_PEOPLE = """
    select engineer_id, name, email, started_at, ended_at from engineers order by engineer_id
"""
_ACCOUNTS = """
    select system, account, engineer_id, kind from identities
    where coalesce(valid_from <= $at, true) and coalesce(valid_until > $at, true)
    order by system, account
"""
_FINDINGS = """
    select finding_id, rule_id, engineer_id, account, system, resource_id, permission,
        (evidence ->> '$.merged') is not null as is_merged
    from findings
    where state in ('open', 'reopened') and started_at <= $at
    order by finding_id
"""
_SNAPSHOTS = """
    select system, kind, source_name, part, name, observed_at, is_good, covers_from, covers_until
    from snapshots where observed_at <= $at order by observed_at
"""
_DUTIES = """
    select engineer_id, service, 'shift' as cause from shifts
    where started_at <= $at and ended_at > $at
    union
    select incident_responders.engineer_id, incidents.service, 'incident' as cause
    from incidents
    inner join incident_responders on incidents.incident_id = incident_responders.incident_id
    where started_at <= $at and coalesce(ended_at > $at, true)
    order by all
"""
_SERVICES = "select resource_id, service from resources where service is not null"


@dataclass(frozen=True)
class Knowledge:
    """The published tables as of one instant, in the words of access control; times in UTC."""

    at: datetime
    run_id: str
    read_at: datetime
    is_complete: bool
    policy: Policy
    people: Mapping[str, Row]
    accounts: list[Row]
    entitlements: list[Row]
    intervals: list[Row]
    findings: list[Row]
    snapshots: list[Row]
    # Who is on shift, and who answers an open incident, whatever that gives them.
    duties: list[Row]
    services: Mapping[str, str]
    _native: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

    def is_managed(self, right: Right) -> bool:
        """Say whether the policy lets access control grant and revoke the right."""
        return names(self.policy.control.managed, right.system, right.permission)

    def is_break_glass(self, right: Right) -> bool:
        """Say whether the right or its account is for emergencies, and may be held by whoever."""
        globs = self.policy.break_glass
        return any(names(globs, right.system, it) for it in (right.permission, right.account))

    def native(self, resource_id: str, permission: str) -> list[tuple[str, str]]:
        """Return (system, resource's name there) of every managed right that the policy means."""
        key = (resource_id, permission)
        if key not in self._native:
            found = self._seen(resource_id, permission) or self._named(resource_id)
            managed = self.policy.control.managed
            self._native[key] = [it for it in found if names(managed, it[0], permission)]
        return self._native[key]

    def accounts_of(self, engineer_id: str, system: str) -> list[str]:
        """Return the accounts of a person in a system, spelled as the system spells them.

        One that is protected or for emergencies counts only where there is no other.
        """
        found = self._accounts_of.get((engineer_id, system), [])
        apart = (*self.policy.control.protected, *self.policy.break_glass)
        return [it for it in found if not names(apart, system, it)] or found

    def owner(self, right: Right) -> Row | None:
        """Return whose account it is, as the directory says; None where it does not."""
        return self._owners.get((right.system, _key(right.account)))

    @cached_property
    def _owners(self) -> dict[tuple[str, str], Row]:
        return {(row["system"], _key(row["account"])): row for row in self.accounts}

    @cached_property
    def _accounts_of(self) -> dict[tuple[str, str], list[str]]:
        seen = {(row["system"], _key(row["account"])): row["account"] for row in self.entitlements}
        found: dict[tuple[str, str], list[str]] = {}
        for (system, key), row in sorted(self._owners.items()):
            if row["engineer_id"]:
                accounts = found.setdefault((row["engineer_id"], system), [])
                accounts.append(str(seen.get((system, key), row["account"])))
        return found

    def _seen(self, resource_id: str, permission: str) -> list[tuple[str, str]]:
        # How a system calls a resource in its rights is best read off the rights themselves.
        return sorted(
            {
                (row["system"], row["native_name"])
                for row in self.entitlements
                if (row["resource_id"], row["permission"]) == (resource_id, permission)
            }
        )

    def _named(self, resource_id: str) -> list[tuple[str, str]]:
        resource = self.policy.resources.get(resource_id)
        split = [name.partition(":") for name in (resource.names if resource else ())]
        literal = sorted({(system, name) for system, _, name in split if is_literal(name)})
        return literal or sorted({(system, resource_id) for system, _, _ in split})


def know(workspace: Workspace, policy: Policy, at: datetime) -> Knowledge:
    """Read what is published; `at` is aware."""
    with Published(workspace.published) as published:
        if "desired_access" not in published.tables or "snapshots" not in published.tables:
            raise ConfigurationError(
                "What is published was made before access control. Run 'oncall-audit run' first."
            )
        naive = at.replace(tzinfo=None)
        run = published.rows(_RUN)
        if not run or run[-1]["policy_sha256"] != policy.sha256:
            raise ConfigurationError(
                "The policy was changed since the last audit, which judged by the old one."
                " Run 'oncall-audit run' first."
            )
        return Knowledge(
            at=naive,
            run_id=run[-1]["run_id"],
            read_at=run[-1]["started_at"],
            is_complete=run[-1]["state"] == "complete",
            policy=policy,
            people={row["engineer_id"]: row for row in published.rows(_PEOPLE)},
            accounts=published.rows(_ACCOUNTS, at=naive),
            entitlements=published.rows(_ENTITLEMENTS),
            intervals=published.rows(_DESIRED),
            findings=published.rows(_FINDINGS, at=naive),
            snapshots=published.rows(_SNAPSHOTS, at=naive),
            duties=published.rows(_DUTIES, at=naive),
            services={row["resource_id"]: row["service"] for row in published.rows(_SERVICES)},
        )


def held(knowledge: Knowledge) -> dict[Right, tuple[Held, Row]]:
    """Return every managed right that the latest good snapshot shows, with its entitlement."""
    found: dict[Right, tuple[Held, Row]] = {}
    for row in knowledge.entitlements:
        right = Right(row["system"], row["account"], row["native_name"], row["permission"])
        is_current = row["valid_from"] <= knowledge.at and (
            row["valid_until"] is None or row["valid_until"] > knowledge.at
        )
        if is_current and knowledge.is_managed(right):
            found[right] = (Held(right, row["expires_at"], row["granted_via"] or "direct"), row)
    return found


def covers(row: Row, at: datetime) -> bool:
    """Say whether an interval of `desired_access` holds at an instant (UTC, without a zone)."""
    since, until = row["valid_from"], row["valid_until"]
    return (since is None or since <= at) and (until is None or until > at)


def desired(knowledge: Knowledge, row: Row) -> list[Desired]:
    """Return the native rights that one interval of `desired_access` means for its person."""
    found = []
    for system, name in knowledge.native(row["resource_id"], row["permission"]):
        accounts = knowledge.accounts_of(row["engineer_id"], system)
        # Of several accounts, nobody says which one is meant.
        if len(accounts) == 1:
            right = Right(system, accounts[0], name, row["permission"])
            found.append(Desired(right, **_facts(row)))
    return found


def _key(account: str) -> str:
    # As the warehouse compares accounts: addresses of e-mail without regard to case.
    return account.lower() if "@" in account and "/" not in account else account


def _facts(row: Row) -> dict[str, Any]:
    return {
        name: row[name]
        for name in ("engineer_id", "resource_id", "cause", "cause_id", "valid_from", "valid_until")
    }
