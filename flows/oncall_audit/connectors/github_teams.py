"""GitHub: an organisation's owners, teams and repository roles, by its API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import quote

from oncall_audit.connectors.base import Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.http import Answer, Client, Parameters, reveal
from oncall_audit.connectors.paging import next_of, pages
from oncall_audit.connectors.records import (
    Row,
    UnreadableError,
    columns,
    listed,
    part,
    required,
    rows,
)

_LIMIT = 100
# What older servers say instead of a role's name, the most powerful first.
_ROLES = {
    "admin": "admin", "maintain": "maintain", "push": "write", "triage": "triage", "pull": "read",
}  # fmt: skip


def decode_memberships(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each person of the team, or of the organisation, that the page is of."""

    def row(user: Row) -> Iterator[Row]:
        yield {**context, "login": required(user, "login")}

    return rows(listed(document, "members"), row)


def decode_team_repositories(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each repository of the team that the page is of."""

    def row(repository: Row) -> Iterator[Row]:
        named = {"repository": required(repository, "full_name"), "role": _role(repository)}
        yield {**context, **named}

    return rows(listed(document, "repositories"), row)


def decode_collaborators(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each person whom the page's repository itself lets in."""

    def row(user: Row) -> Iterator[Row]:
        yield {**context, "login": required(user, "login"), "role": _role(user)}

    return rows(listed(document, "collaborators"), row)


def _role(record: Row) -> str:
    if record.get("role_name"):
        return str(record["role_name"])
    permissions = part(record, "permissions")
    held = [role for permission, role in _ROLES.items() if permissions.get(permission) is True]
    if not held:
        raise UnreadableError("it has neither a `role_name` nor any of the `permissions`")
    return held[0]


_MEMBERSHIPS = SnapshotTable(
    "memberships", columns("organisation team login role"), decode_memberships
)
_TEAM_REPOSITORIES = SnapshotTable(
    "team_repositories", columns("organisation team repository role"), decode_team_repositories
)
_COLLABORATORS = SnapshotTable(
    "collaborators", columns("organisation repository login role"), decode_collaborators
)


@dataclass(frozen=True, slots=True)
class GitHubTeams:
    """Who may do what in one GitHub organisation: owners, teams, and roles in repositories.

    Needs a token of an owner with *Members: read*, and *Metadata: read* of all repositories.
    """

    organisation: str
    token: object = field(repr=False)
    url: str = "https://api.github.com"

    default_system: ClassVar[str] = "github"
    kind: ClassVar[Kind] = "permissions"
    tables: ClassVar[tuple[Table, ...]] = (_MEMBERSHIPS, _TEAM_REPOSITORIES, _COLLABORATORS)

    def read(self, window: Window) -> Iterator[Page]:
        """Yield the organisation's owners, its teams one by one, then its repositories."""
        at = datetime.now(UTC)
        with self._client() as client:
            yield from self._people(client, at, f"{self._place}/members", None, "owner")
            for team in self._records(client, f"{self._place}/teams"):
                yield from self._team(client, at, str(team["slug"]))
            for repository in self._records(client, f"{self._place}/repos"):
                yield from self._collaborators(client, at, str(repository["full_name"]))

    def probe(self) -> str:
        """Ask for one team; raise `SourceError` if GitHub cannot be reached or refuses."""
        with self._client() as client:
            client.get(f"{self._place}/teams", [("per_page", 1)], key=None)
        return "answers, and accepts the key"

    @property
    def _place(self) -> str:
        return f"/orgs/{quote(self.organisation, safe='')}"

    def _team(self, client: Client, at: datetime, slug: str) -> Iterator[Page]:
        place = f"{self._place}/teams/{quote(slug, safe='')}"
        for role in ("maintainer", "member"):
            yield from self._people(client, at, f"{place}/members", slug, role)
        context = {"organisation": self.organisation, "team": slug}
        for number, answer in enumerate(_listed(client, f"{place}/repos")):
            name = f"repositories-{slug}-{number:05}"
            yield Page("team_repositories", name, answer.body, at, context)

    def _people(
        self, client: Client, at: datetime, path: str, team: str | None, role: str
    ) -> Iterator[Page]:
        # Those who own an organisation GitHub's parameter calls its administrators.
        asked: Parameters = [("role", "admin" if role == "owner" else role)]
        context = {"organisation": self.organisation, "team": team, "role": role}
        for number, answer in enumerate(_listed(client, path, asked)):
            name = "-".join((role, *([team] if team else []), f"{number:05}"))
            yield Page("memberships", name, answer.body, at, context)

    def _collaborators(self, client: Client, at: datetime, repository: str) -> Iterator[Page]:
        context = {"organisation": self.organisation, "repository": repository}
        path = f"/repos/{quote(repository)}/collaborators"
        for number, answer in enumerate(_listed(client, path, [("affiliation", "direct")])):
            name = f"collaborators-{repository.replace('/', '-')}-{number:05}"
            yield Page("collaborators", name, answer.body, at, context)

    def _records(self, client: Client, path: str) -> Iterator[Row]:
        for answer in _listed(client, path):
            yield from answer.document

    def _client(self) -> Client:
        headers = {
            "Authorization": f"Bearer {reveal(self.token)}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        return Client(self.url, headers)


def _listed(client: Client, path: str, asked: Parameters = ()) -> Iterator[Answer]:
    def get(address: str) -> Answer:
        first = [*asked, ("per_page", _LIMIT)]
        return client.get(address, () if "?" in address else first, key=None)

    def following(_address: str, answer: Answer) -> str | None:
        return next_of(client, answer)

    return pages(path, get, following, key=None)
