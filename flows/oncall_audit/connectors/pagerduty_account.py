"""What is asked of a PagerDuty account, in which spans and by which paging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.http import Answer, Client, Parameters
from oncall_audit.connectors.paging import pages
from oncall_audit.connectors.times import read_time
from oncall_audit.errors import SourceError

_LIMIT = 100
_REACH = 10_000
_LONG = 1_000
_SPAN = timedelta(days=60)
_AUDIT_SPAN = timedelta(days=31)
_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_INCIDENTS_BEFORE = timedelta(days=30)


class _BeyondReachError(Exception):
    """A list is longer than the API's paging reaches."""


@dataclass(frozen=True, slots=True)
class Account:
    """Asks one account, one request after the other: its limits are by key."""

    client: Client
    has_changes: bool

    def read(self, window: Window) -> Iterator[Page]:
        """Yield the answers that hold the window; raise `SourceError` where one is not whole."""
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
            if self.has_changes:
                yield from self._changes(str(schedule["id"]), since, window.until)
        for answer, name in self._ranged("/oncalls", "oncalls", since, until):
            yield _page("oncalls", name, answer)
        yield from self._incidents(window)

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

    def _changes(self, schedule: str, since: datetime, until: datetime) -> Iterator[Page]:
        path = f"/schedules/{quote(schedule, safe='')}/audit/records"
        for start, end in _spans(since, until, _AUDIT_SPAN):
            asked: Parameters = [*_range(start, end), ("limit", _LIMIT)]
            for number, answer in enumerate(self._by_cursor(path, "records", asked)):
                yield _page(
                    "schedule_changes", f"changes-{schedule}-{_stamp(start)}-{number:04}", answer
                )

    def _by_cursor(self, path: str, key: str, parameters: Parameters) -> Iterator[Answer]:
        def read(cursor: str) -> Answer:
            further = [("cursor", cursor)] if cursor else []
            return self.client.get(path, [*parameters, *further], key=key)

        def following(_cursor: str, answer: Answer) -> str | None:
            return answer.document.get("next_cursor") or None

        return pages("", read, following, key=key)

    def incidents(self, window: Window) -> Iterator[Page]:
        """Yield the incidents that may have changed in the window, without their logs."""
        for answer, name in self._incident_lists(window):
            yield _page("incidents", name, answer)

    def _incident_lists(self, window: Window) -> Iterator[tuple[Answer, str]]:
        since = window.since - _BEFORE - _INCIDENTS_BEFORE
        ordered = [("sort_by", "created_at:asc")]
        return self._ranged("/incidents", "incidents", since, window.until, ordered)

    def _incidents(self, window: Window) -> Iterator[Page]:
        known: set[str] = set()
        for answer, name in self._incident_lists(window):
            yield _page("incidents", name, answer)
            for incident in answer.document["incidents"]:
                identifier = str(incident["id"])
                if identifier not in known and _has_changed(incident, window.since - _BEFORE):
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


def _spans(
    since: datetime, until: datetime, longest: timedelta = _SPAN
) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + longest, until)
        yield since, end
        since = end


def _range(since: datetime, until: datetime) -> list[tuple[str, str]]:
    # Without an offset PagerDuty reads them in the account's own zone.
    return [("since", since.isoformat()), ("until", until.isoformat()), ("time_zone", "UTC")]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
