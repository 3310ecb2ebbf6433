"""Google Cloud's audit logs, in each form in which they are exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.gcp_audit import GcpAudit

Rows = Callable[..., list[tuple[Any, ...]]]
EXAMPLE = Path(__file__).parent / "fixtures" / "gcp_audit" / "audit.jsonl"
T = "gcp_audit__entries"


def entry(**payload: Any) -> dict[str, Any]:
    """Return an entry with this in its payload."""
    return {
        "timestamp": "2024-01-09T21:00:50Z",
        "protoPayload": {"methodName": "storage.objects.get", **payload},
    }


def test_entries_land_with_who_called_what_and_how_it_ended(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, method_name, project, principal, delegated_by, is_refused,"
        " status_code, source_ip, operation_id"
    )

    rows = log_rows(GcpAudit, {"audit.jsonl": EXAMPLE.read_bytes()}, T, columns)

    ada, ip = "ada@example.com", "192.0.2.7"
    deploy = "deploy@shop.iam.gserviceaccount.com"
    assert rows == [
        ("2024-01-09 21:00:50.239984", "v1.compute.instances.delete", "shop", ada, None, False, None, ip, "o-1"),
        ("2024-01-09 21:01:50", "v1.compute.instances.delete", "shop", ada, None, False, 13, ip, "o-1"),
        ("2024-01-09 21:02:50.5", "storage.objects.get", "shop", ada, None, True, 7, "gce-internal-ip", None),
        ("2024-01-09 21:03:50", "google.iam.credentials.v1.GenerateAccessToken", "shop", deploy, "ben@example.com", False, None, ip, None),
    ]  # fmt: skip


@pytest.mark.parametrize("wrap", [lambda it: it, lambda it: {"entries": it, "nextPageToken": "x"}])
def test_what_a_command_or_the_api_prints_is_the_same(
    log_rows: Rows, wrap: Callable[[Any], Any]
) -> None:
    entries = [json.loads(line) for line in EXAMPLE.read_text().splitlines()]
    text = json.dumps(wrap(entries), indent=2)

    rows = log_rows(GcpAudit, {"audit.json": text}, T, "insert_id")

    assert rows == [("id-1",), ("id-2",), ("id-3",), ("id-4",)]


def test_one_id_at_two_times_is_two_entries(log_rows: Rows) -> None:
    first = {**entry(), "insertId": "a"}
    later = {**first, "timestamp": "2024-01-09T21:00:51Z"}
    text = "\n".join(json.dumps(it) for it in (first, later, first))

    assert log_rows(GcpAudit, {"a.jsonl": text}, T, "insert_id") == [("a",), ("a",)]


@pytest.mark.parametrize(
    ("payload", "column", "expected"),
    [
        ({"requestMetadata": {"callerIP": "192.0.2.9"}}, "source_ip", "192.0.2.9"),
        ({"authenticationInfo": {"principalSubject": "principal://x/ada"}}, "principal", "principal://x/ada"),
        ({"authorizationInfo": [{"granted": True}, {"granted": False}]}, "is_refused", True),
        ({"status": {}}, "status_code", None),
    ],
)  # fmt: skip
def test_what_may_be_written_otherwise_is_read(
    log_rows: Rows, payload: dict[str, Any], column: str, expected: object
) -> None:
    text = json.dumps(entry(**payload))

    assert log_rows(GcpAudit, {"a.jsonl": text}, T, column) == [(expected,)]


def test_what_programs_log_is_no_access(log_rows: Rows) -> None:
    text = '{"timestamp": "2024-01-09T21:00:50Z", "textPayload": "started"}'

    assert log_rows(GcpAudit, {"a.jsonl": text}, T, "*") == []


def test_an_entry_that_names_no_call_is_kept_apart(log_rows: Rows) -> None:
    text = json.dumps({**entry(methodName=None)})

    assert log_rows(GcpAudit, {"a.jsonl": text}, T, "*") == [("a.jsonl", 1, "no methodName in it")]
