"""OCSF's events, in the forms in which lakes and pipelines hold them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.ocsf import Ocsf
from oncall_audit.errors import ConfigurationError

Rows = Callable[..., list[tuple[Any, ...]]]
EXAMPLE = Path(__file__).parent / "fixtures" / "ocsf" / "events.jsonl"
T = "ocsf__events"
TIME = 1704826850123


def event(**more: Any) -> dict[str, Any]:
    return {"class_uid": 6003, "activity_id": 1, "time": TIME, **more}


def test_events_land_with_who_did_what_where_and_how_it_ended(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, class_uid, activity_id, status_id, actor_name, user_name, operation,"
        " response_error, thing_name, entity_name, privileges, host_name, cloud_account, session_uid"
    )

    rows = log_rows(Ocsf, {"events.jsonl": EXAMPLE.read_bytes()}, T, columns)

    ada, ben = "arn:aws:iam::111122223333:user/ada", "assumed-role/Operator/ben"
    account = "111122223333"
    assert rows == [
        ("2024-01-09 19:00:50.123", 3002, 1, 1, "ada", ada, "ConsoleLogin", None, None, None, None, None, account, None),
        ("2024-01-09 19:01:00", 6003, 2, 2, f"arn:aws:sts::{account}:{ben}", None, "GetSecretValue", "AccessDenied", "payments-db", None, None, None, account, None),
        ("2024-01-09 19:01:10", 1007, 1, 1, "cleo", None, None, None, None, None, None, "dc-1.example.com", None, "0x55E621"),
        ("2024-01-09 19:01:20", 3006, 3, 1, "Dora Dean", "Ed Eden", None, None, None, "admins", "SUPER_ADMIN", None, None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "wrap",
    [
        json.dumps,
        lambda it: json.dumps(it, indent=2),
        lambda it: "\n".join(map(json.dumps, it)),
        lambda it: "\n".join(json.dumps(one, indent=1) for one in it),
    ],
    ids=["array", "pretty array", "lines", "pretty objects"],
)
def test_every_form_of_json_is_the_same(log_rows: Rows, wrap: Callable[[Any], str]) -> None:
    events = [json.loads(line) for line in EXAMPLE.read_text().splitlines()]

    rows = log_rows(Ocsf, {"events.json": wrap(events)}, T, "uid[-1:]")

    assert rows == [("1",), ("2",), ("3",), ("4",)]


@pytest.mark.parametrize("class_uid", [3001, 3002, 3003, 3004, 3005, 3006, 6001, 6003, 6005, 6006, 1007, 4005, 4007])  # fmt: skip
def test_classes_that_name_who_did_something_land(log_rows: Rows, class_uid: int) -> None:
    assert log_rows(Ocsf, {"a.json": json.dumps(event(class_uid=class_uid))}, T, "class_uid") == [
        (class_uid,)
    ]


@pytest.mark.parametrize("class_uid", [1001, 2004, 4001, 4002, 4003, 5001, 6002, 6007, 6008, 0])
def test_classes_of_packets_findings_and_stock_are_ignored(log_rows: Rows, class_uid: int) -> None:
    assert log_rows(Ocsf, {"a.json": json.dumps(event(class_uid=class_uid))}, T, "class_uid") == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"time": TIME}, "no class_uid in it: this is not OCSF"),
        ({"class_uid": "API Activity", "time": TIME}, "no class_uid in it: this is not OCSF"),
        ({"class_uid": 6003}, "no time that can be read"),
        ({"class_uid": 6003, "time": 0}, "no time that can be read"),
        ({"class_uid": 6003, "time": TIME, "actor": "ada"}, "actor is not an object"),
    ],
)
def test_what_is_no_event_is_kept_with_the_reason(
    log_rows: Rows, record: dict[str, Any], reason: str
) -> None:
    assert log_rows(Ocsf, {"a.json": json.dumps(record)}, T, "uid") == [("a.json", 1, reason)]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"time": TIME}, "2024-01-09 19:00:50.123"),
        ({"time": TIME // 1000}, "2024-01-09 19:00:50"),
        ({"time": TIME * 1000 + 7}, "2024-01-09 19:00:50.123007"),
        ({"time": "2024-01-09T20:00:50+01:00"}, "2024-01-09 19:00:50"),
        ({"time": 0, "time_dt": "2024-01-09T19:00:50.123Z"}, "2024-01-09 19:00:50.123"),
        ({"time": None, "time_dt": "2024-01-09T19:00:50Z"}, "2024-01-09 19:00:50"),
    ],
)
def test_times_are_read_as_they_are_written(
    log_rows: Rows, times: dict[str, Any], expected: str
) -> None:
    text = json.dumps({**event(), **times})

    assert log_rows(Ocsf, {"a.json": text}, T, "occurred_at::varchar") == [(expected,)]


@pytest.mark.parametrize(
    ("account", "expected"),
    [("name", "Ada Abel"), ("email_addr", "ada@example.com"), ("uid", "00u1")],
)
def test_the_site_says_what_of_a_user_is_the_account(
    log_rows: Rows, account: str, expected: str
) -> None:
    user = {"name": "Ada Abel", "email_addr": "ada@example.com", "uid": "00u1"}
    text = "\n".join(
        json.dumps(event(actor={"user": it}, message=str(it))) for it in (user, {"name": "ben"})
    )

    rows = log_rows(partial(Ocsf, account=account), {"a.json": text}, T, "actor_name")

    assert rows == [(expected,), ("ben",)]


def test_an_event_delivered_again_counts_once_and_an_id_used_again_is_not_lost(
    log_rows: Rows,
) -> None:
    first = event(metadata={"uid": "1"}, message="a")
    events = [first, first, {**first, "message": "b"}, {**first, "time": TIME + 1}]

    rows = log_rows(Ocsf, {"a.jsonl": "\n".join(map(json.dumps, events))}, T, "message")

    assert rows == [("a",), ("b",), ("a",)]


def test_an_unknown_choice_of_account_is_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="`account` is one of name, email_addr, uid"):
        Ocsf("lake", account="login")  # type: ignore[arg-type]
