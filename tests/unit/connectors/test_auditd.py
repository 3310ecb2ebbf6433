"""The audit log of Linux hosts: records as they are written, plain, in hexadecimal and enriched."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.auditd import Auditd

Rows = Callable[..., list[tuple[Any, ...]]]
EXAMPLE = Path(__file__).parent / "fixtures" / "auditd" / "audit.log"
T = "auditd__records"
HEAD = "type={} msg=audit(1704834050.239:100): "


def record(kind: str, rest: str) -> dict[str, str]:
    """Return a file with one record."""
    return {"audit.log": HEAD.format(kind) + rest + "\n"}


def test_records_land_with_who_acted_in_which_session(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, record_type, serial, login_uid, login_name, login_session, account,"
        " operation, coalesce(arguments, command), is_success, source_ip"
    )

    rows = log_rows(Auditd, {"audit.log": EXAMPLE.read_bytes()}, T, columns)

    ip = "192.0.2.7"
    assert rows == [
        ("2024-01-09 21:00:50.239", "USER_AUTH", 100, None, None, None, "ada", "PAM:authentication", None, False, ip),
        ("2024-01-09 21:00:51.239", "LOGIN", 101, "1000", None, "7", None, None, None, True, None),
        ("2024-01-09 21:00:51.3", "USER_START", 102, "1000", None, "7", "ada", "PAM:session_open", None, True, ip),
        ("2024-01-09 21:00:52.118", "SYSCALL", 103, "1000", "ada", "7", None, None, None, True, None),
        ("2024-01-09 21:00:52.118", "EXECVE", 103, None, None, None, None, None, "cat /srv/my note", None, None),
        ("2024-01-09 21:00:53.5", "USER_CMD", 104, "1000", None, "7", None, None, "systemctl restart application", True, None),
        ("2024-01-09 21:00:59", "USER_END", 105, "1000", None, "7", "ada", "PAM:session_close", None, True, ip),
    ]  # fmt: skip


def test_a_record_that_names_no_host_is_of_the_sources_host(log_rows: Rows) -> None:
    make = partial(Auditd, host="db-1")

    assert log_rows(make, record("USER_CMD", "auid=1000 ses=1 res=1"), T, "node") == [("db-1",)]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('"ada"', "ada"),
        ("61646120", "ada "),
        ("?", None),
        ("FFFF", "FFFF"),
        ('"(root) NOPASSWD"', "(root) NOPASSWD"),
        ("1000", "1000"),
    ],
)
def test_a_name_is_what_was_meant(log_rows: Rows, written: str, expected: str | None) -> None:
    files = record("USER_LOGIN", f"pid=1 msg='op=login acct={written} res=failed'")

    assert log_rows(Auditd, files, T, "account") == [(expected,)]


def test_what_was_typed_into_a_terminal_does_not_land(log_rows: Rows) -> None:
    assert log_rows(Auditd, record("TTY", "tty pid=1 auid=1000 data=736563726574"), T, "*") == []


def test_a_line_that_is_no_record_is_kept_apart(log_rows: Rows) -> None:
    files = {"audit.log": "Dispatching audit event\n"}

    assert log_rows(Auditd, files, T, "*") == [
        ("audit.log", 1, "not a record with type, time and serial")
    ]
