"""The SQL that reads a log with a field map; every name and text in it is quoted."""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Mapping
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import Literal

from oncall_audit.connectors.base import LogTable
from oncall_audit.errors import SourceError

COLUMNS = (
    "account",
    "action",
    "object",
    "outcome",
    "resource_name",
    "session_key",
    "session_mark",
    "source_ip",
    "mfa",
    "device_id",
)
_LONGEST_HEADER = 64 * 1024
_OFFSET = r"\d:\d\d(:\d\d([.,]\d+)?)?\s*(Z|z|UTC|GMT|[+-]\d\d(:?\d\d)?)$"


def json_table(fields: Mapping[str, str], time_zone: str) -> LogTable:
    """Declare a log of JSON records; a name with dots is a field of that name, else a path."""
    named = _named(fields)
    tops = (top for name in named.values() for top in dict.fromkeys((name, name.split(".")[0])))
    texts = {column: _json(name) for column, name in named.items()}
    return _table("json", dict.fromkeys(tops, "JSON"), texts, time_zone)


def parquet_table(fields: Mapping[str, str], time_zone: str) -> LogTable:
    """Declare a log of Parquet files, whose columns are what fields of JSON are."""
    return replace(json_table(fields, time_zone), framing="parquet")


def csv_table(fields: Mapping[str, str], time_zone: str) -> LogTable:
    """Declare a log of CSV records below a header line."""
    named = _named(fields)
    texts = {column: f"nullif({identifier(name)}, '')" for column, name in named.items()}
    table = _table("csv", dict.fromkeys(named.values(), "VARCHAR"), texts, time_zone)
    return replace(table, header=True)


def check_header(file: Path, fields: Mapping[str, str]) -> None:
    """Refuse a CSV file without the fields that the source names: they would all land empty."""
    names = _header(file)
    absent = sorted({name for name in fields.values() if name not in names})
    if absent:
        raise SourceError(
            f"{file} has no column {', '.join(absent)}, only {', '.join(names)}: correct `fields`."
        )


def _named(fields: Mapping[str, str]) -> dict[str, str]:
    named = {column: fields.get(column, column) for column in ("occurred_at", *COLUMNS)}
    # Only where it is named: a record without an identity must not be taken for another.
    return named | ({"event_id": fields["event_id"]} if "event_id" in fields else {})


def _header(file: Path) -> tuple[str, ...]:
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            text = TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            line = text.readline(_LONGEST_HEADER)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise SourceError(f"{file} cannot be read as CSV ({error}): replace it.") from None
    return tuple(next(csv.reader([line]), []))


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for SQL."""
    return "'" + text.replace("'", "''") + "'"


def _table(
    framing: Literal["json", "csv"],
    raw: Mapping[str, str],
    texts: Mapping[str, str],
    time_zone: str,
) -> LogTable:
    return LogTable(
        name="events",
        framing=framing,
        fields=raw,
        columns={column: texts[column] for column in COLUMNS},
        occurred_at=_time(texts["occurred_at"], time_zone),
        identity=texts.get("event_id"),
    )


def _json(name: str) -> str:
    flat = f"({identifier(name)} ->> '$')"
    top, _, rest = name.partition(".")
    if not rest:
        return flat
    # A pointer, for unlike a path it can hold any text in a name.
    pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in rest.split("."))
    return f"coalesce({flat}, {identifier(top)} ->> {literal(pointer)})"


def _time(text: str, time_zone: str) -> str:
    return (
        f"case when regexp_full_match({text}, '\\d{{9,11}}(\\.\\d+)?')"
        f" then make_timestamp(cast(try_cast({text} as double) * 1000000 as bigint))"
        f" when regexp_full_match({text}, '\\d{{12,14}}(\\.\\d+)?')"
        f" then make_timestamp(cast(try_cast({text} as double) * 1000 as bigint))"
        f" when regexp_full_match({text}, '\\d{{15,17}}')"
        f" then make_timestamp(try_cast({text} as bigint))"
        f" when regexp_full_match({text}, '\\d{{18,19}}')"
        f" then make_timestamp(try_cast({text} as bigint) // 1000)"
        f" when regexp_matches({text}, {literal(_OFFSET)})"
        f" then timezone('UTC', try_cast({text} as timestamptz))"
        f" else timezone('UTC', timezone({literal(time_zone)}, try_cast({text} as timestamp))) end"
    )
