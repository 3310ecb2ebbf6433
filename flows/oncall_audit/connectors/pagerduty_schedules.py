"""What is asked of PagerDuty's schedules: the layered ones (v2) and the shift-based ones (v3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import chain
from typing import Any
from urllib.parse import quote

from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.http import Answer, Parameters, RefusedError
from oncall_audit.connectors.pagerduty_lists import LIMIT, Lists, between, spans, stamp
from oncall_audit.errors import SourceError

_AUDIT_SPAN = timedelta(days=31)
# How the API may say that it knows no shift-based schedules.
_UNKNOWN = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND}
_LAYERED, _SHIFT_BASED = "/schedules", "/v3/schedules"
# What the final schedule of each kind holds.
_ENTRIES = {_LAYERED: "rendered_schedule_entries", _SHIFT_BASED: "computed_shift_assignments"}


@dataclass(slots=True)
class Schedules:
    """Reads every schedule of an account once, of either kind.

    `has_shift_based` turns false where the account says that it knows no shift-based ones.
    """

    lists: Lists
    has_changes: bool
    has_shift_based: bool
    _kinds: dict[str, str] = field(default_factory=dict)

    def read(self, since: datetime, until: datetime, changed: Window) -> Iterator[Page]:
        """Yield the shifts of the span, and who changed the schedules in the span `changed`."""
        for identifier, name in self._listed().items():
            for start, end in spans(since, until):
                yield from self._shifts(identifier, name, start, end)
            if self.has_changes:
                yield from self._changes(identifier, changed)

    def check(self, oncalls: Answer) -> None:
        """Raise `SourceError` if one is on call by a shift-based schedule that cannot be read."""
        if self.has_shift_based:
            return
        found = oncalls.document["oncalls"]
        schedules = (it.get("schedule") for it in found if isinstance(it, Mapping))
        for schedule in filter(None, schedules):
            if _is_shift_based(schedule) and str(schedule["id"]) not in self._kinds:
                raise SourceError(
                    f"Somebody is on call by the shift-based schedule {schedule['id']}, but"
                    f" {self.lists.client.base_url}{_SHIFT_BASED} is not read: have PagerDuty open"
                    " it to this key, and leave out `shift_based: false`."
                )

    def _listed(self) -> dict[str, str | None]:
        """Return the name of every schedule, and keep of which kind it is."""
        # In this order: one that is upgraded meanwhile is in both lists, and never in neither.
        layered = self.lists.whole(_LAYERED, "schedules", [("time_zone", "UTC")])
        names: dict[str, str | None] = {}
        for kind, answer in chain(
            ((_LAYERED, it) for it in layered), ((_SHIFT_BASED, it) for it in self._shift_based())
        ):
            for schedule in answer.document["schedules"]:
                identifier = str(schedule["id"])
                names[identifier] = schedule.get("name") or schedule.get("summary")
                self._kinds[identifier] = _SHIFT_BASED if _is_shift_based(schedule) else kind
        return names

    def _shift_based(self) -> Iterator[Answer]:
        pages = self.lists.whole(_SHIFT_BASED, "schedules") if self.has_shift_based else ()
        has_begun = False
        try:
            for answer in pages:
                has_begun = True
                yield answer
        except RefusedError as error:
            if has_begun or error.status not in _UNKNOWN:
                raise
            self.has_shift_based = False

    def _shifts(
        self, identifier: str, called: str | None, start: datetime, end: datetime
    ) -> Iterator[Page]:
        answer = self._asked(identifier, start, end)
        context = {
            "window_since": start.isoformat(),
            "window_until": end.isoformat(),
            "schedule_id": identifier,
            "schedule_name": called,
            "has_own_overrides": True,
        }
        name, at = f"{identifier}-{stamp(start)}", answer.received_at
        yield Page("schedule_entries", f"schedule-{name}", answer.body, at, context)
        # A shift-based schedule says itself which of its shifts are overrides.
        if self._kinds[identifier] == _LAYERED:
            path = f"{_path(_LAYERED, identifier)}/overrides"
            found = self.lists.client.get(path, between(start, end), key="overrides")
            if found.document.get("more"):
                raise SourceError(
                    f"{found.url.partition('?')[0]} has more overrides than one answer holds."
                    " Run over a shorter span."
                )
            # Of the same time as the shifts, which they belong to.
            yield Page("schedule_entries", f"overrides-{name}", found.body, at, context)

    def _asked(self, identifier: str, start: datetime, end: datetime) -> Answer:
        kind = self._kinds[identifier]
        asked: Parameters = between(start, end)
        if kind == _SHIFT_BASED:
            asked = [*asked, ("include[]", "final_schedule")]
        answer = self.lists.client.get(_path(kind, identifier), asked, key="schedule", kind=dict)
        schedule = answer.document["schedule"]
        if kind == _LAYERED and _is_shift_based(schedule):
            self._kinds[identifier] = _SHIFT_BASED
            return self._asked(identifier, start, end)
        final = schedule.get("final_schedule")
        if not isinstance(final, Mapping) or not isinstance(final.get(_ENTRIES[kind]), list):
            raise SourceError(
                f"{answer.url.partition('?')[0]} does not say who is on call: it has no"
                f" `final_schedule.{_ENTRIES[kind]}`."
            )
        return answer

    def _changes(self, identifier: str, changed: Window) -> Iterator[Page]:
        path = f"{_path(self._kinds[identifier], identifier)}/audit/records"
        for start, end in spans(changed.since, changed.until, _AUDIT_SPAN):
            asked: Parameters = [*between(start, end), ("limit", LIMIT)]
            for number, answer in enumerate(self.lists.by_cursor(path, "records", asked)):
                name = f"changes-{identifier}-{stamp(start)}-{number:04}"
                yield Page("schedule_changes", name, answer.body, answer.received_at)


def _path(kind: str, identifier: str) -> str:
    return f"{kind}/{quote(identifier, safe='')}"


def _is_shift_based(schedule: Any) -> bool:
    return isinstance(schedule, Mapping) and str(schedule.get("type")).startswith("schedule_v3")
