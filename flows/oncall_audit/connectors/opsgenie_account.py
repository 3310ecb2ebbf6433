"""What is asked of Opsgenie or Jira Service Management, in which spans and by which paging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.http import Answer, Client, Parameters
from oncall_audit.connectors.opsgenie_tables import covered
from oncall_audit.connectors.paging import pages
from oncall_audit.connectors.records import Row
from oncall_audit.errors import SourceError

_LIMIT = 100
_REACH = 20_000
_SPAN_DAYS = 28
_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_INCIDENTS_BEFORE = timedelta(days=30)
_SERVICES = "/v1/services"


class _BeyondReachError(Exception):
    """A list is longer than the API's paging reaches."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one of the two products words what both can be asked."""

    version: str
    # Under what its lists lie, and what a page's size is called.
    key: str
    size: str
    # Under what a timeline lies, or what it holds.
    timeline: str

    @property
    def schedules(self) -> str:
        """The path of the list of schedules."""
        return f"/{self.version}/schedules"


OPSGENIE = Dialect("v2", "data", "limit", "data")
JIRA = Dialect("v1", "values", "size", "finalTimeline")


@dataclass(frozen=True, slots=True)
class Account:
    """Asks one account, one request after the other: its limits are by account."""

    client: Client
    dialect: Dialect
    incidents: str

    def read(self, window: Window) -> Iterator[Page]:
        """Yield the answers that hold the window; raise `SourceError` where one is not whole."""
        since, until = window.since - _BEFORE, window.until + _AHEAD
        yield from self._incidents(window)
        if self.incidents == "incidents":
            for number, answer in enumerate(self._listed(_SERVICES)):
                yield _page("services", f"services-{number:04}", answer)
        answers = list(self._listed(self.dialect.schedules))
        schedules = [it for answer in answers for it in answer.document[self.dialect.key]]
        for schedule in schedules:
            yield from self._timelines(schedule, since, until)
        yield from self._escalations(schedules)

    def read_incidents(self, window: Window) -> Iterator[Page]:
        """Yield the alerts or incidents alone, each incident with the name of its service."""
        is_named = self.incidents == "incidents"
        answers = list(self._listed(_SERVICES)) if is_named else []
        services = [it for answer in answers for it in answer.document[self.dialect.key]]
        names = {str(it["id"]): it.get("name") for it in services}
        for page in self._incidents(window):
            yield replace(page, context={"services": names})

    def _incidents(self, window: Window) -> Iterator[Page]:
        if self.incidents == "none":
            return
        version = "v1" if self.incidents == "incidents" else self.dialect.version
        since = window.since - _BEFORE - _INCIDENTS_BEFORE
        yield from self._halved(f"/{version}/{self.incidents}", since, window.until)

    def _halved(self, path: str, since: datetime, until: datetime) -> Iterator[Page]:
        created = f"createdAt >= {_milliseconds(since)} AND createdAt < {_milliseconds(until)}"
        asked: Parameters = [("query", created), ("sort", "createdAt"), ("order", "asc")]
        try:
            # Read whole before any is handed on: a span that turns out too long is asked anew.
            found = list(self._listed(path, asked))
        except _BeyondReachError:
            middle = since + timedelta(milliseconds=(until - since) // timedelta(milliseconds=2))
            if middle == since:
                raise SourceError(
                    f"{self.client.address(path)} has more than {_REACH} entries of one"
                    " millisecond, beyond the reach of its paging. Set `incidents: none`."
                ) from None
            yield from self._halved(path, since, middle)
            yield from self._halved(path, middle, until)
        else:
            for number, answer in enumerate(found):
                yield _page("incidents", f"incidents-{_stamp(since)}-{number:04}", answer)

    def _timelines(self, schedule: Row, since: datetime, until: datetime) -> Iterator[Page]:
        identifier = str(schedule["id"])
        context = {"schedule_id": identifier, "schedule_name": schedule.get("name")}
        path = f"{self.dialect.schedules}/{quote(identifier, safe='')}/timeline"
        for start, days in _spans(since, until):
            answer = self.client.get(
                path,
                [
                    ("identifierType", "id"),
                    ("date", start.isoformat()),
                    ("interval", days),
                    ("intervalUnit", "days"),
                    ("expand", "base,forwarding,override"),
                ],
                key=self.dialect.timeline,
                kind=dict,
            )
            self._check(answer, start, min(start + timedelta(days=days), until))
            name = f"timeline-{identifier}-{_stamp(start)}"
            yield _page("schedule_entries", name, answer, context)

    def _check(self, answer: Answer, start: datetime, end: datetime) -> None:
        since, until = covered(answer.document)
        if since is None or until is None or since > start or until < end:
            raise SourceError(
                f"{answer.url.partition('?')[0]} tells of {since or 'nothing'} to"
                f" {until or 'nothing'}, and was asked for {start} to {end}. Run over a span that"
                " it still keeps: timelines of Jira Service Management reach one year back."
            )

    def _escalations(self, schedules: list[Row]) -> Iterator[Page]:
        paths = {f"/{self.dialect.version}/escalations": "all"}
        if self.dialect is JIRA:
            teams = sorted({str(it["teamId"]) for it in schedules if it.get("teamId")})
            paths = {f"/v1/teams/{quote(team, safe='')}/escalations": team for team in teams}
        # All teams' are one snapshot: the levels are those of the latest.
        at = datetime.now(UTC)
        for path, name in paths.items():
            for number, answer in enumerate(self._listed(path)):
                yield Page("escalations", f"escalations-{name}-{number:04}", answer.body, at)

    def _listed(self, path: str, parameters: Parameters = ()) -> Iterator[Answer]:
        def read(offset: int) -> Answer:
            paging = [(self.dialect.size, _LIMIT), ("offset", offset)]
            return self.client.get(path, [*parameters, *paging], key=self.dialect.key)

        def following(offset: int, answer: Answer) -> int | None:
            if not _has_more(answer.document):
                return None
            found = offset + len(answer.document[self.dialect.key])
            if found + _LIMIT > _REACH:
                raise _BeyondReachError
            return found

        return pages(0, read, following, key=self.dialect.key)


def _has_more(document: Any) -> bool:
    links = document.get("paging") or document.get("links") or {}
    return bool(isinstance(links, dict) and links.get("next"))


def _spans(since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    while since < until:
        days = min(_SPAN_DAYS, -((since - until) // timedelta(days=1)))
        yield since, days
        since += timedelta(days=days)


def _page(table: str, name: str, answer: Answer, context: Row | None = None) -> Page:
    return Page(table, name, answer.body, answer.received_at, context or {})


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
