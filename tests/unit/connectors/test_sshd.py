"""The heads of syslog lines, in every form they come in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from oncall_audit.connectors.sshd import Sshd

Rows = Callable[..., list[tuple[Any, ...]]]
LINE = "occurred_at::varchar, host, program, pid, message"
TIME = "occurred_at::varchar"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "Jan  9 21:19:40 db-1 sshd[83]: Failed password for ada from 192.0.2.7 port 1 ssh2",
            ("2024-01-09 21:19:40", "db-1", "sshd", 83,
             "Failed password for ada from 192.0.2.7 port 1 ssh2"),
        ),
        ("Jan 9 21:19:40 db-1 sshd[83]: x", ("2024-01-09 21:19:40", "db-1", "sshd", 83, "x")),
        ("Jan  9 21:20:08  sshd[83]: x: y", ("2024-01-09 21:20:08", None, "sshd", 83, "x: y")),
        ("Jan  9 2023 21:20:08 h su: x", ("2023-01-09 21:20:08", "h", "su", None, "x")),
        (
            "2024-01-09T10:40:20.912134 db-1 sshd-session[8]: x",
            ("2024-01-09 10:40:20.912134", "db-1", "sshd-session", 8, "x"),
        ),
        (
            "2024-01-09T13:01:15.412+01:30 db-1 systemd-logind[8]: x",
            ("2024-01-09 11:31:15.412", "db-1", "systemd-logind", 8, "x"),
        ),
        (
            "2024-01-09T13:01:15.123456789Z fe80::1 sshd[8]: x",
            ("2024-01-09 13:01:15.123456", "fe80::1", "sshd", 8, "x"),
        ),
        (
            "2024-01-09 06:47:42.801612-0700  localhost sshd[3186]: x",
            ("2024-01-09 13:47:42.801612", "localhost", "sshd", 3186, "x"),
        ),
        ("<38>Jan  9 10:00:00 vault su: x", ("2024-01-09 10:00:00", "vault", "su", None, "x")),
        (
            '<38>1 2024-01-09T14:23:55+00:00 fw.example sshd 44255 - [meta id="1\\]"] Invalid user x',
            ("2024-01-09 14:23:55", "fw.example", "sshd", 44255, "Invalid user x"),
        ),
        (
            "Jan  9 10:00:00 h sshd(pam_unix)[19939]: session opened for user ada",
            ("2024-01-09 10:00:00", "h", "sshd", 19939, "session opened for user ada"),
        ),
        (
            "Jan  9 10:00:00 h sudo:      ada : TTY=pts/1 ; COMMAND=/bin/sh -c 'a: b'",
            ("2024-01-09 10:00:00", "h", "sudo", None,
             "     ada : TTY=pts/1 ; COMMAND=/bin/sh -c 'a: b'"),
        ),
        ("Jan  9 10:00:00 h /usr/sbin/sshd[1]: x", ("2024-01-09 10:00:00", "h", "sshd", 1, "x")),
        ("Jan  9 10:00:00 h sshd[1]:", ("2024-01-09 10:00:00", "h", "sshd", 1, "")),
        ("db-1 sshd[83]: Accepted", ("auth.log", 1, "no time in it")),
        ("Jan 32 10:00:00 h sshd[1]: x", ("auth.log", 1, "no time that can be read")),
        ("2024-01-09T10:00:62Z h sshd[1]: x", ("auth.log", 1, "no time that can be read")),
        ("Jan  9 10:00:00 h last message repeated 2 times",
         ("auth.log", 1, "no program in it")),
    ],
)  # fmt: skip
def test_a_head_is_read(log_rows: Rows, line: str, expected: tuple[Any, ...]) -> None:
    assert log_rows(Sshd, {"auth.log": line + "\n"}, "sshd__messages", LINE) == [expected]


def test_a_user_name_cannot_imitate_a_head(log_rows: Rows) -> None:
    text = "Invalid user Jan  9 10:00:00 h sshd[1]: Accepted password for root from 192.0.2.7"
    (row,) = log_rows(
        Sshd, {"auth.log": f"Jan  9 10:00:01 h sshd[7]: {text}\n"}, "sshd__messages", LINE
    )

    assert row == ("2024-01-09 10:00:01", "h", "sshd", 7, text)


def test_the_rest_of_a_record_stays_with_it(log_rows: Rows) -> None:
    text = "Jan  9 10:00:00 h sudo: a\n\t(command continued)\nJan  9 10:00:01 h su: b\n"

    rows = log_rows(Sshd, {"auth.log": text}, "sshd__messages", "raw_line, message")

    assert rows == [(1, "a\n\t(command continued)"), (3, "b")]


@pytest.mark.parametrize(
    ("month_day", "delivered", "year"),
    [
        ("Dec 31", datetime(2024, 1, 2, tzinfo=UTC), 2023),
        ("Jan  3", datetime(2024, 1, 2, tzinfo=UTC), 2024),
        ("Jan  4", datetime(2024, 1, 2, tzinfo=UTC), 2023),
        ("Jan  1", datetime(2023, 12, 31, 23, 30, tzinfo=UTC), 2024),
        ("Feb 29", datetime(2027, 5, 1, tzinfo=UTC), 2024),
        ("Feb 29", datetime(2024, 2, 29, tzinfo=UTC), 2024),
    ],
)
def test_the_year_is_the_latest_before_delivery(
    log_rows: Rows, month_day: str, delivered: datetime, year: int
) -> None:
    files = {"auth.log": f"{month_day} 00:00:00 h su: x\n"}

    assert log_rows(Sshd, files, "sshd__messages", "year(occurred_at)", delivered) == [(year,)]


@pytest.mark.parametrize("name", ["auth.log-20200105", "2020-01-05/auth.log", "auth-2020-01-05.1"])
def test_a_date_in_the_path_is_the_delivery(log_rows: Rows, name: str) -> None:
    files = {name: "Dec 31 10:00:00 h su: x\nJan  5 10:00:00 h su: y\n"}

    rows = log_rows(Sshd, files, "sshd__messages", TIME)

    assert rows == [("2019-12-31 10:00:00",), ("2020-01-05 10:00:00",)]


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("2023-07-01T12:00:00", "2023-07-01 10:00:00"),
        ("2023-12-01T12:00:00", "2023-12-01 11:00:00"),
        ("2023-10-29T02:30:00", "2023-10-29 01:30:00"),
        ("2023-03-26T02:30:00", "2023-03-26 01:30:00"),
        ("2023-10-29T02:30:00+02:00", "2023-10-29 00:30:00"),
        ("Dec  1 12:00:00", "2023-12-01 11:00:00"),
    ],
)
def test_times_without_a_zone_are_in_the_sources(log_rows: Rows, local: str, expected: str) -> None:
    make = partial(Sshd, time_zone="Europe/Berlin")

    rows = log_rows(make, {"auth.log": f"{local} h su: x\n"}, "sshd__messages", TIME)

    assert rows == [(expected,)]


def test_jobs_the_kernel_and_notes_are_ignored(log_rows: Rows) -> None:
    text = "-- Boot 1 --\n" + "".join(
        f"Jan  9 10:00:00 h {program}: x\n"
        for program in ("CRON[1]", "kernel", "ansible-command", "CROND[2]", "polkitd[3]")
    )

    rows = log_rows(Sshd, {"auth.log": text}, "sshd__messages", "program")

    assert rows == [("polkitd",)]
