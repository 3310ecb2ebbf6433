"""A directory by SCIM 2.0, against a local server that speaks it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
from asked_scim import NIGHT, read
from servers.scim import CORE, ENTERPRISE, ScimServer, problem, user

from oncall_audit.connectors.base import Page, SnapshotTable
from oncall_audit.connectors.scim import Scim
from oncall_audit.connectors.scim_resources import Users, attribute
from oncall_audit.errors import ConfigurationError, SourceError

EXAMPLE = Path(__file__).parent / "fixtures" / "scim" / "users.json"
ACCOUNTS = "urn:example:params:scim:schemas:extension:accounts:2.0:User"


def rows(directory: ScimServer, table: str, **options: Any) -> list[dict[str, Any]]:
    """Decode the pages of one table as the landing zone does."""
    connector = directory.connector(**options)
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in connector.read(NIGHT)
        if isinstance(page, Page) and page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def example(**options: Any) -> list[dict[str, Any]]:
    """Decode the example."""
    return [dict(row) for row in Users(**options)(orjson.loads(EXAMPLE.read_bytes()), {})]


def test_a_user_is_read_with_what_the_enterprise_extension_tells() -> None:
    ada = example(accounts={"linux": f"{ACCOUNTS}:unixName", "badge": "employeeNumber"})[0]

    assert ada == {
        "user_id": "7c1f0f0a-ada",
        "engineer_id": "ada@example.com",
        "user_name": "ada@example.com",
        "external_id": "hr-1001",
        "employee_number": "1001",
        "name": "Dr. Ada Abel",
        "email": "ada.abel@example.com",
        "team": "Payments",
        "role": "Engineer",
        "time_zone": "Europe/Berlin",
        "manager_id": "7c1f0f0a-cleo",
        "is_active": True,
        "accounts": [
            {"system": "scim", "account": "ada@example.com", "kind": "human", "is_enabled": True},
            {"system": "linux", "account": "ada", "kind": "human"},
            {"system": "badge", "account": "1001", "kind": "human"},
        ],
        "created_at": datetime(2024, 2, 1, 8, tzinfo=UTC),
        "modified_at": datetime(2026, 2, 20, 12, 0, 0, 123000, tzinfo=UTC),
    }


def test_what_a_user_leaves_out_is_not_known_and_names_are_read_in_any_case() -> None:
    _, ben, cleo = example()

    told = ("engineer_id", "name", "email", "team", "is_active", "created_at")
    created = datetime(2024, 2, 1, 9, tzinfo=UTC)
    assert [tuple(row[it] for it in told) for row in (ben, cleo)] == [
        ("ben@example.com", "Ben Baker", "ben@example.com", None, False, created),
        ("cleo@example.com", "Cleo Curt", None, None, True, None),
    ]
    assert ben["accounts"][0]["is_enabled"] is False


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("userName", "ada@example.com"),
        ("USERNAME", "ada@example.com"),
        ("name.familyName", "Abel"),
        ("employeeNumber", "1001"),
        (f"{CORE}:userName", "ada@example.com"),
        (f"{ENTERPRISE}:division", "Engineering"),
        (f"{ENTERPRISE}:manager.displayName", "Cleo Curt"),
        (f"{ACCOUNTS}:unixName", "ada"),
        (f"{ENTERPRISE}:userName", None),
        ("nickName", None),
    ],
)
def test_an_attribute_goes_by_the_name_that_the_protocol_gives_it(
    path: str, expected: str | None
) -> None:
    ada = orjson.loads(EXAMPLE.read_bytes())["Resources"][0]

    assert attribute(ada, path) == expected


def test_addresses_alone_are_read_too(directory: ScimServer) -> None:
    directory.users = [user("u-1", "ada", emails=["ada@example.com", "ada@home.example.org"])]

    assert rows(directory, "users")[0]["email"] == "ada@example.com"


@pytest.mark.parametrize("key", ["employeeNumber", "id", "externalId"])
def test_the_directorys_key_is_what_the_source_says(directory: ScimServer, key: str) -> None:
    directory.users = [user("u-1", "ada@example.com", externalId="hr-1")]
    expected = {"employeeNumber": "1", "id": "u-1", "externalId": "hr-1"}[key]

    assert [it["engineer_id"] for it in rows(directory, "users", engineer_id=key)] == [expected]


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"id": None}, "it has no `id`"),
        ({"userName": ""}, "it has no `userName`"),
        ({"active": "maybe"}, "its `active` is neither true nor false"),
        ({"title": {"a": 1}}, "its `title` is no text"),
    ],
)
def test_who_cannot_be_told_is_refused_and_not_invented(
    directory: ScimServer, told: dict[str, Any], reason: str
) -> None:
    directory.users[0] |= told

    found = rows(directory, "users")

    assert found[0] == {"_rejected": reason}
    assert [row.get("user_name") for row in found[1:]] == ["ben@example.com", "cleo@example.com"]


def test_groups_are_asked_for_only_where_they_are_teams(directory: ScimServer) -> None:
    assert [page.name for page in read(directory)] == ["users-00000"]
    assert [page.name for page in read(directory, team_groups="team *")] == [
        "users-00000",
        "groups-00000",
    ]


def test_members_of_groups_are_read_and_teams_are_told_by_their_names(
    directory: ScimServer,
) -> None:
    found = rows(directory, "members", team_groups="team *")

    payments = {"group_id": "g-1", "group_name": "Team Payments", "is_team": True}
    everybody = {"group_id": "g-2", "group_name": "Everybody", "is_team": False}
    called = {"group_id": "g-3", "group_name": "Payments on call", "is_team": False}
    assert found == [
        {**payments, "member_id": "u-1"},
        {**payments, "member_id": "g-3"},
        {**everybody, "member_id": "u-1"},
        {**everybody, "member_id": "u-2"},
        {**everybody, "member_id": "u-3"},
        {**called, "member_id": "u-3"},
        {"_ignored": "a group of nobody"},
    ]
    assert {it["team"] for it in rows(directory, "users", team_groups="team *")} == {None}


def test_a_directory_without_groups_says_so_at_once(
    directory: ScimServer, waits: list[float]
) -> None:
    directory.groups = None

    with pytest.raises(SourceError, match="/Groups answered 501: Groups are not supported"):
        read(directory, team_groups="team *")

    assert waits == []


def test_all_pages_of_a_reading_are_one_snapshot(directory: ScimServer) -> None:
    directory.largest_page = 1

    assert len({page.observed_at for page in read(directory, team_groups="*")}) == 1


def test_what_the_server_says_of_an_error_is_passed_on(directory: ScimServer) -> None:
    directory.trouble = lambda _number, _request: problem(400, "The count is too large")

    with pytest.raises(SourceError, match="answered 400: The count is too large"):
        read(directory)


def test_trying_it_out_asks_for_groups_where_they_are_teams(directory: ScimServer) -> None:
    directory.groups = None

    connector: Any = directory.connector(team_groups="*")

    with pytest.raises(SourceError, match="/Groups answered 501"):
        connector.probe()


def test_a_token_is_needed() -> None:
    with pytest.raises(ConfigurationError, match="needs `token`"):
        Scim(url="https://example.com/scim/v2")
