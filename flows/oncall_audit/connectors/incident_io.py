"""incident.io: who was on call, at which level, and which incidents there were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlencode

from oncall_audit.connectors.base import Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.http import Answer, Client, reveal
from oncall_audit.connectors.incident_io_tables import TABLES, Incidents, incidents
from oncall_audit.connectors.paging import pages
from oncall_audit.connectors.records import Row, part
from oncall_audit.errors import ConfigurationError

_LIMIT = 100
_SPAN = timedelta(days=28)
_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_INCIDENTS_BEFORE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class IncidentIo:
    """One organisation of incident.io, by its API.

    Needs an API key that may view data and schedules, and nothing else. `service_field` names the
    custom field that holds an incident's service; `levels: false` leaves escalation paths out.
    """

    name: str = "incident_io"
    url: str = "https://api.incident.io"
    token: object = field(default=None, repr=False)
    service_field: str = "Service"
    levels: bool = True

    default_system: ClassVar[str] = "incident_io"
    kind: ClassVar[Kind] = "schedules"
    shapes: ClassVar[tuple[Table, ...]] = (*TABLES, incidents(Incidents()))

    def __post_init__(self) -> None:
        if self.token is None:
            raise ConfigurationError(
                f"Source {self.name} needs `token`: an API key that may view data and schedules."
            )
        if not isinstance(self.levels, bool):
            raise ConfigurationError(f"Source {self.name}: `levels` is either true or false.")

    @property
    def tables(self) -> tuple[SnapshotTable, ...]:
        """What it lands; how incidents are read depends on the field that names their service."""
        return (*TABLES, incidents(Incidents(self.service_field)))

    def read(self, window: Window) -> Iterator[Page]:
        """Yield incidents, escalation paths and the entries of every schedule."""
        at = datetime.now(UTC)
        since, until = window.since - _BEFORE, window.until + _AHEAD
        with self._client() as client:
            yield from _incidents(client, window, at)
            if self.levels:
                paths = _listed(client, "escalation_paths")
                yield from _numbered("escalation_levels", "escalation-paths", paths, at)
            for answer in _listed(client, "schedules"):
                for schedule in answer.document["schedules"]:
                    yield from _entries(client, schedule, since, until, at)

    def read_incidents(self, window: Window) -> Iterator[Page]:
        """Yield the incidents alone: they are asked for every few minutes."""
        with self._client() as client:
            yield from _incidents(client, window, datetime.now(UTC))

    def probe(self) -> str:
        """Ask for one schedule; raise `SourceError` if it cannot be reached or refuses the key."""
        with self._client() as client:
            client.get("/v2/schedules", [("page_size", 1)], key="schedules")
        return "answers, and accepts the key"

    def _client(self) -> Client:
        key = f"Bearer {reveal(self.token)}"
        return Client(self.url, {"Authorization": key, "Accept": "application/json"})


def _incidents(client: Client, window: Window, at: datetime) -> Iterator[Page]:
    begun = f"{window.since - _INCIDENTS_BEFORE:%Y-%m-%d}"
    found = _listed(client, "incidents", [("created_at[gte]", begun)])
    return _numbered("incidents", "incidents", found, at)


def _entries(
    client: Client, schedule: Row, since: datetime, until: datetime, at: datetime
) -> Iterator[Page]:
    identifier = str(schedule["id"])
    while since < until:
        end = min(since + _SPAN, until)
        asked = [
            ("schedule_id", identifier),
            ("entry_window_start", _stamp(since)),
            ("entry_window_end", _stamp(end)),
        ]
        answers = list(_paged(client, "/v2/schedule_entries", "schedule_entries", dict, asked))
        is_empty = not any(it.document["schedule_entries"].get("final") for it in answers)
        for number, answer in enumerate(answers):
            context = {
                "schedule_id": identifier,
                "schedule_name": schedule.get("name"),
                "window_since": since.isoformat(),
                "window_until": end.isoformat(),
                # Only all pages together can say that nobody is on call: the first says it.
                "has_nobody": is_empty and number == 0,
            }
            name = f"entries-{identifier}-{since:%Y%m%dT%H%M%S}-{number:04}"
            yield Page("schedule_entries", name, answer.body, at, context)
        since = end


def _listed(
    client: Client, key: str, parameters: list[tuple[str, str]] | None = None
) -> Iterator[Answer]:
    asked = [*(parameters or []), ("page_size", str(_LIMIT))]
    return _paged(client, f"/v2/{key}", key, list, asked)


def _paged(
    client: Client, path: str, key: str, kind: type, parameters: list[tuple[str, str]]
) -> Iterator[Answer]:
    def get(query: str) -> Answer:
        return client.get(f"{path}?{query}", key=key, kind=kind)

    def following(_query: str, answer: Answer) -> str | None:
        told: Any = part(answer.document, "pagination_meta")
        if told.get("after_url"):
            return str(told["after_url"]).partition("?")[2]
        if told.get("after"):
            return urlencode([*parameters, ("after", str(told["after"]))])
        return None

    # Of entries two pages may be alike, without anybody: then only their cursors differ.
    return pages(urlencode(parameters), get, following, key=key if kind is list else None)


def _numbered(table: str, name: str, answers: Iterator[Answer], at: datetime) -> Iterator[Page]:
    for number, answer in enumerate(answers):
        yield Page(table, f"{name}-{number:04}", answer.body, at)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
