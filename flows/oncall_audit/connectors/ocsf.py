"""OCSF: events as security lakes and pipelines store them, in Parquet or in JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar, Literal

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files
from oncall_audit.errors import ConfigurationError

_TEXTS = (
    "class_uid", "class_name", "activity_id", "activity_name", "time", "time_dt", "status",
    "status_id", "status_detail", "message", "action_id", "is_mfa",
)  # fmt: skip
_USER = (
    "STRUCT(name VARCHAR, uid VARCHAR, email_addr VARCHAR, type VARCHAR, credential_uid VARCHAR,"
    " account STRUCT(uid VARCHAR))"
)
_SESSION = "STRUCT(uid VARCHAR, created_time VARCHAR, is_mfa VARCHAR)"
_PROCESS = f'STRUCT(name VARCHAR, cmd_line VARCHAR, "user" {_USER})'
_ENDPOINT = "STRUCT(ip VARCHAR, hostname VARCHAR, name VARCHAR, uid VARCHAR)"
_THING = "STRUCT(name VARCHAR, uid VARCHAR)"
_THINGS = ("resource", "database", "databucket", "entity", "group", "service")
_ACCOUNTS = ("name", "email_addr", "uid")

# What names a person who did something: changes of rights and sign-ins, calls of applications,
# processes, and sessions of SSH and RDP. The others tell of packets, files, findings and stock.
_CLASS = "try_cast(class_uid as integer)"
_KEPT = (
    f"({_CLASS} between 3000 and 3999 or {_CLASS} in (1007, 4005, 4007)"
    f" or {_CLASS} between 6000 and 6999 and {_CLASS} not in (6002, 6007, 6008))"
)


def _at(field: str) -> str:
    """Return a TIMESTAMP of milliseconds since 1970, or of a text; 0 stands for nothing."""
    number = f"try_cast({field} as bigint)"
    # Some write seconds, micro- or nanoseconds: by their size they are told apart from 1973 on.
    return (
        f"case when {number} is null then {moment(field)}"
        f" when {number} < 1 then null"
        f" when {number} < 100000000000 then make_timestamp({number} * 1000000)"
        f" when {number} < 100000000000000 then make_timestamp({number} * 1000)"
        f" when {number} < 100000000000000000 then make_timestamp({number})"
        f" else make_timestamp({number} // 1000) end"
    )


def _first(*values: str) -> str:
    # Windows writes a dash for nothing, and others an empty text.
    told = ", ".join(f"nullif(nullif({value}, ''), '-')" for value in values)
    return f"coalesce({told})"


def _called(user: str) -> str:
    """Return what a user is called, by the source's own choice first."""
    name, email, uid = (f"{user}.{field}" for field in _ACCOUNTS)
    return (
        f"case account when 'email_addr' then {_first(email, name, uid)}"
        f" when 'uid' then {_first(uid, name, email)} else {_first(name, email, uid)} end"
    )


