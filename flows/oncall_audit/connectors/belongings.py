"""What a directory says of a person beside accounts: keys and devices, and declared travel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import orjson

from oncall_audit.connectors.records import Row, UnreadableError, required

_TRIP = re.compile(r"(\w+) +([\d-]+) *(?:/|\.\.) *([\d-]+)")


def devices(value: Any) -> list[str]:
    """Read a list of keys and devices: texts, or objects with a `device_id`; in CSV `a; b`."""
    return [
        str(required(item, "device_id") if isinstance(item, Mapping) else item).strip()
        for item in _items(value)
    ]


def trips(value: Any) -> list[Row]:
    """Read declared travel: objects with `country`, `from`, `until`; `PT 2026-03-01/2026-03-08`."""
    return [_trip(item) for item in _items(value)]


def _items(value: Any) -> list[Any]:
    if isinstance(value, str) and value.lstrip()[:1] == "[":
        try:
            value = orjson.loads(value)
        except orjson.JSONDecodeError:
            raise UnreadableError(f"{value!r:.60} is no JSON") from None
    if isinstance(value, str):
        return [item.strip() for item in value.split(";") if item.strip()]
    if not isinstance(value, list):
        raise UnreadableError(f"{value!r:.60} is no list")
    return value


def _trip(item: Any) -> Row:
    if isinstance(item, str) and (written := _TRIP.fullmatch(item)):
        item = dict(zip(("country", "from", "until"), written.groups(), strict=True))
    if not isinstance(item, Mapping):
        raise UnreadableError(f"{item!r:.60} is no trip such as `PT 2026-03-01/2026-03-08`")
    country = str(required(item, "country")).upper()
    if not re.fullmatch(r"[A-Z]{2}", country):
        raise UnreadableError(f"{country!r:.60} is no country: write its two letters of ISO 3166")
    first, last = (_day(required(item, key)) for key in ("from", "until"))
    if last < first:
        raise UnreadableError("a trip ends before it starts")
    return {"country": country, "from": first.isoformat(), "until": last.isoformat()}


def _day(value: Any) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise UnreadableError(f"{value!r:.60} is no date such as 2026-03-01") from None
