"""Logs of Azure and Entra ID, as a diagnostic setting exports them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oncall_audit.connectors.azure import Azure

Rows = Callable[..., list[tuple[Any, ...]]]
EXAMPLE = Path(__file__).parent / "fixtures" / "azure" / "records.jsonl"
T = "azure__records"


def test_records_land_with_who_did_what_and_how_it_ended(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, category, user_principal_name, service_principal, result_type,"
        " error_code, factors, device_id, target, resource_id, source_ip"
    )

    rows = log_rows(Azure, {"records.jsonl": EXAMPLE.read_bytes()}, T, columns)

    ada, ip = "ada@example.com", "192.0.2.7"
    assert rows == [
        ("2024-01-09 21:00:50.239984", "SignInLogs", ada, None, "0", 0, "multiFactorAuthentication", "d-1", None, None, ip),
        ("2024-01-09 21:01:50", "ServicePrincipalSignInLogs", None, "deploy", "7000215", 7000215, None, None, None, None, ip),
        ("2024-01-09 21:02:50", "AuditLogs", ada, None, "Success", None, None, None, "ben@example.com", None, ip),
        ("2024-01-09 21:03:50", "Administrative", ada, None, "Start", None, None, None, None, "/SUBSCRIPTIONS/S1/VM/DB-1", ip),
    ]  # fmt: skip


def test_a_blob_with_a_list_is_the_same(log_rows: Rows) -> None:
    records = [json.loads(line) for line in EXAMPLE.read_text().splitlines()]

    rows = log_rows(Azure, {"PT1H.json": json.dumps({"records": records})}, T, "category")

    assert [category for (category,) in rows] == [it["category"] for it in records]


def test_two_records_of_one_microsecond_are_two(log_rows: Rows) -> None:
    first = json.loads(EXAMPLE.read_text().splitlines()[0])
    second = {**first, "time": "2024-01-09T21:00:50.2399848Z"}
    text = "\n".join(json.dumps(it) for it in (first, second, first))

    rows = log_rows(Azure, {"a.json": text}, T, "occurred_at::varchar")

    assert rows == [("2024-01-09 21:00:50.239984",)] * 2


def test_a_copy_of_a_warehouse_is_kept_apart(log_rows: Rows) -> None:
    text = '{"time": "2024-01-09T21:00:50Z", "operation_name": "Sign-in activity"}'

    assert log_rows(Azure, {"a.json": text}, T, "*") == [("a.json", 1, "no operationName in it")]
