"""How the records of any document become rows, by kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from oncall_audit.connectors.belongings import devices, trips
from oncall_audit.connectors.records import Row, UnreadableError, columns, required, rows
from oncall_audit.connectors.times import read_date, read_time

_YES = {"true", "t", "yes", "y", "1"}
_NO = {"false", "f", "no", "n", "0"}


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a kind (lists land as JSON text); the first of `needed` marks a record."""

    kinds: Mapping[str, str]
    needed: tuple[str, ...]
    alternative: str | None = None

    @property
    def columns(self) -> dict[str, str]:
        """The landed columns and their types."""
        return {name: "VARCHAR" if kind in _LISTS else kind for name, kind in self.kinds.items()}


SHAPES: Mapping[str, Shape] = {
    "directory": Shape(
        columns(
            "engineer_id name email team role time_zone",
            "started_at ended_at",
            accounts="LIST",
            devices="DEVICES",
            travel="TRIPS",
        ),
        ("engineer_id",),
        alternative="accounts",
    ),
    "permissions": Shape(
        columns(
            "account resource_name permission granted_via granted_by",
            "granted_at expires_at last_used_at",
            is_privileged="BOOLEAN",
            is_enabled="BOOLEAN",
        ),
        ("account", "permission"),
    ),
    "requests": Shape(
        columns(
            "request_id requester approver resource_name permission status reason",
            "requested_at started_at ended_at",
            reviews="LIST",
        ),
        ("request_id", "requester"),
    ),
    "schedules": Shape(
        columns(
            "schedule engineer origin",
            "started_at ended_at window_since window_until",
            level="BIGINT",
        ),
        ("schedule", "engineer", "started_at", "ended_at"),
    ),
    "incidents": Shape(
        columns("incident_id service severity status", "started_at ended_at", responders="LIST"),
        ("incident_id", "started_at"),
    ),
}


@dataclass(frozen=True, slots=True)
class Decoder:
    """Decodes the documents of one source."""

    shape: Shape
    fields: Mapping[str, str]
    zone: tzinfo = UTC

    def __call__(self, document: Any, _context: Row) -> Iterator[Row]:
        """Yield a row for each record."""
        found = rows(self._records(document), self._row)
        if "window_since" not in self.shape.kinds:
            return found
        return self._with_windows(list(found), document if isinstance(document, Mapping) else {})

    def _records(self, document: Any) -> list[Any]:
        if isinstance(document, list):
            return document
        if not isinstance(document, Mapping):
            raise UnreadableError(f"it holds {type(document).__name__}, not records")
        if self._value(document, self.shape.needed[0]) is not None:
            return [document]
        lists = {name: value for name, value in document.items() if isinstance(value, list)}
        if len(lists) != 1:
            names = ", ".join(f"`{name!s:.40}`" for name in lists) or "none"
            raise UnreadableError(f"one list of records was looked for in it, but there is {names}")
        return next(iter(lists.values()))

    def _row(self, record: Row) -> Iterator[Row]:
        row = {name: self._read(record, name, kind) for name, kind in self.shape.kinds.items()}
        for name in self.shape.needed if not row.get(self.shape.alternative or "") else ():
            self._needed(row, name)
        start, end = row.get("started_at"), row.get("ended_at")
        if "schedule" in row and start is not None and end is not None and start >= end:
            raise UnreadableError("the shift ends before it starts")
        yield row

    def _needed(self, row: Row, name: str) -> None:
        if row.get(name) is None:
            raise UnreadableError(f"it has no `{self.fields.get(name, name)}`")

    def _read(self, record: Row, name: str, kind: str) -> Any:
        value = self._value(record, name)
        if value is None or value == "":
            return None
        try:
            return _READERS[kind](value) if kind != "TIMESTAMP" else self._time(record, name, value)
        except ValueError as error:
            raise UnreadableError(f"`{self.fields.get(name, name)}`: {error}") from None

    def _time(self, record: Row, name: str, value: Any) -> datetime | None:
        """Read a time; a bare date of a directory is a day where the person lives."""
        day = read_date(value) if "accounts" in self.shape.kinds else None
        if day is None:
            return read_time(value, self.zone)
        # The day that somebody leaves on is their last: they leave when it is over.
        begins = day + timedelta(days=1) if name == "ended_at" else day
        return read_time(begins, self._home(record))

    def _home(self, record: Row) -> tzinfo:
        try:
            return ZoneInfo(str(self._value(record, "time_zone")))
        except (KeyError, ValueError, OSError):
            return self.zone

    def _value(self, record: Row, column: str) -> Any:
        """Return a field by its name as it stands, else by the path that its dots tell."""
        name = self.fields.get(column, column)
        if name in record:
            return record[name]
        value: Any = record
        for key in name.split("."):
            value = value.get(key) if isinstance(value, Mapping) else None
        return value

    def _with_windows(self, found: list[Row], document: Row) -> Iterator[Row]:
        since = read_time(document.get("since"), self.zone)
        until = read_time(document.get("until"), self.zone)
        spans: dict[str, tuple[datetime, datetime]] = {}
        for row in found:
            if "_rejected" not in row:
                span = (row["started_at"], row["ended_at"])
                known = spans.get(row["schedule"], span)
                spans[row["schedule"]] = (min(known[0], span[0]), max(known[1], span[1]))
        for row in found:
            first, last = spans.get(row.get("schedule", ""), (None, None))
            windows = {
                "window_since": row.get("window_since") or since or first,
                "window_until": row.get("window_until") or until or last,
            }
            yield row if "_rejected" in row else {**row, **windows}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, list | Mapping) else str(value)


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError(f"{value!r:.60} is no whole number") from None


def _truth(value: Any) -> bool:
    text = str(value).strip().lower()
    if text not in _YES | _NO:
        raise UnreadableError(f"{value!r:.60} is neither true nor false")
    return text in _YES


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, list):
        raise UnreadableError(f"{value!r:.60} is no list")
    return [
        _account(item) if isinstance(item, Mapping) and "account" in item else item
        for item in value
    ]


def _parsed(text: str) -> Any:
    """Read JSON, or names with a semicolon between, of which `system:account` is an account."""
    if text.lstrip()[:1] in {"[", "{"}:
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            raise UnreadableError(f"{text!r:.60} is no JSON") from None
    names = [name.strip() for name in text.split(";") if name.strip()]
    return [
        dict(zip(("system", "account"), name.split(":", 1), strict=True)) if ":" in name else name
        for name in names
    ]


def _account(account: Row) -> Row:
    required(account, "system")
    return {**account, "account": required(account, "account")}


_LISTS = {"LIST": _list, "DEVICES": devices, "TRIPS": trips}
_READERS = {"VARCHAR": _text, "BIGINT": _number, "BOOLEAN": _truth, **_LISTS}
