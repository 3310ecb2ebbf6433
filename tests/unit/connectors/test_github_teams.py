"""GitHub's owners, teams and repository roles, against a local server that behaves like it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import github_teams as vendor
from servers.github_teams import GitHubTeamsServer

from oncall_audit.connectors.base import Page, SnapshotTable, Window
from oncall_audit.errors import SourceError

NOW = datetime.now(UTC)
NIGHT = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def github(httpserver: HTTPServer, waits: list[float]) -> GitHubTeamsServer:
    """An organisation with an owner, two teams and two repositories."""
    return vendor.serve(httpserver)


def rows(github: GitHubTeamsServer, table: str) -> list[dict[str, Any]]:
    """Read the organisation whole, and decode one table as the landing zone does."""
    connector = github.connector()
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in connector.read(NIGHT)
        if isinstance(page, Page) and page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def test_people_come_with_what_they_are_in_the_organisation_and_each_team(
    github: GitHubTeamsServer,
) -> None:
    assert rows(github, "memberships") == [
        {"organisation": "example", "team": None, "role": "owner", "login": "cleo"},
        {"organisation": "example", "team": "payments", "role": "maintainer", "login": "ada"},
        {"organisation": "example", "team": "payments", "role": "member", "login": "ben"},
    ]


def test_a_teams_repositories_come_with_its_role_also_from_servers_that_do_not_name_it(
    github: GitHubTeamsServer,
) -> None:
    team = {"organisation": "example", "team": "payments"}

    assert rows(github, "team_repositories") == [
        {**team, "repository": "example/ledger", "role": "admin"},
        {**team, "repository": "example/web", "role": "write"},
    ]


def test_a_repository_tells_whom_it_lets_in_by_itself(github: GitHubTeamsServer) -> None:
    assert rows(github, "collaborators") == [
        {
            "organisation": "example",
            "repository": "example/ledger",
            "login": "dora",
            "role": "auditor",
        }
    ]


def test_every_page_of_a_team_is_read(github: GitHubTeamsServer) -> None:
    github.teams["payments"] = {f"user-{number:03}": "member" for number in range(250)}

    found = [it["login"] for it in rows(github, "memberships") if it["role"] == "member"]

    assert found == sorted(github.teams["payments"])


def test_a_record_that_tells_no_role_is_refused_by_itself(github: GitHubTeamsServer) -> None:
    github.repositories["example/web"] = [{"login": "ada", "permissions": {"pull": False}}]

    assert [it["_rejected"] for it in rows(github, "collaborators") if "_rejected" in it] == [
        "it has neither a `role_name` nor any of the `permissions`"
    ]


def test_a_team_that_is_gone_half_way_fails_the_reading(github: GitHubTeamsServer) -> None:
    github.trouble = lambda _number, request: (
        vendor.problem(404, "Not Found") if request.path.endswith("/nobody/repos") else None
    )

    with pytest.raises(SourceError, match=r"/teams/nobody/repos answered 404: Not Found"):
        rows(github, "memberships")


def test_a_repository_whose_people_may_not_be_seen_fails_the_reading(
    github: GitHubTeamsServer,
) -> None:
    github.trouble = lambda _number, request: (
        vendor.problem(403, "Must have push access") if "collaborators" in request.path else None
    )

    with pytest.raises(SourceError, match="does not let this token read it"):
        rows(github, "memberships")
