"""What is asked of a PagerDuty account, and over which spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.http import Answer
from oncall_audit.connectors.pagerduty_lists import Lists
from oncall_audit.connectors.pagerduty_schedules import Schedules
from oncall_audit.connectors.times import read_time
from oncall_audit.errors import SourceError

_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_INCIDENTS_BEFORE = timedelta(days=30)
_CHANGES_KEPT = timedelta(days=365)
_UTC = [("time_zone", "UTC")]


@dataclass(frozen=True, slots=True)
class Account:
    """Asks one account for what the audit needs."""

    lists: Lists
    has_changes: bool
    has_shift_based: bool

    def read(self, window: Window) -> Iterator[Page]:
        """Yield the answers that hold the window; raise `SourceError` where one is not whole."""
        since, until = window.since - _BEFORE, window.until + _AHEAD
        changed = Window(self._changed_since(window), window.until)
        for number, answer in enumerate(self.lists.whole("/users", "users", _UTC)):
            yield _page("users", f"users-{number:04}", answer)
        schedules = Schedules(self.lists, self.has_changes, self.has_shift_based)
        yield from schedules.read(since, until, changed)
        for answer, name in self.lists.ranged("/oncalls", "oncalls", since, until):
            schedules.check(answer)
            yield _page("oncalls", name, answer)
        yield from self._incidents(window)

    def incidents(self, window: Window) -> Iterator[Page]:
        """Yield the incidents that may have changed in the window, without their logs."""
        for answer, name in self._incident_lists(window):
            yield _page("incidents", name, answer)

    def _changed_since(self, window: Window) -> datetime:
        kept_since = now() - _CHANGES_KEPT
        if self.has_changes and window.since < kept_since:
            # That it answers with less, and does not say so, cannot be ruled out.
            raise SourceError(
                f"PagerDuty keeps audit records for a year, since {kept_since:%Y-%m-%d}, and the"
                f" window begins on {window.since:%Y-%m-%d}. Run with a later --since, or set"
                " `changes: false` to do without who changed the schedules."
            )
        return max(window.since - _BEFORE, kept_since)

    def _incident_lists(self, window: Window) -> Iterator[tuple[Answer, str]]:
        since = window.since - _BEFORE - _INCIDENTS_BEFORE
        ordered = [("sort_by", "created_at:asc")]
        return self.lists.ranged("/incidents", "incidents", since, window.until, ordered)

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
        for number, answer in enumerate(self.lists.whole(path, "log_entries", _UTC)):
            yield _page("incident_responders", f"log-{incident}-{number:04}", answer, context)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def _has_changed(incident: dict[str, Any], since: datetime) -> bool:
    """Tell whether the log may hold more than an earlier read has seen."""
    try:
        changed = read_time(incident.get("last_status_change_at"))
    except ValueError:
        return True
    return incident.get("status") != "resolved" or changed is None or changed >= since


def _page(table: str, name: str, answer: Answer, context: dict[str, Any] | None = None) -> Page:
    return Page(table, name, answer.body, answer.received_at, context or {})
