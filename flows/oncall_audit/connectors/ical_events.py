"""Who is on call when, from the events of an iCalendar: recurrences, exceptions and time zones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Any, cast

from oncall_audit.connectors.records import UnreadableError

# No rotation hands over so often, and to follow such a rule could take for ever.
_TOO_OFTEN = {"SECONDLY", "MINUTELY"}
_MOST = 100_000
_TIMES = {"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}

Moment = datetime | date


@dataclass(frozen=True, slots=True)
class Span:
    """One occurrence on the wall clock of its zone, and the event that it is one of."""

    start: datetime
    end: datetime
    event: Any
    is_override: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """The events of one calendar between two times; `zone` is that of times that name none."""

    zone: tzinfo
    since: datetime
    until: datetime

    def spans(self, events: list[Any]) -> Iterator[Span | UnreadableError]:
        """Yield each occurrence that reaches into the window, and why an event has none."""
        series: dict[object, list[Any]] = defaultdict(list)
        for event in events:
            uid = event.get("UID")
            series[str(uid) if uid else id(event)].append(event)
        for members in series.values():
            try:
                yield from sorted(self._series(members), key=lambda span: span.start)
            except (UnreadableError, ValueError, OverflowError) as error:
                yield UnreadableError(f"event {members[0].get('UID') or 'without UID'}: {error}")

    def _series(self, members: list[Any]) -> list[Span]:
        for event in members:
            _check(event)
        masters = [event for event in members if "RECURRENCE-ID" not in event]
        changed = [event for event in members if "RECURRENCE-ID" in event]
        # Of several versions of one event the newest counts; equals are all of them events.
        newest = max(map(_sequence, masters), default=0)
        found: dict[datetime, Span] = {}
        for master in masters:
            if _sequence(master) == newest and not _is_cancelled(master):
                found |= {self._key(span.start): span for span in self._recurring(master)}
        left_out = {moment for master in masters for moment, _ in self._listed(master, "EXDATE")}
        for event in sorted(changed, key=lambda it: (self._at(it["RECURRENCE-ID"]), _sequence(it))):
            key = self._at(event["RECURRENCE-ID"])
            if event["RECURRENCE-ID"].params.get("RANGE") == "THISANDFUTURE":
                self._change_future(found, event, key, is_left_out=key in left_out)
            elif key not in left_out:
                self._change(found, event, key)
        return [span for span in found.values() if self._is_inside(span)]

    def _recurring(self, event: Any) -> Iterator[Span]:
        start, length = self._start(event), self._length(event)
        excluded = {value for value, _ in self._listed(event, "EXDATE")}
        days = {value for value in excluded if not isinstance(value, datetime)}
        for moment, end in [*self._ruled(event, start), *self._listed(event, "RDATE")]:
            begin = self._local(moment, start)
            if self._key(begin) not in excluded and begin.date() not in days:
                finish = self._local(end, start) if end else begin + length
                yield Span(begin, finish, event)

    def _ruled(self, event: Any, start: datetime) -> Iterator[tuple[Moment, None]]:
        yield start, None
        rules = event.get("RRULE") or []
        for rule in rules if isinstance(rules, list) else [rules]:
            yield from ((moment, None) for moment in self._moments(rule, start))

    def _moments(self, rule: Any, start: datetime) -> Iterator[datetime]:
        from dateutil.rrule import rrulestr

        parts = {name.upper(): values for name, values in rule.items()}
        if set(parts.get("FREQ", ())) & _TOO_OFTEN:
            raise UnreadableError("it recurs by the minute or second")
        # Followed on the wall clock, where a hand-over at nine stays one at nine.
        last = self.until.astimezone(start.tzinfo).replace(tzinfo=None)
        for until in parts.pop("UNTIL", []):
            bound = self._local(until, start).replace(tzinfo=None)
            whole_day = not isinstance(until, datetime)
            last = min(last, datetime.combine(bound, time.max) if whole_day else bound)
        (count,) = parts.pop("COUNT", [None])
        text = type(rule)(parts).to_ical().decode()
        wall = start.replace(tzinfo=None)
        found = rrulestr(f"{text};UNTIL={last:%Y%m%dT%H%M%S}", dtstart=wall)
        for number, moment in enumerate(islice(found, count)):
            if number >= _MOST:
                raise UnreadableError(f"it recurs more than {_MOST} times")
            yield moment.replace(tzinfo=start.tzinfo)

    def _change(self, found: dict[datetime, Span], event: Any, key: datetime) -> None:
        changed = [it for it in found if it.date() == key.date()] if _is_day(event) else [key]
        before = found[changed[0]] if changed and changed[0] in found else None
        for it in changed:
            found.pop(it, None)
        if not _is_cancelled(event):
            start = self._start(event)
            length = self._length(event, before)
            found[key] = Span(start, start + length, event, is_override=True)

    def _change_future(
        self, found: dict[datetime, Span], event: Any, since: datetime, *, is_left_out: bool
    ) -> None:
        moved = self._start(event) - self._local(event["RECURRENCE-ID"].dt, self._start(event))
        length = self._length(event)
        if since not in found and not is_left_out:
            found[since] = Span(self._start(event) - moved, self._start(event), event)
        for key in [key for key in found if key >= since]:
            span = found.pop(key)
            if not _is_cancelled(event):
                start = span.start + moved
                told = {"start": start, "end": start + length, "event": event}
                found[key] = replace(span, **told, is_override=True)

    def _length(self, event: Any, before: Span | None = None) -> timedelta:
        start = event["DTSTART"].dt
        if "DTEND" in event:
            end = event["DTEND"].dt
            if isinstance(end, datetime) != isinstance(start, datetime):
                raise UnreadableError("it starts at a time and ends with a day, or the other way")
            begun = self._start(event)
            return self._local(end, begun) - begun
        if "DURATION" in event:
            return cast("timedelta", event["DURATION"].dt)
        if before is not None and isinstance(start, datetime):
            return before.end - before.start
        return timedelta() if isinstance(start, datetime) else timedelta(days=1)

    def _start(self, event: Any) -> datetime:
        if "DTSTART" not in event:
            raise UnreadableError("it has no start")
        return self._placed(event["DTSTART"].dt)

    def _listed(self, event: Any, name: str) -> Iterator[tuple[Any, Moment | None]]:
        """Yield moments and, of periods, their ends; those to leave out as they are compared."""
        lists = event.get(name) or []
        for many in lists if isinstance(lists, list) else [lists]:
            for value in getattr(many, "dts", [many]):
                moment, end = value.dt if isinstance(value.dt, tuple) else (value.dt, None)
                if isinstance(end, timedelta):
                    end = moment + end
                is_time = name == "EXDATE" and isinstance(moment, datetime)
                yield (self._key(self._placed(moment)) if is_time else moment), end

    def _at(self, recurrence: Any) -> datetime:
        return self._key(self._placed(recurrence.dt))

    def _placed(self, moment: Moment) -> datetime:
        """Return a time with a zone; a day begins at midnight."""
        if not isinstance(moment, datetime):
            moment = datetime.combine(moment, time.min)
        return moment if moment.tzinfo else moment.replace(tzinfo=self.zone)

    def _local(self, moment: Moment, like: datetime) -> datetime:
        """Return a time on the wall clock of another's zone."""
        return self._placed(moment).astimezone(like.tzinfo)

    def _is_inside(self, span: Span) -> bool:
        start, end = self._key(span.start), self._key(span.end)
        return start < self.until and end > self.since

    @staticmethod
    def _key(moment: datetime) -> datetime:
        return moment.astimezone(UTC)


def _check(event: Any) -> None:
    broken = [name for name, _ in event.errors if name and name.upper() in _TIMES]
    if broken:
        raise UnreadableError(f"its {broken[0].upper()} cannot be read")
    for name in ("DTSTART", "DTEND", "RECURRENCE-ID"):
        if name in event and isinstance(event[name], list):
            raise UnreadableError(f"it has several of {name}")
        zone = event[name].params.get("TZID") if name in event else None
        moment = event[name].dt if name in event else None
        if zone and isinstance(moment, datetime) and moment.tzinfo is None:
            raise UnreadableError(f"nobody knows its zone {zone!s:.60}")


def _is_cancelled(event: Any) -> bool:
    return str(event.get("STATUS", "")).upper() == "CANCELLED"


def _is_day(event: Any) -> bool:
    return not isinstance(event["RECURRENCE-ID"].dt, datetime)


def _sequence(event: Any) -> int:
    return int(event.get("SEQUENCE", 0))
