"""Vault's audit log: requests and responses as they are written."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from oncall_audit.connectors.vault import Vault

Rows = Callable[..., list[tuple[Any, ...]]]
EXAMPLE = Path(__file__).parent / "fixtures" / "vault" / "audit.log"
T = "vault__events"


def test_both_lines_of_a_call_land_with_who_called(log_rows: Rows) -> None:
    columns = "occurred_at::varchar, entry_type, operation, path, display_name, accessor, token_ttl_seconds, error"
    denied = "1 error occurred:\n\t* permission denied\n\n"

    assert log_rows(Vault, {"audit.log": EXAMPLE.read_bytes()}, T, columns) == [
        ("2024-01-09 21:00:50.123456", "request", "update", "auth/oidc/oidc/callback", None, None, None, None),
        ("2024-01-09 21:00:50.127", "response", "update", "auth/oidc/oidc/callback", "oidc-ada@example.com", "hmac-sha256:01ada", None, None),
        ("2024-01-09 21:01:50.123456", "request", "read", "secret/data/payments/db", "oidc-ada@example.com", "hmac-sha256:01ada", 3600, None),
        ("2024-01-09 21:01:50.127", "response", "read", "secret/data/payments/db", "oidc-ada@example.com", "hmac-sha256:01ada", 3600, None),
        ("2024-01-09 21:02:50.123456", "request", "read", "secret/data/search/db", None, None, None, "permission denied"),
        ("2024-01-09 21:02:50.127", "response", "read", "secret/data/search/db", None, None, None, denied),
    ]  # fmt: skip


def test_a_call_without_an_id_is_known_by_its_text(log_rows: Rows) -> None:
    call = {
        "time": "2024-01-09T21:00:50Z",
        "type": "request",
        "request": {"operation": "help", "path": "sys"},
    }
    text = "\n".join(
        json.dumps(it) for it in (call, call, {**call, "time": "2024-01-09T21:00:51Z"})
    )

    found = log_rows(Vault, {"audit.log": text}, T, "request_id, operation")

    assert found == [(None, "help")] * 2


def test_a_line_that_is_no_call_is_kept_apart(log_rows: Rows) -> None:
    found = log_rows(Vault, {"a.log": '{"time": "2024-01-09T21:00:50Z"}'}, T, "path")

    assert found == [("a.log", 1, "no request in it")]


def test_no_token_lands_even_as_a_hash(log_rows: Rows) -> None:
    (row, *_) = log_rows(Vault, {"audit.log": EXAMPLE.read_bytes()}, T, "*")

    assert not any("00ada" in str(value) for value in row)
