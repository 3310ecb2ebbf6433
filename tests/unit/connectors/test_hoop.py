"""hoop by its API, against a local server that behaves like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import hoop as vendor
from servers.hoop import NOW, HoopServer, change, review, session, stamp

from oncall_audit import connectors, landing
from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.hoop import Hoop
from oncall_audit.connectors.hoop_tables import REVIEWS
from oncall_audit.errors import ConfigurationError, SourceError

NIGHT = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def hoop(httpserver: HTTPServer, waits: list[float]) -> HoopServer:
    """A gateway that nobody uses yet."""
    return vendor.serve(httpserver)


def read(hoop: HoopServer, **options: Any) -> list[Page]:
    """Read the gateway whole."""
    return [it for it in hoop.connector(**options).read(NIGHT) if isinstance(it, Page)]


def landed(
    hoop: HoopServer, folder: Path, table: str, columns: str, minutes: int = 0
) -> list[tuple[Any, ...]]:
    """Land the gateway's log; return the rows of a table."""
    landing.land(
        hoop.connector(), source_name="h", system="hoop", window=NIGHT, folder=folder,
        now=NOW + timedelta(minutes=minutes),
    )  # fmt: skip
    with landing.Manifest(folder / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        assert list(manifest.quarantined()) == []
        landing.views(connection, manifest, {"hoop": connectors.tables("hoop")})
        query = f"select {columns} from landing.hoop__{table} order by all"
        return connection.execute(query).fetchall()


def reviewed(*found: dict[str, Any]) -> list[dict[str, Any]]:
    """Decode an answer with these reviews."""
    return [dict(row) for row in REVIEWS.decode(list(found), {})]


def test_a_session_that_began_days_before_the_night_is_read_again(hoop: HoopServer) -> None:
    hoop.sessions = [session(0), session(0, id="s-early", start_date=stamp(NOW - timedelta(6)))]

    assert hoop.found(read(hoop)) == ["s-000000", "s-early"]


def test_a_list_that_is_too_long_is_read_in_parts(
    hoop: HoopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall_audit.connectors.hoop._FURTHEST", 250)
    hoop.furthest = 250
    hoop.fill(9)

    assert set(hoop.found(read(hoop))) == {f"s-{number:06}" for number in range(900)}


def test_more_in_a_second_than_can_be_read_is_an_error(
    hoop: HoopServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("oncall_audit.connectors.hoop._FURTHEST", 250)
    moment = stamp(NOW - timedelta(hours=3))
    hoop.sessions = [session(number, start_date=moment) for number in range(300)]

    with pytest.raises(SourceError, match="more than 250 sessions in one second"):
        read(hoop)


def test_fewer_than_hoop_counts_is_an_error(hoop: HoopServer) -> None:
    short = {"data": [session(0)], "total": 2, "has_next_page": False}
    hoop.trouble = lambda number, _: vendor.answer(short) if number == 1 else None

    with pytest.raises(SourceError, match="gave 1 of 2 records"):
        read(hoop)


def test_an_answer_that_does_not_count_is_an_error(hoop: HoopServer) -> None:
    hoop.trouble = lambda _number, _request: vendor.answer({"data": []})

    with pytest.raises(SourceError, match="does not say how many"):
        read(hoop)


def test_every_change_is_read(hoop: HoopServer, tmp_path: Path) -> None:
    hoop.changes = [change(number) for number in range(250)]

    rows = landed(hoop, tmp_path, "changes", "change_id")

    assert rows == [(f"c-{number:06}",) for number in range(250)]


def test_an_older_gateway_may_leave_changes_out(hoop: HoopServer) -> None:
    assert {page.table for page in read(hoop, changes=False)} == {"sessions"}
    assert not any("audit" in url for url in hoop.asked)


def test_a_change_lands_with_its_fields(hoop: HoopServer, tmp_path: Path) -> None:
    hoop.changes = [change(0, outcome=False, http_status=403)]
    columns = "actor_email, resource_type, action, http_path, http_status, is_success, source_ip"

    assert landed(hoop, tmp_path, "changes", columns) == [
        (
            "ben@example.com", "connection", "update", "/api/connections/payments-db", 403, False,
            "192.0.2.7",
        )
    ]  # fmt: skip


def test_a_session_lands_again_when_it_has_ended(hoop: HoopServer, tmp_path: Path) -> None:
    hoop.sessions = [session(0, status="open", end_date=None, exit_code=None)]
    columns = "session_id, user_email, connection, status, ended_at is not null, exit_code"
    running = ("s-000000", "ada@example.com", "payments-db", "open", False, None)
    assert landed(hoop, tmp_path, "sessions", columns) == [running]

    hoop.sessions = [session(0)]

    ended = ("s-000000", "ada@example.com", "payments-db", "done", True, 0)
    assert landed(hoop, tmp_path, "sessions", columns, minutes=1) == [ended, running]
    assert landed(hoop, tmp_path, "sessions", columns, minutes=2) == [ended, running]


def test_a_session_lands_with_what_was_asked_and_decided(hoop: HoopServer, tmp_path: Path) -> None:
    stopped = [{"rule_name": "no-deletes", "direction": "input", "matched_words": ["DELETE"]}]
    hoop.sessions = [
        session(
            0, verb="exec", script={"data": "delete from payments"}, guardrails_info=stopped,
            review=review("q-1", "APPROVED"), connection="", role_name="payments-db-rw",
        )
    ]  # fmt: skip
    columns = "verb, script, guardrail, review_status, approved_at::varchar, connection"

    assert landed(hoop, tmp_path, "sessions", columns) == [
        (
            "exec", "delete from payments", "no-deletes", "APPROVED", "2026-03-02 10:05:00",
            "payments-db-rw",
        )
    ]  # fmt: skip


def test_a_review_is_a_request_from_its_last_approval_on(hoop: HoopServer) -> None:
    assert reviewed(review("q-1", "APPROVED")) == [
        {
            "review_id": "q-1",
            "review_type": "jit",
            "status": "APPROVED",
            "requester": "ada@example.com",
            "approver": "ben@example.com",
            "connection": "payments-db",
            "session_id": "s-000001",
            "reviews": [
                {
                    "reviewer": "ben@example.com",
                    "reviewed_at": "2026-03-02T10:05:00Z",
                    "decision": "approved",
                    "group": "sre",
                }
            ],
            "requested_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
            "started_at": datetime(2026, 3, 2, 10, 5, tzinfo=UTC),
            "ended_at": datetime(2026, 3, 2, 10, 35, tzinfo=UTC),
        }
    ]


@pytest.mark.parametrize(
    ("told", "ended"),
    [
        ({"access_duration": 3_600_000_000_000}, "2026-03-02T11:05:00+00:00"),
        ({"type": "onetime", "access_duration": 0}, "2026-03-02T10:35:00+00:00"),
        ({"revoke_at": "2026-03-02T10:20:00+00:00"}, "2026-03-02T10:20:00+00:00"),
    ],
)
def test_access_ends_when_hoop_says(told: dict[str, Any], ended: str) -> None:
    (row,) = reviewed(review("q-1", "APPROVED", **told))

    assert row["ended_at"].isoformat() == ended


def test_nobody_has_decided_what_waits() -> None:
    (row,) = reviewed(review("q-1", "PENDING", review_groups_data=[{"group": "sre"}]))

    assert (row["approver"], row["started_at"], row["ended_at"]) == (None, None, None)


@pytest.mark.parametrize(
    "told",
    [
        {"review_owner": None},
        {"access_duration": "long"},
        {"access_duration": 10**30},
        {"id": ""},
        {"review_groups_data": 7},
        {"review_groups_data": ["sre"]},
    ],
)
def test_a_review_that_is_none_is_kept_apart(told: dict[str, Any]) -> None:
    first, second = reviewed(review("q-1", "APPROVED", **told), review("q-2", "APPROVED"))

    assert set(first) == {"_rejected"}
    assert second["review_id"] == "q-2"


def test_reviews_are_read_whole(hoop: HoopServer) -> None:
    hoop.reviews = [review("q-1", "APPROVED")]

    (page,) = read(hoop, kind="requests")

    assert (page.table, orjson.loads(page.body)) == ("reviews", hoop.reviews)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "needs `token`"),
        ({"token": "x", "kind": "directory"}, "hoop has no `kind: directory`"),
        ({"token": "x", "changes": "no"}, "`changes` is either true or false"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Hoop(url="https://hoop.example.com/api", **options)
