"""Reads an exported document, whatever its format, as the Python value that a decoder takes."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path
from typing import Any

import duckdb
import orjson

from oncall_audit.landing.framing import is_too_deep
from oncall_audit.landing.sql import literal

_LARGEST = 1 << 30


class DocumentError(ValueError):
    """A document that cannot be read; the text is the reason given to people."""


def parse(name: str, body: bytes) -> Any:
    """Return the value of a document: rows of CSV, lines of JSON lines, a text, or JSON."""
    plain = name.lower().removesuffix(".gz")
    text = _unpacked(body) if body.startswith(b"\x1f\x8b") else body
    text = text.removeprefix(b"\xef\xbb\xbf")
    if plain.endswith(".csv"):
        return _csv(text)
    if plain.endswith(".ics"):
        return _text(text)
    if plain.endswith((".jsonl", ".ndjson")):
        return [_json(line) for line in text.splitlines() if line.strip()]
    return _json(text)


def parse_parquet(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a Parquet file."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            found = connection.execute(f"from read_parquet({literal(str(path))})")
        except duckdb.Error as error:
            raise DocumentError(f"not a Parquet file ({str(error).splitlines()[0]})") from None
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _unpacked(body: bytes) -> bytes:
    try:
        with gzip.open(io.BytesIO(body)) as stream:
            text = stream.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(f"not a whole gzip file ({error})") from None
    if len(text) > _LARGEST:
        raise DocumentError(f"it expands to more than {_LARGEST} bytes")
    return text


def _csv(text: bytes) -> list[dict[str, str | None]]:
    try:
        reader = csv.DictReader(io.StringIO(text.decode(), newline=""), strict=True)
        rows = [{str(k): v for k, v in row.items() if k is not None} for row in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise DocumentError(f"not a CSV file ({error})") from None
    return rows


def _text(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise DocumentError(f"not UTF-8 (byte {error.start + 1})") from None


def _json(text: bytes) -> Any:
    if is_too_deep(text):
        raise DocumentError("nested too deep")
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise DocumentError(f"not valid JSON ({error})") from None
