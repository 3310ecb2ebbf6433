"""auditd: what the audit subsystem of Linux hosts writes, one line a record, several an event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.files import log_files

# What a terminal was typed into (TTY) may be a password, and is not among them.
_TYPES = (
    "LOGIN", "USER_LOGIN", "USER_LOGOUT", "USER_AUTH", "USER_START", "USER_END", "USER_ERR",
    "USER_CMD", "SYSCALL", "EXECVE", "CONFIG_CHANGE", "DAEMON_START", "DAEMON_END", "DAEMON_ABORT",
    "DAEMON_CONFIG", "ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP", "USER_MGMT", "GRP_MGMT",
    "USER_CHAUTHTOK", "GRP_CHAUTHTOK", "ROLE_ASSIGN", "ROLE_REMOVE", "USER_ROLE_CHANGE",
    "ANOM_ABEND", "ANOM_LOGIN_FAILURES", "ANOM_LOGIN_SESSIONS", "ANOM_ROOT_TRANS",
    "ANOM_PROMISCUOUS",
)  # fmt: skip
_LINE = r"^(?:node=(\S+) )?type=(\S+) msg=audit\((\d{9,11})\.(\d{3}):(\d+)\): ?((?s:.*))$"
_NAMES = "['node', 'type', 'seconds', 'millis', 'serial', 'rest']"


def _raw(key: str) -> str:
    """Return a value as it is written: quoted, or up to a blank or the end of the message."""
    pattern = f"""(?:^|[ ''\\x1d]){key}=("[^"]*"|[^ ''\\x1d]+)"""
    return f"nullif(regexp_extract(parts.rest, '{pattern}', 1), '')"


def _plain(value: str) -> str:
    """Return the text of a value, which stands in hexadecimal digits where it holds a blank."""
    decoded = f"try(decode(unhex({value})))"
    return (
        f"case when {value} in ('?', '(none)', '(unknown)') then null"
        f" when starts_with({value}, '\"') then trim({value}, '\"')"
        f" when regexp_full_match({value}, '([0-9A-F][0-9A-F]){{2,}}')"
        f" and regexp_full_match({decoded}, '[^\\x00-\\x1f]+') then {decoded} else {value} end"
    )


def _text(key: str) -> str:
    return _plain(_raw(key))


def _number(key: str) -> str:
    # 4294967295, in old records -1, says that nobody has logged in.
    return f"nullif(nullif({_raw(key)}, '4294967295'), '-1')"


_ARGUMENTS = (
    "array_to_string(list_transform(regexp_extract_all(parts.rest,"
    """ ' a[0-9]+(?:\\[[0-9]+\\])?=("[^"]*"|[0-9A-F]+)', 1),"""
    f" lambda it: {_plain('it')}), ' ')"
)

RECORDS = LogTable(
    name="records",
    framing="lines",
    fields={"line": "VARCHAR"},
    options=("host",),
    derived={"parts": f"regexp_extract(line, '{_LINE}', {_NAMES})"},
    occurred_at="make_timestamp(try_cast(parts.seconds as bigint) * 1000000"
    " + try_cast(parts.millis as bigint) * 1000)",
    ignored=f"parts.type != '' and parts.type not in {_TYPES}",
    rejected="case when parts.type = '' then 'not a record with type, time and serial' end",
    columns={
        "node": "coalesce(nullif(parts.node, ''), host)",
        "record_type": "parts.type",
        "serial": "parts.serial",
        "login_uid": _number("auid"),
        "login_name": f"nullif({_text('AUID')}, 'unset')",
        "uid": _raw("uid"),
        "login_session": _number("ses"),
        "pid": _raw("pid"),
        "account": f"coalesce({_text('acct')}, nullif({_text('ID')}, 'unknown'))",
        "operation": _text("op"),
        "executable": _text("exe"),
        "command": _text("cmd"),
        "arguments": f"case when parts.type = 'EXECVE' then {_ARGUMENTS} end",
        "syscall": f"coalesce({_text('SYSCALL')}, {_raw('syscall')})",
        "key": f"nullif({_text('key')}, '(null)')",
        "terminal": f"coalesce({_text('terminal')}, {_text('tty')})",
        "source_ip": f"coalesce({_text('addr')}, {_text('hostname')})",
        "exit_code": _raw("exit"),
        "is_success": f"coalesce({_raw('res')}, {_raw('success')}) in ('success', 'yes', '1')",
    },
    types={"serial": "BIGINT", "pid": "BIGINT", "exit_code": "BIGINT", "is_success": "BOOLEAN"},
)


@dataclass(frozen=True, slots=True)
class Auditd:
    """The audit log of Linux hosts (audit.log) as files, plain or gzip. Needs to read the files.

    `host` names the host of records that do not name it themselves (`name_format = none`).
    """

    path: str | Path
    host: str | None = None

    default_system: ClassVar[str] = "linux"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (RECORDS,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("records", file)
