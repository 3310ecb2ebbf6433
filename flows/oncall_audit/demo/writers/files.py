"""Times, identifiers and files as the writers share them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any


def stamp(moment: datetime) -> str:
    """Return a time as it stands in the names of exported files, safe on every file system."""
    return moment.strftime("%Y-%m-%dT%H%M%SZ")


def utc(moment: datetime) -> str:
    """Return ISO 8601 with a Z."""
    return f"{moment.replace(tzinfo=None).isoformat()}Z"


def uuid(random: Random) -> str:
    """Return a random identifier in the form of a UUID."""
    text = f"{random.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def spread(start: datetime, end: datetime, count: int) -> Iterator[datetime]:
    """Yield `count` times evenly inside a span, to the millisecond."""
    step = (end - start) / (count + 1)
    for number in range(1, count + 1):
        moment = start + step * number
        yield moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def write_text(path: Path, text: str) -> None:
    """Write a file with newlines as given."""
    _write(path, text.encode())


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except FileNotFoundError:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)


def write_json(path: Path, document: Any, *, indent: int | None = None) -> None:
    """Write a document, in one line unless people are to read it."""
    separators = (",", ": ") if indent else (",", ":")
    text = json.dumps(document, indent=indent, separators=separators, ensure_ascii=False)
    write_text(path, f"{text}\n")


def write_lines(path: Path, records: Iterable[Any]) -> None:
    """Write one JSON record a line."""
    lines = (json.dumps(each, separators=(",", ":"), ensure_ascii=False) for each in records)
    write_text(path, "".join(f"{line}\n" for line in lines))


def write_gzip(path: Path, document: Any) -> None:
    """Write a compressed document that is the same for the same content."""
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    # Without a time of its own the file depends on nothing but its content.
    _write(path, gzip.compress(body, compresslevel=5, mtime=0))


def night_snapshots(since: datetime, until: datetime, hour: int) -> list[datetime]:
    """Return one time a night, from the night before the period to the one that ends it."""
    first = since - timedelta(days=1) + timedelta(hours=hour)
    return [first + timedelta(days=number) for number in range((until - since).days + 2)]
