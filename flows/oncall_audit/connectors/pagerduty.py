"""PagerDuty: who was on call, and who worked on which incident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from oncall_audit.connectors.base import File, Kind, Page, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.connectors.http import Answer, Client, Parameters, pages, reveal
from oncall_audit.connectors.pagerduty_tables import TABLES
from oncall_audit.connectors.times import read_time
from oncall_audit.errors import ConfigurationError, SourceError

_ACCEPT = "application/vnd.pagerduty+json;version=2"
_LIMIT = 100
_REACH = 10_000
_LONG = 1_000
_SPAN = timedelta(days=60)
_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_INCIDENTS_BEFORE = timedelta(days=30)
_TABLE_OF_FILE = {
    "users": "users",
    "schedules": "schedule_entries",
    "overrides": "schedule_entries",
    "oncalls": "oncalls",
    "incidents": "incidents",
    "log_entries": "incident_responders",
}
_FILE = re.compile(f"({'|'.join(_TABLE_OF_FILE)})")


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """One PagerDuty account, by its API (`token`) or by a folder of its answers (`path`).

    Needs a read-only API key. Shifts are read from a day before the window, for overrides are
    entered late, to fourteen days after it; incidents from thirty-one days before it, for they are
    resolved long after they began.
    """

    name: str = "pagerduty"
    path: str | Path | None = None
    url: str = "https://api.pagerduty.com"
    token: object = field(default=None, repr=False)

    default_system: ClassVar[str] = "pagerduty"
    kind: ClassVar[Kind] = "schedules"
    tables: ClassVar[tuple[Table, ...]] = TABLES

    def __post_init__(self) -> None:
        if (self.path is None) == (self.token is None):
            raise ConfigurationError(
                f"Source {self.name} needs either `path` (a folder of exported answers) or `token`"
                " (a read-only API key): give one of them."
            )

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield users, shifts, on-calls, incidents and their log entries."""
        if self.path is not None:
            yield from _exported(Path(self.path))
            return
        with self._client() as client:
            yield from _Account(client).read(window)

    def probe(self) -> str:
        """Ask for one user; raise `SourceError` if the API cannot be reached or refuses the key."""
        with self._client() as client:
            client.get("/users", [("limit", 1)], key="users")
        return "answers, and accepts the key"

    def _client(self) -> Client:
        key = f"Token token={reveal(self.token)}"
        return Client(self.url, {"Authorization": key, "Accept": _ACCEPT})


def _exported(path: Path) -> Iterator[File]:
    found = 0
    for file in find_files(path, ".json"):
        parts = file.relative_to(path).parts if path.is_dir() else (file.name,)
        match = next(filter(None, map(_FILE.match, parts)), None)
        if match:
            found += 1
            yield File(_TABLE_OF_FILE[match[1]], file)
    if not found:
        names = ", ".join(f"{name}*.json" for name in _TABLE_OF_FILE)
        raise SourceError(f"{path} holds none of {names}: export the answers by these names.")


class _BeyondReachError(Exception):
    """A list is longer than the API's paging reaches."""


