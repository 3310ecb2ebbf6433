"""A directory that speaks SCIM 2.0: its people, and the groups of it that are teams."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from oncall_audit.connectors.base import Kind, Page, Table, Window
from oncall_audit.connectors.http import Answer, Client, Parameters, reveal
from oncall_audit.connectors.scim_resources import Groups, Users, members, users
from oncall_audit.errors import ConfigurationError, SourceError

_COUNT = 100
_REMEDY = "Run again; if it stays so, the directory's paging has to be told to its vendor."


@dataclass(frozen=True, slots=True)
class Scim:
    """One directory by SCIM 2.0 (RFC 7644), at the address that `/Users` is added to.

    Needs a bearer token that may read users, and groups where `team_groups` says which of them are
    teams, and nothing else. `engineer_id`, `team` and `accounts` name attributes of a user.
    """

    url: str
    name: str = "scim"
    system: str = "scim"
    token: object = field(default=None, repr=False)
    engineer_id: str = "userName"
    team: str = "department"
    team_groups: str | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)

    kind: ClassVar[Kind] = "directory"
    shapes: ClassVar[tuple[Table, ...]] = (users(Users()), members(Groups()))

    def __post_init__(self) -> None:
        if self.token is None:
            raise ConfigurationError(
                f"Source {self.name} needs `token`: a bearer token that may read users."
            )

    @property
    def tables(self) -> tuple[Table, ...]:
        """What it lands: people, and who is in which group where groups are teams."""
        if self.team_groups is None:
            named = Users(self.system, self.engineer_id, self.team, dict(self.accounts))
            return (users(named),)
        unnamed = Users(self.system, self.engineer_id, None, dict(self.accounts))
        return (users(unnamed), members(Groups(self.team_groups)))

    def read(self, _window: Window) -> Iterator[Page]:
        """Yield everybody, and the groups, as they are now: SCIM has no history."""
        # All pages are one snapshot.
        at = datetime.now(UTC)
        with self._client() as client:
            for number, answer in enumerate(_listed(client, "/Users")):
                yield Page("users", f"users-{number:05}", answer.body, at)
            for number, answer in enumerate(self._groups(client)):
                yield Page("members", f"groups-{number:05}", answer.body, at)

    def probe(self) -> str:
        """Ask for one user; raise `SourceError` if it cannot be reached or refuses the key."""
        with self._client() as client:
            for path in ("/Users", "/Groups") if self.team_groups is not None else ("/Users",):
                client.get(path, [("startIndex", 1), ("count", 1)], key="totalResults", kind=int)
        return "answers, and accepts the key"

    def _groups(self, client: Client) -> Iterator[Answer]:
        return iter(()) if self.team_groups is None else _listed(client, "/Groups")

    def _client(self) -> Client:
        key = f"Bearer {reveal(self.token)}"
        accepted = "application/scim+json, application/json"
        return Client(self.url, {"Authorization": key, "Accept": accepted})


def _listed(client: Client, path: str) -> Iterator[Answer]:
    """Yield the pages of a list by index (RFC 7644, 3.4.2.4); raise `SourceError` for a gap.

    A server may give fewer than were asked for, and need not remember what it gave before.
    """
    address = f"{client.base_url}{path}"
    known: set[str] = set()
    found, total, given = 0, None, 0
    while total is None or found < total:
        answer, records = _asked(client, path, found + 1)
        told, given = answer.document["totalResults"], len(records)
        if total not in (None, told):
            raise SourceError(f"{address} had {total} entries and then {told}. {_REMEDY}")
        total, found = told, found + given
        for identifier in _identifiers(records):
            if identifier in known:
                raise SourceError(f"{address} gave {identifier} twice. {_REMEDY}")
            known.add(identifier)
        if found != total and (not records or found > total):
            raise SourceError(f"{address} gave {found} of {total} entries. {_REMEDY}")
        yield answer
    if found == given:
        _check_end(client, path, found, known)


def _check_end(client: Client, path: str, found: int, known: set[str]) -> None:
    """Raise `SourceError` if more follows the one page that is said to be all."""
    # Some servers cut a list, and call what is left the total: they cut it at a round number.
    if not found or found % 5:
        return
    _, further = _asked(client, path, found + 1)
    is_whole = found < _COUNT and known.issuperset(_identifiers(further))
    if further and not is_whole:
        raise SourceError(
            f"{client.base_url}{path} says that {found} entries are all, and has more. {_REMEDY}"
        )


def _asked(client: Client, path: str, start: int) -> tuple[Answer, list[object]]:
    asked: Parameters = [("startIndex", start), ("count", _COUNT)]
    answer = client.get(path, asked, key="totalResults", kind=int)
    # A page without any may leave the list out.
    records = answer.document.get("Resources")
    return answer, records if isinstance(records, list) else []


def _identifiers(records: list[object]) -> Iterator[str]:
    for record in records:
        if isinstance(record, Mapping) and record.get("id"):
            yield str(record["id"])
