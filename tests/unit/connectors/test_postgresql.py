"""PostgreSQL's three formats and the prefixes of its plain one."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from oncall_audit.connectors.postgresql import PostgreSQL

Rows = Callable[..., list[tuple[Any, ...]]]
T = "postgresql__records"
HEAD = (
    "occurred_at::varchar, user_name, database_name, process_id, connection_from, severity,"
    " sql_state, message"
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "2024-01-09 12:02:55.244 UTC [23] LOG:  ready",
            ("2024-01-09 12:02:55.244", None, None, 23, None, "LOG", None, "ready"),
        ),
        (
            "2024-01-09 12:02:55 CEST [23-2] ada@orders LOG:  duration: 1 ms",
            ("2024-01-09 10:02:55", "ada", "orders", 23, None, "LOG", None, "duration: 1 ms"),
        ),
        (
            "2024-01-09 12:02:55 UTC DETAIL:  parameters: $1 = 'a: b'",
            ("2024-01-09 12:02:55", None, None, None, None, "DETAIL", None,
             "parameters: $1 = 'a: b'"),
        ),
        (
            "192.0.2.7 2024-01-09 12:02:55.1 UTC [23] ada@orders FATAL:  no",
            ("2024-01-09 12:02:55.1", "ada", "orders", 23, "192.0.2.7", "FATAL", None, "no"),
        ),
        (
            "2024-01-09 12:02:55 UTC:192.0.2.7(5432):ada@orders:[23]:ERROR:  no",
            ("2024-01-09 12:02:55", "ada", "orders", 23, "192.0.2.7:5432", "ERROR", None, "no"),
        ),
        (
            "2024-01-09 12:02:55 UTC [23]: [4-1] user=ada,db=orders,app=psql,client=192.0.2.7 LOG:  x",
            ("2024-01-09 12:02:55", "ada", "orders", 23, "192.0.2.7", "LOG", None, "x"),
        ),
        (
            "2024-01-09 12:02:55 UTC [23] [unknown]@[unknown] LOG:  incomplete startup packet",
            ("2024-01-09 12:02:55", None, None, 23, None, "LOG", None,
             "incomplete startup packet"),
        ),
        (
            "2024-01-09 12:02:55 UTC [23] LOG:  00000: redo starts at 0/1651398",
            ("2024-01-09 12:02:55", None, None, 23, None, "LOG", "00000",
             "redo starts at 0/1651398"),
        ),
        (
            "2024-01-09 12:02:55 EST [23] LOG:  x",
            ("2024-01-09 17:02:55", None, None, 23, None, "LOG", None, "x"),
        ),
        (
            "2024-01-09 12:02:55 +0530 [23] LOG:  x",
            ("2024-01-09 06:32:55", None, None, 23, None, "LOG", None, "x"),
        ),
        (
            "2024-01-09 12:02:55 XYZ [23] LOG:  in the source's own zone",
            ("2024-01-09 11:02:55", None, None, 23, None, "LOG", None,
             "in the source's own zone"),
        ),
        ("cp: cannot stat 'x'", ("db.log", 1, "not a line with time and severity")),
        (
            "2024-01-09 12:02:55 UTC [23] x LOG:  connection authorized: user=root@a FATAL:  no",
            ("db.log", 1, "not a line with time and severity"),
        ),
    ],
)  # fmt: skip
def test_a_prefix_is_read(log_rows: Rows, line: str, expected: tuple[Any, ...]) -> None:
    make = partial(PostgreSQL, time_zone="Europe/Berlin")

    assert log_rows(make, {"db.log": line + "\n"}, T, HEAD) == [expected]


def test_lines_of_one_record_are_one_and_its_details_their_own(log_rows: Rows) -> None:
    text = (
        "2024-01-09 12:02:55 UTC [23] ERROR:  syntax error\n"
        "2024-01-09 12:02:55 UTC [23] STATEMENT:  select\n\t  1,\n\n        2\n"
        "2024-01-09 12:02:56 UTC [23] LOCATION:  reaper, postmaster.c:2889\n"
    )

    rows = log_rows(PostgreSQL, {"db.log": text}, T, "raw_line, severity, message")

    assert rows == [
        (1, "ERROR", "syntax error"),
        (2, "STATEMENT", "select\n\t  1,\n        2"),
        (6, "LOCATION", "reaper, postmaster.c:2889"),
    ]


CSV = (
    '2024-01-09 12:05:12.999 CET,"ada","orders",34,"192.0.2.7:42304",5ff25bb2.22,{n},"idle",'
    '2024-01-09 12:05:06 CET,3/2,0,LOG,00000,"statement: select 1,\n ""two""",,,,,,,,,"psql"'
)
ROW = (
    "2024-01-09 11:05:12.999",
    "ada",
    "orders",
    34,
    "192.0.2.7:42304",
    "LOG",
    "00000",
    'statement: select 1,\n "two"',
    "5ff25bb2.22",
    "2024-01-09 11:05:06",
    "psql",
    "idle",
    "orders-db",
)
ALL = HEAD + ", session_id, session_started_at::varchar, application_name, command_tag, resource"


@pytest.mark.parametrize("more", ["", ',"client backend"', ',"client backend",,0'])
@pytest.mark.parametrize("packed", [False, True])
def test_a_csv_log_of_any_version_is_read(log_rows: Rows, more: str, *, packed: bool) -> None:
    body = (CSV.format(n=1) + more + "\n" + CSV.format(n=2) + more + "\n").encode()
    make = partial(PostgreSQL, resource="orders-db")

    rows = log_rows(make, {"db.csv": gzip.compress(body) if packed else body}, T, ALL)

    assert rows == [ROW, ROW]


def test_a_json_log_is_read(log_rows: Rows) -> None:
    record = {
        "timestamp": "2024-01-09 12:05:12.999 CET",
        "user": "ada",
        "dbname": "orders",
        "pid": 34,
        "remote_host": "192.0.2.7",
        "remote_port": 42304,
        "session_id": "5ff25bb2.22",
        "line_num": 1,
        "ps": "idle",
        "session_start": "2024-01-09 12:05:06 CET",
        "error_severity": "LOG",
        "state_code": "00000",
        "message": 'statement: select 1,\n "two"',
        "application_name": "psql",
        "backend_type": "client backend",
    }
    make = partial(PostgreSQL, resource="orders-db")

    assert log_rows(make, {"db.json": json.dumps(record)}, T, ALL) == [ROW]


def test_one_folder_may_hold_all_formats(log_rows: Rows) -> None:
    files = {
        "a.log": "2024-01-09 12:02:55 UTC [23] LOG:  a\n",
        "b.csv": CSV.format(n=1) + "\n",
        "c.json": '{"timestamp": "2024-01-09 12:00:00 UTC", "error_severity": "LOG"}\n',
        "d.log": "",
    }

    assert log_rows(PostgreSQL, files, T, "severity") == [("LOG",)] * 3


def test_a_repeated_delivery_is_known_and_another_line_is_not(log_rows: Rows) -> None:
    line = CSV.format(n=1) + "\n"
    files = {"a.csv": line, "b.csv": line + CSV.format(n=2) + "\n"}

    assert len(log_rows(PostgreSQL, files, T, "event_key")) == 2
