"""Teleport: its audit log as JSON lines, or as an exporter wraps it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files

_FIELDS = {
    **dict.fromkeys(
        (
            "session_recording", "interactive",
            "event", "code", "uid", "time", "user", "login", "success", "sid", "addr.remote",
            "addr_remote", "server_id", "server_hostname", "cluster_name", "session_start",
            "session_stop", "program", "path", "return_code", "db_service", "db_name", "db_user",
            "db_query", "kubernetes_cluster", "proto", "db_protocol", "error", "id", "state",
            "reason", "reviewer", "expires", "updated_by", "ei", "proposed_state", "delegator",
            "name", "cert_type", "method", "with_mfa",
        ),
        "VARCHAR",
    ),
    **dict.fromkeys(("argv", "roles", "identity", "mfa_device", "trusted_device"), "JSON"),
}  # fmt: skip


def _struct(fields: dict[str, str]) -> str:
    return "STRUCT(" + ", ".join(f'"{name}" {kind}' for name, kind in fields.items()) + ")"


def _field(name: str) -> str:
    """Return a field as it stands, else from within what an exporter wrapped round it."""
    return f'coalesce("{name}", teleport_log.audit."{name}")'


def _is_request(name: str) -> str:
    return f"case when starts_with({_field('event')}, 'access_request') then {_field(name)} end"


# Ids are used again in copies of a log for other purposes, so an id alone does not tell.
_TOLD = (
    "uid", "time", "event", "code", "user", "login", "sid", "ei", "addr.remote", "addr_remote",
    "server_id", "path", "argv", "id", "state",
)  # fmt: skip

EVENTS = LogTable(
    name="events",
    framing="json",
    fields={**_FIELDS, "teleport_log": f"STRUCT(audit {_struct(_FIELDS)})"},
    occurred_at=moment(_field("time")),
    identity=f"case when {_field('uid')} is not null then {joined(*map(_field, _TOLD))} end",
    columns={
        "event": _field("event"),
        "code": f"upper({_field('code')})",
        "uid": _field("uid"),
        "user_name": _field("user"),
        "login": _field("login"),
        "is_success": _field("success"),
        "login_method": _field("method"),
        "mfa_device_id": f"{_field('mfa_device')} ->> '$.mfa_device_uuid'",
        "with_mfa": _field("with_mfa"),
        "trusted_device_id": f"{_field('trusted_device')} ->> '$.device_id'",
        "sid": _field("sid"),
        "remote_address": f"coalesce({_field('addr.remote')}, {_field('addr_remote')})",
        "server_id": _field("server_id"),
        "server_hostname": _field("server_hostname"),
        "cluster_name": _field("cluster_name"),
        "session_started_at": moment(_field("session_start")),
        "session_stopped_at": moment(_field("session_stop")),
        "program": _field("program"),
        "session_recording": _field("session_recording"),
        "is_interactive": _field("interactive"),
        "path": _field("path"),
        "argv": f"nullif({_field('argv')}::varchar, 'null')",
        "return_code": _field("return_code"),
        "db_service": _field("db_service"),
        "db_name": _field("db_name"),
        "db_user": _field("db_user"),
        "db_query": _field("db_query"),
        "kubernetes_cluster": f"coalesce({_field('kubernetes_cluster')},"
        f" {_field('identity')} ->> '$.kubernetes_cluster')",
        "protocol": f"coalesce({_field('proto')}, {_field('db_protocol')})",
        "error": _field("error"),
        "request_id": _is_request("id"),
        "request_state": _is_request("state"),
        "roles": f"nullif({_field('roles')}::varchar, 'null')",
        "reason": _field("reason"),
        "reviewer": f"coalesce({_field('reviewer')}, {_is_request('updated_by')})",
        "proposed_state": _is_request("proposed_state"),
        "delegator": _is_request("delegator"),
        "rule_name": f"case when starts_with({_field('event')}, 'access_monitoring_rule')"
        f" then {_field('name')} end",
        "certificate_type": _field("cert_type"),
        "certificate_user": f"{_field('identity')} ->> '$.user'",
        "certificate_bot": f"{_field('identity')} ->> '$.bot_name'",
        # A certificate says when it ends among its identity; Go writes the year 1 for never.
        "expires_at": "nullif("
        + moment(f"coalesce({_field('expires')}, {_field('identity')} ->> '$.expires')")
        + ", timestamp '0001-01-01')",
    },
    types={
        "is_success": "BOOLEAN",
        "is_interactive": "BOOLEAN",
        "session_started_at": "TIMESTAMP",
        "session_stopped_at": "TIMESTAMP",
        "return_code": "BIGINT",
        "expires_at": "TIMESTAMP",
    },
)


@dataclass(frozen=True, slots=True)
class Teleport:
    """Teleport's audit events from exported files, plain or gzip. Needs to read the files."""

    path: str | Path

    default_system: ClassVar[str] = "teleport"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (EVENTS,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("events", file)
