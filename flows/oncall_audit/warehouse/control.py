"""What a build must know beside landed records: the run, the policy, earlier runs and decisions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from oncall_audit.warehouse import rows
from oncall_audit.warehouse.inputs import Digests, digest
from oncall_audit.warehouse.rows import Row

_TABLES = {
    "run": "run_id varchar, since timestamp, until timestamp, started_at timestamp,"
    " code_version varchar, policy_sha256 varchar",
    "runs": "run_id varchar, since timestamp, until timestamp, started_at timestamp,"
    " ended_at timestamp, state varchar, code_version varchar, policy_sha256 varchar,"
    " findings bigint",
    "run_metrics": "run_id varchar, stage varchar, source_name varchar, state varchar,"
    " seconds double, rows bigint, records bigint, landed bigint, duplicates bigint,"
    " ignored bigint, quarantined bigint, newest_at timestamp, lateness_seconds double",
    "sources": "source_name varchar, type varchar, kind varchar, system varchar,"
    " silent_hours double",
    "batches": "batch_id varchar, source_name varchar, table_name varchar, path varchar,"
    " sha256 varchar, bytes bigint, records bigint, landed bigint, duplicates bigint,"
    " ignored bigint, quarantined bigint, received_at timestamp",
    "contents": "source_name varchar, path varchar, sha256 varchar, is_whole boolean",
    "quarantined": "batch_id varchar, source_name varchar, table_name varchar, path varchar,"
    " line bigint, reason varchar",
    "extractions": "source_name varchar, since timestamp, until timestamp, state varchar,"
    " message varchar, read_at timestamp",
    "opened_days": "source_name varchar, day date",
    "retired_days": "source_name varchar, day date",
    "finding_states": "finding_id varchar, state varchar, first_detected_run varchar,"
    " decided_by varchar, decided_at timestamp, reason varchar, expires_at timestamp",
    "policy_versions": "policy_sha256 varchar, valid_from timestamp, valid_until timestamp,"
    " recorded_at timestamp, first_run varchar, is_declared boolean",
    "actions": "action_id varchar, finding_id varchar, engineer varchar, action varchar,"
    " reason varchar, acted_at timestamp, run_id varchar, subject varchar, system varchar,"
    " account varchar, resource_id varchar, permission varchar, plan_sha256 varchar",
}

# Each row holds through a stretch of time; a null bound means that there is none.
_DATED = ", valid_from timestamp, valid_until timestamp"
_POLICY = {
    "services": "service varchar, tier integer, owner_team varchar",
    "service_schedules": "service varchar, schedule varchar, is_fallback boolean",
    "service_hours": "service varchar, weekday integer, start_minute integer, end_minute integer,"
    " time_zone varchar",
    "resources": "resource_id varchar, kind varchar, service varchar, tier integer,"
    " owner_team varchar",
    "resource_names": "resource_id varchar, system varchar, name_glob varchar",
    "sensitive_commands": "name varchar, system_glob varchar, pattern varchar, unless varchar",
    "sensitive_tables": "resource_id varchar, table_glob varchar",
    "role_access": "team varchar, role varchar, resource_id varchar, permission varchar",
    "shift_access": "service varchar, resource_id varchar, permission varchar",
    "exceptions": "engineer_id varchar, resource_id varchar, permission varchar, owner varchar,"
    " reason varchar, expires_at timestamp",
    "privileged": "system_glob varchar, permission_glob varchar",
    "break_glass": "system_glob varchar, name_glob varchar",
    "service_accounts": "system_glob varchar, account_glob varchar",
    "automation": "system_glob varchar, name_glob varchar",
    "credential_limits": "system_glob varchar, account_glob varchar, hours double",
    "networks": "cidr varchar, first_address varchar, last_address varchar, prefix_length integer,"
    " kind varchar, name varchar, country varchar, latitude double, longitude double, asn bigint",
    "gateways": "gateway varchar, system varchar, has_addresses boolean",
    "gateway_addresses": "gateway varchar, cidr varchar, first_address varchar,"
    " last_address varchar",
    "gateway_resources": "gateway varchar, resource_id varchar",
}
_DATED_POLICY = {name: columns + _DATED for name, columns in _POLICY.items()}


def write(
    connection: duckdb.DuckDBPyConnection,
    control: Mapping[str, Iterable[Row]],
    policy: Mapping[str, Iterable[Row]],
    before: Mapping[str, str] | None = None,
) -> Digests:
    """Replace every control and policy table; a table that is not given is left empty.

    Tables that `before` has the digest of are left as they are. Returns the digests of all.
    """
    found: Digests = {}
    connection.execute("begin")
    for schema, tables, given in (("landing", _TABLES, control), ("policy", _DATED_POLICY, policy)):
        connection.execute(f"create schema if not exists {schema}")
        for name, columns in tables.items():
            table = f"{schema}.{name}"
            texts = rows.texts(columns, given.get(name, ()))
            found[table] = digest("\n".join([columns, *texts]))
            if found[table] != (before or {}).get(table):
                rows.make(connection, table, columns, texts)
    connection.execute("commit")
    return found


def finding_states(register: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return (finding_id, state, first run, by, at, reason, expiry) from the register's records."""
    states: dict[str, list[object]] = {}
    for record in register:
        if record["kind"] == "run":
            for finding in record.get("new_findings", ()):
                states.setdefault(finding, [finding, "open", record["run_id"], *[None] * 4])
        elif record["kind"] == "decision":
            row = states.setdefault(record["finding_id"], [record["finding_id"], *[None] * 6])
            row[1] = record["state"]
            row[3:] = [
                record.get(key) for key in ("engineer", "decided_at", "reason", "expires_at")
            ]
    return list(states.values())


