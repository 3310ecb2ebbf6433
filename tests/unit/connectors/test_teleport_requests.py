"""Access requests of a Teleport cluster: who asked for what, who decided, and what it opens."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from teleport_objects import (
    LEDGER,
    NODES,
    PAYMENTS,
    Record,
    decoded,
    request,
    review,
    user,
)


def test_a_request_opens_what_its_roles_do() -> None:
    found = decoded("requests", user("ada"), PAYMENTS, *NODES, request("q-1", 2))

    told = {
        "requester": "ada",
        "approver": "ben",
        "status": "approved",
        "reason": "ticket 7",
        "reviews": [
            {
                "reviewer": "ben",
                "reviewed_at": "2026-03-02T10:05:00.5Z",
                "decision": "approved",
                "reason": "fine",
            }
        ],
        "requested_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "started_at": datetime(2026, 3, 2, 10, 5, 0, 500000, tzinfo=UTC),
        "ended_at": datetime(2026, 3, 2, 18, tzinfo=UTC),
        "permission": "payments-admin",
    }
    assert found == [
        {**told, "request_id": "q-1", "resource_name": "acme"},
        {**told, "request_id": "q-1/payments-admin/ledger-1", "resource_name": "ledger-1"},
    ]


def test_a_request_for_single_resources_opens_these_alone() -> None:
    wanted = [
        {"cluster": "acme", "kind": "node", "name": LEDGER},
        {"cluster": "acme", "kind": "db", "name": "search-db"},
        {"cluster": "acme", "kind": "namespace", "name": "production", "sub_resource": "payments"},
    ]
    found = decoded("requests", *NODES, request("q-1", 2, resource_ids=wanted))

    names = [row["resource_name"] for row in found]
    assert names == ["acme", "ledger-1", "production", "search-db"]


def test_of_roles_that_nobody_exported_only_the_request_is_told() -> None:
    assert [row["request_id"] for row in decoded("requests", request("q-1", 2))] == ["q-1"]


@pytest.mark.parametrize(
    ("state", "reviews", "told"),
    [
        (None, None, ("pending", None, None)),
        (1, [review("ben", 2)], ("pending", None, None)),
        ("PENDING", None, ("pending", None, None)),
        (3, [review("ben", 3)], ("denied", None, None)),
        (2, None, ("approved", None, "10:00:00")),
        ("APPROVED", [review("ben", "APPROVED")], ("approved", "ben", "10:05:00.500000")),
        (4, [review("dora", 4)], ("approved", "dora", "10:05:00.500000")),
        (
            2,
            [review("eve", 2, "2026-03-02T10:30:00Z"), review("ben", 2), review("fay", 3)],
            ("approved", "eve", "10:30:00"),
        ),
    ],
)
def test_who_decided_and_from_when(state: Any, reviews: Any, told: tuple[Any, ...]) -> None:
    (row,) = decoded("requests", request("q-1", state, reviews=reviews))

    began = row["started_at"] and row["started_at"].time().isoformat()
    assert (row["status"], row["approver"], began) == told


def test_what_is_to_begin_later_does() -> None:
    (row,) = decoded("requests", request("q-1", 2, assume_start_time="2026-03-02T14:00:00Z"))

    assert row["started_at"] == datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", [{"user": ""}, {"created": "soon"}, {"state": 9}, {"reviews": 7}, {"reviews": ["ben"]}]
)
def test_a_request_that_is_none_is_kept_apart(told: Record) -> None:
    wrong = request("q-1", 2)
    wrong["spec"] |= told

    first, second = decoded("requests", wrong, request("q-2", 1))

    assert set(first) == {"_rejected"}
    assert second["request_id"] == "q-2"
