"""Who may use which connections of a hoop gateway, against a local server that behaves like it."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import hoop as vendor
from servers.hoop import NOW, HoopServer, answer, user

from oncall_audit.connectors.base import Page, SnapshotTable, Window
from oncall_audit.errors import SourceError


@pytest.fixture
def hoop(httpserver: HTTPServer, waits: list[float]) -> HoopServer:
    """A gateway with two connections, of which one has a group."""
    made = vendor.serve(httpserver)
    made.users = [user("ada", "payments", "sre"), user("ben")]
    made.access = {"payments-db": ["payments"], "search-db": None}
    return made


def rows(hoop: HoopServer, table: str) -> list[dict[str, Any]]:
    """Read who may use what, and decode one table as the landing zone does."""
    connector = hoop.connector(kind="permissions")
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in connector.read(Window(NOW, NOW))
        if isinstance(page, Page) and page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def test_each_group_of_a_user_is_a_row(hoop: HoopServer) -> None:
    ada = {
        "user_id": "u-ada", "email": "ada@example.com", "role": "standard", "status": "active",
        "is_enabled": True,
    }  # fmt: skip
    ben = {**ada, "user_id": "u-ben", "email": "ben@example.com"}

    assert rows(hoop, "memberships") == [
        {**ada, "group_name": "payments"},
        {**ada, "group_name": "sre"},
        {**ben, "group_name": None},
    ]


def test_each_group_of_a_connection_is_a_row(hoop: HoopServer) -> None:
    assert rows(hoop, "accesses") == [
        {"connection": "payments-db", "group_name": "payments"},
        {"connection": "search-db", "group_name": None},
    ]


def test_an_administrator_is_one_by_role_too(hoop: HoopServer) -> None:
    hoop.users = [user("cleo", "admin", role="admin"), user("dora", role="admin")]

    found = [(row["email"], row["group_name"]) for row in rows(hoop, "memberships")]
    assert found == [("cleo@example.com", "admin"), ("dora@example.com", "admin")]


@pytest.mark.parametrize("status", ["inactive", "invited", None])
def test_who_is_not_active_may_use_nothing(hoop: HoopServer, status: str | None) -> None:
    hoop.users = [user("ada", "payments", status=status)]

    assert [row["is_enabled"] for row in rows(hoop, "memberships")] == [False]


def test_all_is_one_snapshot_and_passwords_are_not_asked_for(hoop: HoopServer) -> None:
    pages = [
        it for it in hoop.connector(kind="permissions").read(Window(NOW, NOW))
        if isinstance(it, Page)
    ]  # fmt: skip

    assert len({page.observed_at for page in pages}) == 1
    assert hoop.asked == ["/api/users", "/api/plugins/access_control"]


def test_a_gateway_without_access_control_is_an_error_and_no_empty_list(hoop: HoopServer) -> None:
    hoop.access = None

    with pytest.raises(SourceError, match="every user reaches every connection"):
        rows(hoop, "accesses")


@pytest.mark.parametrize("at", [1, 2])
@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_a_refusal_half_way_is_an_error(hoop: HoopServer, at: int, status: int) -> None:
    hoop.trouble = lambda number, _: (
        answer({"message": "no"}, status) if number == at else None
    )  # fmt: skip

    with pytest.raises(SourceError, match=str(status)):
        rows(hoop, "accesses")


@pytest.mark.parametrize("told", [{"email": ""}, {"id": None}, {"groups": "sre"}])
def test_a_user_who_is_none_is_kept_apart(hoop: HoopServer, told: dict[str, Any]) -> None:
    hoop.users = [user("ada", "sre", **told), user("ben", "sre")]

    first, second = rows(hoop, "memberships")
    assert set(first) == {"_rejected"}
    assert second["email"] == "ben@example.com"