def runs(register: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of `landing.runs` from the register's records."""
    keys = (
        "run_id", "since", "until", "started_at", "ended_at",
        "state", "code_version", "policy_sha256", "findings",
    )  # fmt: skip
    return [[record.get(key) for key in keys] for record in register if record["kind"] == "run"]


def run_metrics(register: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of `landing.run_metrics`: every stage of a run, and every source of it."""
    keys = (
        "stage", "source", "state", "seconds", "rows", "records", "landed", "duplicates",
        "ignored", "quarantined", "newest_at", "lateness_seconds",
    )  # fmt: skip
    return [
        [record["run_id"], *(it.get(key) for key in keys)]
        for record in register
        if record["kind"] == "run"
        for it in record.get("measures", ())
    ]


def actions(register: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Return the rows of `landing.actions`: decisions, steps of access control, and reminders."""
    kinds = {"decision": _decision, "access": _access_step, "notification": _reminder}
    return [
        row
        for record in register
        if record["kind"] in kinds
        for row in kinds[record["kind"]](record)
    ]


def _reminder(record: Mapping[str, Any]) -> list[Row]:
    """Return a row for each finding that an engineer was reminded of; other messages have none."""
    if record["state"] != "delivered" or record.get("form") != "reminders":
        return []
    names = ("channel", "run_id", "to", "at")
    action = hashlib.sha256("|".join(str(record[name]) for name in names).encode()).hexdigest()
    told = f"By the channel {record['channel']}."
    what = ["oncall-audit", "reminded", told, record["at"], record["run_id"], record["to"]]
    return [[action, finding, *what, *[None] * 5] for finding in record["finding_ids"]]


def _decision(record: Mapping[str, Any]) -> list[Row]:
    return [
        [
            record["action_id"],
            record["finding_id"],
            record["engineer"],
            record["state"],
            record.get("reason"),
            record["decided_at"],
            record.get("run_id"),
            *[None] * 6,
        ]
    ]


def _access_step(record: Mapping[str, Any]) -> list[Row]:
    """Return a row for each finding that the step is about, or one without any."""
    names = ("engineer_id", "system", "account", "resource_id", "permission", "plan_sha256")
    verb = f"{record['action']} {record['step']}" if record.get("action") else record["step"]
    step = "|".join(str(record.get(name)) for name in ("plan_sha256", "change_id", "step", "at"))
    return [
        [
            hashlib.sha256(f"{step}|{finding}".encode()).hexdigest(),
            finding,
            record["by"],
            verb,
            record["message"] or record.get("reason"),
            record["at"],
            None,
            *(record.get(name) for name in names),
        ]
        for finding in record.get("finding_ids") or (None,)
    ]
