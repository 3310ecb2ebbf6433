"""A local server that behaves like GitHub's API of organisations, teams and repositories."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.github_teams import GitHubTeams
from servers import ApiServer
from servers.github import answer, problem

TOKEN = "ghp_canary-token-4713"
Record = dict[str, Any]


@dataclass
class GitHubTeamsServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    owners: list[str] = field(default_factory=list)
    # Of each team the roles of its people, and the roles that it has in repositories.
    teams: dict[str, dict[str, str]] = field(default_factory=dict)
    team_repositories: dict[str, list[Record]] = field(default_factory=dict)
    # Of each repository those whom it lets in by itself.
    repositories: dict[str, list[Record]] = field(default_factory=dict)
    largest_page: int = 100

    def connector(self, token: str = TOKEN) -> Connector:
        """Return the connector that asks this organisation."""
        return GitHubTeams(organisation="example", token=token, url=self.url)

    def fill(self, pages: int) -> None:
        """Let the list of owners have so many pages."""
        self.owners = [f"owner-{number:05}" for number in range(pages * self.largest_page)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return the owners that the pages hold, in order."""
        return [
            user["login"]
            for page in pages
            if page.context.get("role") == "owner"
            for user in json.loads(page.body)
        ]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often."""
        return problem(429, "API rate limit exceeded", **{"Retry-After": str(seconds)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "Bad credentials")
        found = self._found(request)
        return problem(404, "Not Found") if found is None else self._page(request, found)

    def _found(self, request: Request) -> list[Record] | None:  # noqa: PLR0911
        role = request.args.get("role")
        match request.path.strip("/").split("/"):
            case ["orgs", "example", "members"]:
                return [{"login": it} for it in self.owners] if role == "admin" else None
            case ["orgs", "example", "teams"]:
                return [{"slug": it, "name": it.title()} for it in self.teams]
            case ["orgs", "example", "repos"]:
                return [{"full_name": it} for it in self.repositories]
            case ["orgs", "example", "teams", slug, "members"]:
                return [{"login": it} for it, held in self.teams[slug].items() if held == role]
            case ["orgs", "example", "teams", slug, "repos"]:
                return self.team_repositories.get(slug, [])
            case ["repos", owner, name, "collaborators"]:
                is_direct = request.args.get("affiliation") == "direct"
                return self.repositories[f"{owner}/{name}"] if is_direct else None
        return None

    def _page(self, request: Request, found: list[Record]) -> Response:
        """By numbered pages of up to a hundred; the address of the next is a header."""
        limit = min(int(request.args.get("per_page", 30)), self.largest_page)
        number = int(request.args.get("page", 1))
        shown = found[(number - 1) * limit : number * limit]
        if number * limit >= len(found):
            return answer(shown)
        kept = "&".join(f"{k}={v}" for k, v in request.args.items() if k != "page")
        following = f"{self.url}{request.path}?{kept}&page={number + 1}"
        return answer(shown, Link=f'<{following}>; rel="next", <{following}>; rel="last"')


def serve(server: HTTPServer) -> GitHubTeamsServer:
    """Serve an organisation with two teams and two repositories."""
    return GitHubTeamsServer(
        server,
        owners=["cleo"],
        teams={"payments": {"ada": "maintainer", "ben": "member"}, "nobody": {}},
        team_repositories={
            "payments": [
                {"full_name": "example/ledger", "role_name": "admin"},
                {"full_name": "example/web", "permissions": {"push": True, "pull": True}},
            ]
        },
        repositories={
            "example/ledger": [{"login": "dora", "role_name": "auditor"}],
            "example/web": [],
        },
    )
