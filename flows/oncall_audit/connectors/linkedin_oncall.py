"""LinkedIn oncall: who was on call in which role of which team, and what was overridden."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from oncall_audit.connectors.base import Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.http import Client, Parameters, reveal
from oncall_audit.connectors.linkedin_oncall_signature import Signature
from oncall_audit.connectors.linkedin_oncall_tables import CHANGES, Events, events
from oncall_audit.errors import ConfigurationError, SourceError

_API = "/api/v0"
_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_CHANGES_BEFORE = timedelta(days=31)
_ROLES = {"primary": 1, "secondary": 2}


@dataclass(frozen=True, slots=True)
class LinkedInOncall:
    """One server of LinkedIn's oncall, by its API.

    Needs no permission where everybody may read the server, else the `api_key` of an
    `application` of its own. `roles` names those in which somebody is called, and at which level.
    """

    name: str = "linkedin_oncall"
    url: str | None = None
    application: str | None = None
    api_key: object = field(default=None, repr=False)
    roles: Mapping[str, int] = field(default_factory=lambda: dict(_ROLES))

    default_system: ClassVar[str] = "linkedin_oncall"
    kind: ClassVar[Kind] = "schedules"
    shapes: ClassVar[tuple[Table, ...]] = (events(Events(_ROLES)), CHANGES)

    def __post_init__(self) -> None:
        if self.url is None or (self.application is None) != (self.api_key is None):
            raise ConfigurationError(
                f"Source {self.name} needs `url`, and where the server asks who reads it both"
                " `application` and `api_key`."
            )
        levels = self.roles.values() if isinstance(self.roles, Mapping) else ()
        if not levels or not all(isinstance(it, int) and it > 0 for it in levels):
            raise ConfigurationError(
                f"Source {self.name}: `roles` names roles and their levels, as in"
                " {primary: 1, secondary: 2}."
            )

    @property
    def tables(self) -> tuple[SnapshotTable, ...]:
        """What it lands; which events are shifts depends on the roles."""
        return (events(Events(dict(self.roles))), CHANGES)

    def read(self, window: Window) -> Iterator[Page]:
        """Yield the events of every team, deleted ones too, and what was swapped or overridden."""
        at = datetime.now(UTC)
        since, until = window.since - _BEFORE, window.until + _AHEAD
        with self._client() as client:
            for number, team in enumerate(_teams(client)):
                asked: Parameters = [
                    ("team", team),
                    ("end__gt", _seconds(since)),
                    ("start__lt", _seconds(until)),
                ]
                answer = client.get(f"{_API}/events", asked, key=None)
                context = {
                    "team": team,
                    "window_since": since.isoformat(),
                    "window_until": until.isoformat(),
                }
                yield Page("events", f"events-{number:05}", answer.body, at, context)
            begun = _seconds(window.since - _CHANGES_BEFORE)
            changes = client.get(
                f"{_API}/audit", [("start", begun), ("end", _seconds(window.until))], key=None
            )
            yield Page("changed_events", "changes", changes.body, at)

    def probe(self) -> str:
        """Ask for the teams; raise `SourceError` if it cannot be reached or refuses the key."""
        with self._client() as client:
            client.get(f"{_API}/teams", key=None)
        return "answers" if self.api_key is None else "answers, and accepts the key"

    def _client(self) -> Client:
        if self.api_key is None:
            return Client(str(self.url))
        return Client(str(self.url), auth=Signature(str(self.application), reveal(self.api_key)))


def _teams(client: Client) -> list[str]:
    answers = [client.get(f"{_API}/teams", [("active", it)], key=None) for it in (1, 0)]
    found = [team for answer in answers for team in answer.document]
    if not found or not all(isinstance(team, str) for team in found):
        raise SourceError(
            f"{client.base_url}{_API}/teams names no team: check `url`, and that it is a server of"
            " LinkedIn's oncall."
        )
    return sorted(set(found))


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
