"""Teleport's events, as they are written and as exporters change them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from oncall_audit.connectors.teleport import Teleport

Rows = Callable[..., list[tuple[Any, ...]]]
T = "teleport__events"
END: dict[str, Any] = {
    "event": "session.end",
    "code": "T2004I",
    "uid": "u-1",
    "time": "2024-01-09T21:06:21.024Z",
    "user": "ada",
    "login": "ec2-user",
    "sid": "s-1",
    "addr.remote": "192.0.2.7:52963",
    "server_hostname": "db-pay-1",
    "session_start": "2024-01-09T21:00:50.239984794Z",
    "session_stop": "2024-01-09T21:06:21.024064124Z",
    "proto": "ssh",
}


def lines(*events: dict[str, Any]) -> dict[str, str]:
    return {"events.log": "\n".join(map(json.dumps, events))}


def test_a_session_lands_with_its_times(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, event, code, user_name, login, sid, remote_address, server_hostname,"
        " session_started_at::varchar, session_stopped_at::varchar, protocol, is_success"
    )

    assert log_rows(Teleport, lines(END), T, columns) == [
        (
            "2024-01-09 21:06:21.024",
            "session.end",
            "T2004I",
            "ada",
            "ec2-user",
            "s-1",
            "192.0.2.7:52963",
            "db-pay-1",
            "2024-01-09 21:00:50.239984",
            "2024-01-09 21:06:21.024064",
            "ssh",
            None,
        )
    ]


def test_wrapped_and_renamed_events_are_the_same(log_rows: Rows) -> None:
    renamed = {k: v for k, v in END.items() if k != "addr.remote"} | {
        "addr_remote": END["addr.remote"],
        "uid": "u-2",
        "code": "t2004i",
        "time": "2024-01-09 21:06:21.024",
    }
    wrapped = {"teleport_log": {"audit": END | {"uid": "u-3"}}}

    columns = "occurred_at::varchar, code, user_name, remote_address"
    rows = log_rows(Teleport, lines(END, renamed, wrapped), T, columns)

    assert rows == [("2024-01-09 21:06:21.024", "T2004I", "ada", "192.0.2.7:52963")] * 3


def test_a_command_lands_with_its_words(log_rows: Rows) -> None:
    command = {
        "event": "session.command",
        "time": "2024-01-09T21:01:00Z",
        "program": "cat",
        "path": "/bin/cat",
        "argv": ["/etc/hosts", 'a "b"'],
        "return_code": 1,
    }

    rows = log_rows(Teleport, lines(command), T, "program, path, argv, return_code")

    assert rows == [("cat", "/bin/cat", '["/etc/hosts","a \\"b\\""]', 1)]


def test_a_request_and_its_review_land(log_rows: Rows) -> None:
    request = {
        "event": "access_request.review",
        "time": "2024-01-09T21:01:00Z",
        "id": "r-1",
        "state": "APPROVED",
        "roles": ["dba"],
        "reason": "INC-7",
        "reviewer": "grace",
        "expires": "2024-01-10T05:00:00Z",
    }
    login = {"event": "user.login", "time": "2024-01-09T21:01:00Z", "success": False, "id": "x"}

    columns = "request_id, request_state, roles, reason, reviewer, expires_at::varchar, is_success"
    rows = log_rows(Teleport, lines(request, login), T, columns)

    assert rows == [
        ("r-1", "APPROVED", '["dba"]', "INC-7", "grace", "2024-01-10 05:00:00", None),
        (None, None, None, None, None, None, False),
    ]


def test_a_certificate_a_changed_rule_and_a_delegated_review_land(log_rows: Rows) -> None:
    time = {"time": "2024-01-09T21:01:00Z"}
    identity = {"user": "bot-ci", "bot_name": "ci", "expires": "2024-01-10T09:01:00Z"}
    issued = {"event": "cert.create", "cert_type": "user", "identity": identity, **time}
    changed = {"event": "access_monitoring_rule.update", "name": "auto-dba", "user": "ada", **time}
    review = {"event": "access_request.review", "id": "r-1", "proposed_state": "APPROVED"}

    columns = (
        "certificate_type, certificate_user, certificate_bot, expires_at::varchar, rule_name,"
        " proposed_state, delegator"
    )
    found = lines(issued, changed, {**review, "delegator": "ben", **time})
    rows = log_rows(Teleport, found, T, columns)

    assert rows == [
        ("user", "bot-ci", "ci", "2024-01-10 09:01:00", None, None, None),
        (None, None, None, None, "auto-dba", None, None),
        (None, None, None, None, None, "APPROVED", "ben"),
    ]


def test_a_login_lands_with_its_second_factor_and_its_device(log_rows: Rows) -> None:
    login = {
        "event": "user.login",
        "time": "2024-01-09T21:00:40Z",
        "method": "local",
        "mfa_device": {"mfa_device_name": "key", "mfa_device_uuid": "m-1"},
        "trusted_device": {"device_id": "d-1", "asset_tag": "LAPTOP1"},
    }
    session = {"event": "session.start", "time": "2024-01-09T21:00:50Z", "with_mfa": "m-1"}
    wrapped = {"teleport_log": {"audit": login | {"time": "2024-01-09T21:01:00Z"}}}

    columns = "login_method, mfa_device_id, with_mfa, trusted_device_id"
    rows = log_rows(Teleport, lines(login, session, wrapped), T, columns)

    told = ("local", "m-1", None, "d-1")
    assert rows == [told, (None, None, "m-1", None), told]


def test_the_year_one_means_never(log_rows: Rows) -> None:
    lock = {
        "event": "lock.created",
        "time": "2024-01-09T21:01:00Z",
        "expires": "0001-01-01T00:00:00Z",
    }

    assert log_rows(Teleport, lines(lock), T, "expires_at") == [(None,)]


def test_events_without_an_id_are_told_apart_by_their_text(log_rows: Rows) -> None:
    bare = {"event": "auth", "time": "2024-01-09T21:01:00Z", "user": "ada"}

    rows = log_rows(Teleport, lines(bare, bare | {"user": "bob"}, END, END), T, "user_name")

    assert rows == [("ada",), ("bob",), ("ada",)]


def test_a_session_tells_how_it_was_recorded(log_rows: Rows) -> None:
    told = {**END, "session_recording": "off", "interactive": False}
    upload = {"event": "session.upload", "code": "T2005I", "uid": "u-9", "sid": "s-1"}
    found = log_rows(
        Teleport,
        lines(told, {**upload, "time": "2024-01-09T21:07:00Z", "ei": 2147483647}),
        T,
        "event, user_name, sid, session_recording, is_interactive",
    )

    assert sorted(found) == [
        ("session.end", "ada", "s-1", "off", False),
        ("session.upload", None, "s-1", None, None),
    ]
