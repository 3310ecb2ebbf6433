"""iCalendar: who is on call, from calendar files or from a calendar's feed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from oncall_audit.connectors.base import File, Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.connectors.http import Client, reveal
from oncall_audit.connectors.ical_events import Calendar, Span
from oncall_audit.connectors.records import Row, UnreadableError, columns
from oncall_audit.connectors.times import read_time
from oncall_audit.errors import ConfigurationError

_COLUMNS = columns(
    "schedule person origin event_uid", "started_at ended_at window_since window_until"
)
# What Grafana OnCall writes before a name: a level, and a sign.
_DECORATION = re.compile(r"^(?:\[L\d+\]\s*)?@?")
_DATED = re.compile(r"[-_.]?\d{4}-?\d{2}-?\d{2}.*$")


@dataclass(frozen=True, slots=True)
class Decoder:
    """Reads one calendar as the source says."""

    schedule: str | None = None
    person: str = "summary"
    pattern: str | None = None
    time_zone: str = "UTC"
    days_before: int = 35
    days_after: int = 100

    def __call__(self, document: Any, context: Row) -> Iterator[Row]:
        """Yield a row for each person and occurrence in the window, or one for nobody at all."""
        if not isinstance(document, str) or not document.rstrip().upper().endswith("END:VCALENDAR"):
            raise UnreadableError("it is no whole calendar: it does not end in END:VCALENDAR")
        observed_at = context["observed_at"]
        since = read_time(context.get("window_since")) or observed_at - timedelta(self.days_before)
        until = read_time(context.get("window_until")) or observed_at + timedelta(self.days_after)
        found = list(self._rows(document, Path(str(context.get("path", ""))), since, until))
        yield from found
        if not any("started_at" in row for row in found):
            # That nobody is on call is an answer too, and takes the place of an earlier one.
            yield self._head(None, Path(str(context.get("path", ""))), since, until)

    def _rows(self, text: str, path: Path, since: datetime, until: datetime) -> Iterator[Row]:
        for calendar in _calendars(text):
            head = self._head(calendar, path, since, until)
            named = calendar.get("X-WR-TIMEZONE")
            window = Calendar(_zone(str(named or self.time_zone)), since, until)
            for span in window.spans(calendar.walk("VEVENT")):
                if isinstance(span, Span):
                    yield from self._people(span, head)
                else:
                    yield {"_rejected": str(span)}

    def _people(self, span: Span, head: Row) -> Iterator[Row]:
        people = list(self._named(span.event))
        if span.end.astimezone(UTC) <= span.start.astimezone(UTC):
            yield {"_ignored": "no length"}
        elif not people:
            yield {"_ignored": "nobody named"}
        for person in people if span.end.astimezone(UTC) > span.start.astimezone(UTC) else ():
            yield {
                **head,
                "person": person,
                "origin": "override" if span.is_override else "rotation",
                "event_uid": span.event.get("UID"),
                "started_at": span.start,
                "ended_at": span.end,
            }

    def _named(self, event: Any) -> Iterator[str]:
        if self.person == "attendee":
            told = event.get("ATTENDEE") or []
            for attendee in told if isinstance(told, list) else [told]:
                yield re.sub(r"(?i)^mailto:", "", str(attendee))
            return
        summary = _DECORATION.sub("", str(event.get("SUMMARY", "")).strip())
        match = re.search(self.pattern, summary) if self.pattern else None
        if self.pattern is None or match:
            name = (match[1] if match else summary).strip()
            yield from [name] if name else []

    def _head(self, calendar: Any, path: Path, since: datetime, until: datetime) -> Row:
        called = calendar.get("X-WR-CALNAME") if calendar is not None else None
        schedule = self.schedule or called or _DATED.sub("", path.name.partition(".")[0])
        if not schedule:
            raise UnreadableError("it names no schedule: give the source's `schedule`")
        return {"schedule": str(schedule), "window_since": since, "window_until": until}


_ENTRIES = SnapshotTable("entries", _COLUMNS, Decoder())


@dataclass(frozen=True, slots=True)
class ICal:
    """On-call calendars (.ics) by `path`, or one by its feed, whose address is `url_secret`.

    Needs to read the files, or the feed's private address, which shows nothing but the calendar.
    `person` tells where the person stands (summary or attendee), `pattern` what of a summary is
    the name, in its first pair of brackets.
    """

    path: str | Path | None = None
    url_secret: object = field(default=None, repr=False)
    name: str = "ical"
    schedule: str | None = None
    person: Literal["summary", "attendee"] = "summary"
    pattern: str | None = None
    time_zone: str = "UTC"
    days_before: int = 35
    days_after: int = 100

    default_system: ClassVar[str] = "ical"
    kind: ClassVar[Kind] = "schedules"
    shapes: ClassVar[tuple[Table, ...]] = (_ENTRIES,)

    def __post_init__(self) -> None:
        if (self.path is None) == (self.url_secret is None):
            raise ConfigurationError(
                f"Source {self.name} needs either `path` (calendar files) or `url_secret` (the"
                " private address of a feed): give one of them."
            )
        if self.url_secret is not None:
            self._address()
        _check_pattern(self.name, self.pattern)
        try:
            from icalendar import Calendar as _  # noqa: F401
        except ImportError:
            raise ConfigurationError(
                "Calendars need a package that is not there: pip install 'oncall-audit[ical]'."
            ) from None

    @property
    def tables(self) -> tuple[Table, ...]:
        """The entries, read as the options say."""
        decoder = Decoder(
            self.schedule,
            self.person,
            self.pattern,
            self.time_zone,
            self.days_before,
            self.days_after,
        )
        return (SnapshotTable("entries", _COLUMNS, decoder),)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield each file, or the feed as it is now."""
        if self.path is not None:
            for file in find_files(self.path, ".ics"):
                yield File("entries", file)
            return
        host, rest = self._address()
        with Client(host, called=f"The feed of source {self.name}") as client:
            answer = client.get_text(rest, b"BEGIN:VCALENDAR")
        context = {
            "path": f"{self.name}.ics",
            "window_since": (window.since - timedelta(self.days_before)).isoformat(),
            "window_until": (window.until + timedelta(self.days_after)).isoformat(),
        }
        yield Page("entries", self.name, answer.body, answer.received_at, context, ".ics")

    def probe(self) -> str:
        """Ask for the feed; raise `SourceError` if it cannot be reached or is no calendar."""
        if self.path is not None:
            return f"{len(find_files(self.path, '.ics'))} calendar file(s)"
        host, rest = self._address()
        with Client(host, called=f"The feed of source {self.name}") as client:
            client.get_text(rest, b"BEGIN:VCALENDAR")
        return "answers with a calendar"

    def _address(self) -> tuple[str, str]:
        parts = urlsplit(reveal(self.url_secret).replace("webcal://", "https://", 1))
        host = f"{parts.scheme}://{parts.netloc}"
        try:
            Client(host)
        except ConfigurationError:
            raise ConfigurationError(
                f"Source {self.name}: `url_secret` is no address that begins with https:// or"
                " webcal://: correct it."
            ) from None
        return host, f"{parts.path}?{parts.query}" if parts.query else parts.path


def _calendars(text: str) -> Iterator[Any]:
    import icalendar

    for found in icalendar.Calendar.from_ical(text, multiple=True):
        if found.name != "VCALENDAR":
            raise UnreadableError(f"there is a {found.name} outside of any calendar")
        yield found


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UnreadableError(f"nobody knows its zone {name:.60}") from None


def _check_pattern(name: str, pattern: str | None) -> None:
    try:
        groups = 1 if pattern is None else re.compile(pattern).groups
    except re.error as error:
        raise ConfigurationError(f"Source {name}: `pattern` is no pattern ({error}).") from None
    if groups < 1:
        raise ConfigurationError(
            f"Source {name}: `pattern` has no pair of brackets round the name, as in"
            " 'On call: (.+)'."
        )