@dataclass(frozen=True, slots=True)
class _Account:
    """Asks one account, one request after the other: its limits are by key."""

    client: Client

    def read(self, window: Window) -> Iterator[Page]:
        since, until = window.since - _BEFORE, window.until + _AHEAD
        for number, answer in enumerate(self._whole("/users", "users")):
            yield _page("users", f"users-{number:04}", answer)
        schedules = [
            schedule
            for answer in self._whole("/schedules", "schedules")
            for schedule in answer.document["schedules"]
        ]
        for schedule in schedules:
            yield from self._shifts(schedule, since, until)
        for answer, name in self._ranged("/oncalls", "oncalls", since, until):
            yield _page("oncalls", name, answer)
        yield from self._incidents(since, window.until)

    def _shifts(self, schedule: dict[str, Any], since: datetime, until: datetime) -> Iterator[Page]:
        identifier = str(schedule["id"])
        path = f"/schedules/{quote(identifier, safe='')}"
        for start, end in _spans(since, until):
            context = {
                "window_since": start.isoformat(),
                "window_until": end.isoformat(),
                "schedule_id": identifier,
                "schedule_name": schedule.get("name") or schedule.get("summary"),
                "has_own_overrides": True,
            }
            name = f"{identifier}-{_stamp(start)}"
            answer = self.client.get(path, _range(start, end), key="schedule", kind=dict)
            yield _page("schedule_entries", f"schedule-{name}", answer, context)
            answer = self.client.get(f"{path}/overrides", _range(start, end), key="overrides")
            if answer.document.get("more"):
                raise SourceError(
                    f"{answer.url.partition('?')[0]} has more overrides than one answer holds."
                    " Run over a shorter span."
                )
            yield _page("schedule_entries", f"overrides-{name}", answer, context)

    def _incidents(self, since: datetime, until: datetime) -> Iterator[Page]:
        known: set[str] = set()
        ordered = [("sort_by", "created_at:asc")]
        for answer, name in self._ranged(
            "/incidents", "incidents", since - _INCIDENTS_BEFORE, until, ordered
        ):
            yield _page("incidents", name, answer)
            for incident in answer.document["incidents"]:
                identifier = str(incident["id"])
                if identifier not in known and _has_changed(incident, since):
                    known.add(identifier)
                    yield from self._log(identifier)

    def _log(self, incident: str) -> Iterator[Page]:
        path = f"/incidents/{quote(incident, safe='')}/log_entries"
        context = {"incident_id": incident}
        for number, answer in enumerate(self._whole(path, "log_entries")):
            yield _page("incident_responders", f"log-{incident}-{number:04}", answer, context)

    def _whole(self, path: str, key: str) -> Iterator[Answer]:
        try:
            yield from self._pages(path, key, [("time_zone", "UTC")])
        except _BeyondReachError:
            raise SourceError(
                f"{self.client.base_url}{path} has more than {_REACH} entries, beyond the reach of"
                " PagerDuty's paging. Use an export (`path`) for this account."
            ) from None

    def _ranged(
        self, path: str, key: str, since: datetime, until: datetime, parameters: Parameters = ()
    ) -> Iterator[tuple[Answer, str]]:
        for start, end in _spans(since, until):
            yield from self._halved(path, key, start, end, parameters)

    def _halved(
        self, path: str, key: str, since: datetime, until: datetime, parameters: Parameters
    ) -> Iterator[tuple[Answer, str]]:
        try:
            # Read whole before any is handed on: a span that turns out too long is asked anew.
            found = list(self._pages(path, key, [*_range(since, until), *parameters]))
        except _BeyondReachError:
            middle = since + timedelta(seconds=(until - since) // timedelta(seconds=2))
            if middle == since:
                raise SourceError(
                    f"{self.client.base_url}{path} has more than {_REACH} entries within a second."
                    " Use an export (`path`) for this account."
                ) from None
            yield from self._halved(path, key, since, middle, parameters)
            yield from self._halved(path, key, middle, until, parameters)
        else:
            name = f"{key}-{_stamp(since)}"
            yield from ((answer, f"{name}-{number:04}") for number, answer in enumerate(found))

    def _pages(self, path: str, key: str, parameters: Parameters) -> Iterator[Answer]:
        def read(offset: int) -> Answer:
            paging = [("limit", _LIMIT), ("offset", offset)]
            return self.client.get(path, [*parameters, *paging], key=key)

        def following(offset: int, answer: Answer) -> int | None:
            limit = _limit_if_more(answer)
            if limit is None:
                return None
            # A long list is tried at its far end first, lest it be read for nothing.
            is_too_long = offset == _LONG and _limit_if_more(read(_REACH - _LIMIT)) is not None
            if is_too_long or offset + limit + _LIMIT > _REACH:
                raise _BeyondReachError
            return offset + limit

        return pages(0, read, following, key=key)


def _limit_if_more(answer: Answer) -> int | None:
    """Return how far the next page lies, None at the last one."""
    more, limit = answer.document.get("more"), answer.document.get("limit", _LIMIT)
    if not isinstance(more, bool) or not isinstance(limit, int) or limit < 1:
        raise SourceError(
            f"{answer.url.partition('?')[0]} does not say whether more follows: check `url`."
        )
    return limit if more else None


def _has_changed(incident: dict[str, Any], since: datetime) -> bool:
    """Tell whether the log may hold more than an earlier read has seen."""
    try:
        changed = read_time(incident.get("last_status_change_at"))
    except ValueError:
        return True
    return incident.get("status") != "resolved" or changed is None or changed >= since


def _page(table: str, name: str, answer: Answer, context: dict[str, Any] | None = None) -> Page:
    return Page(table, name, answer.body, answer.received_at, context or {})


def _spans(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + _SPAN, until)
        yield since, end
        since = end


def _range(since: datetime, until: datetime) -> list[tuple[str, str]]:
    # Without an offset PagerDuty reads them in the account's own zone.
    return [("since", since.isoformat()), ("until", until.isoformat()), ("time_zone", "UTC")]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