EVENTS = LogTable(
    name="events",
    framing="json",
    fields={
        **dict.fromkeys(_TEXTS, "VARCHAR"),
        "metadata": "STRUCT(uid VARCHAR, event_code VARCHAR, product STRUCT(name VARCHAR))",
        "actor": f'STRUCT("user" {_USER}, session {_SESSION}, process {_PROCESS},'
        " invoked_by VARCHAR)",
        "user": _USER,
        "session": _SESSION,
        "process": _PROCESS,
        "api": "STRUCT(operation VARCHAR, service STRUCT(name VARCHAR),"
        " request STRUCT(uid VARCHAR), response STRUCT(code VARCHAR, error VARCHAR))",
        "resources": f"{_THING}[]",
        "web_resources": f"{_THING}[]",
        **dict.fromkeys(_THINGS, _THING),
        "privileges": "VARCHAR[]",
        "cloud": "STRUCT(account STRUCT(uid VARCHAR), account_uid VARCHAR)",
        **dict.fromkeys(("src_endpoint", "dst_endpoint", "device"), _ENDPOINT),
        "http_request": "STRUCT(user_agent VARCHAR)",
    },
    derived={
        "told_at": f'coalesce({_at(chr(34) + "time" + chr(34))}, {moment("time_dt")})',
        "thing": "coalesce(resources[1], resource, web_resources[1], databucket, database)",
    },
    options=("account",),
    occurred_at="told_at",
    # An id is the product's own, and copies of a lake write it again: the rest has to agree.
    identity=joined(
        "metadata.uid", "metadata.product.name", "epoch_us(told_at)", "class_uid", "activity_id",
        "status_id", "actor::varchar", '"user"::varchar', "session.uid", "process::varchar",
        "api::varchar", "resources::varchar", "thing::varchar", "entity::varchar",
        '"group"::varchar', "privileges::varchar", "src_endpoint::varchar",
        "dst_endpoint::varchar", "device::varchar", "message",
    ),
    ignored=f"not {_KEPT}",
    rejected=f"case when {_CLASS} is null then 'no class_uid in it: this is not OCSF' end",
    columns={
        "uid": "metadata.uid",
        "product_name": "metadata.product.name",
        "class_uid": "class_uid",
        "class_name": "class_name",
        "activity_id": "activity_id",
        "activity_name": "activity_name",
        "status_id": "status_id",
        "status": "status",
        "status_detail": "status_detail",
        "action_id": "action_id",
        "message": "message",
        "actor_name": _called('actor."user"'),
        "actor_uid": 'actor."user".uid',
        "actor_type": 'actor."user".type',
        "credential_uid": 'actor."user".credential_uid',
        "invoked_by": "actor.invoked_by",
        "user_name": _called('"user"'),
        "user_uid": '"user".uid',
        "process_user_name": _called('coalesce(actor.process."user", process."user")'),
        "session_uid": _first("session.uid", "actor.session.uid"),
        "session_created_at": _at("actor.session.created_time"),
        "is_mfa": "coalesce(is_mfa, session.is_mfa, actor.session.is_mfa)",
        "operation": "api.operation",
        "api_service": "api.service.name",
        "response_code": "api.response.code",
        "response_error": _first("api.response.error"),
        "thing_name": _first("thing.name", "thing.uid"),
        "entity_name": _first("entity.name", "entity.uid", '"group".name', '"group".uid'),
        "privileges": "array_to_string(privileges, ', ')",
        "service_name": _first("service.name", "service.uid"),
        "host_name": _first(
            "dst_endpoint.hostname", "dst_endpoint.name", "device.hostname", "device.name"
        ),
        "host_ip": _first("dst_endpoint.ip", "device.ip"),
        "cloud_account": _first(
            "cloud.account.uid", "cloud.account_uid", 'actor."user".account.uid'
        ),
        "command": "process.cmd_line",
        "source_ip": _first("src_endpoint.ip"),
        "user_agent": "http_request.user_agent",
    },
    types={
        **dict.fromkeys(("class_uid", "activity_id", "status_id", "action_id"), "INTEGER"),
        "session_created_at": "TIMESTAMP",
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ocsf:
    """Files of OCSF events, Parquet by their name and JSON otherwise. Needs to read the files.

    `account` says what of a user is the account's name in this system; where it is missing, the
    others stand in.
    """

    path: str | Path
    account: Literal["name", "email_addr", "uid"] = "name"

    default_system: ClassVar[str] = "ocsf"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (EVENTS, replace(EVENTS, framing="parquet"))

    def __post_init__(self) -> None:
        if self.account not in _ACCOUNTS:
            raise ConfigurationError(f"`account` is one of {', '.join(_ACCOUNTS)}.")

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            is_parquet = file.name.lower().endswith(".parquet")
            yield File("events", file, "parquet" if is_parquet else "json")
