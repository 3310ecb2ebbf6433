"""The SQL of a log with a field map, run on DuckDB as the landing zone runs it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oncall_audit.connectors.base import File, LogTable, Window
from oncall_audit.connectors.generic import Generic
from oncall_audit.errors import SourceError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def landed(path: Path, **options: Any) -> list[dict[str, Any]]:
    """Read a log as declared; every value that is not NULL."""
    source = Generic(path=path, **options)
    (file,) = (file for file in source.read(WINDOW) if isinstance(file, File))
    (table,) = (
        each
        for each in source.tables
        if isinstance(each, LogTable) and (each.name, each.framing) == (file.table, file.framing)
    )
    named = {
        **table.columns,
        "occurred_at": table.occurred_at,
        "identity": table.identity or "null",
    }
    named |= {"ignored": table.ignored, "rejected": table.rejected}
    selected = ", ".join(f'{expression} as "{name}"' for name, expression in named.items())
    database = duckdb.connect(config={"autoload_known_extensions": "false"})
    # Another zone than UTC: the expressions must not lean on the session.
    database.execute("set TimeZone = 'Asia/Tokyo'")
    found = database.execute(f"select {selected} from {_reader(table, path)}")
    names = [column[0] for column in found.description or []]
    return [
        {name: value for name, value in zip(names, row, strict=True) if value is not None}
        for row in found.fetchall()
    ]


def _reader(table: LogTable, path: Path) -> str:
    if table.framing == "csv":
        absent = "".join(f', null::varchar as "{field}"' for field in sorted(_absent(table, path)))
        csv = f"read_csv({_text(str(path))}, header = {table.header}, all_varchar = true)"
        return f"(select *{absent} from {csv})"
    columns = "{" + ", ".join(f"{_text(k)}: {_text(v)}" for k, v in table.fields.items()) + "}"
    return f"read_json({_text(str(path))}, columns = {columns}, format = 'newline_delimited')"


def _absent(table: LogTable, path: Path) -> set[str]:
    content = path.read_bytes()
    text = gzip.decompress(content) if path.suffix == ".gz" else content
    return {name for name in table.fields if name not in text.decode().replace('""', '"')}


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def lines(folder: Path, *records: Mapping[str, Any]) -> Path:
    """Write a log of JSON lines."""
    file = folder / "access.jsonl"
    file.write_text("".join(json.dumps(record) + "\n" for record in records))
    return file


def at(hour: int, *more: int) -> datetime:
    """Return a time on 2 March."""
    minute, second, microsecond = (*more, 0, 0, 0)[:3]
    return datetime(2026, 3, 2, hour, minute, second, microsecond)  # noqa: DTZ001


def test_json_lines_by_names_and_paths(tmp_path: Path) -> None:
    fields = {
        "occurred_at": "time",
        "event_id": "uid",
        "account": "actor.login",
        "source_ip": "addr.remote",
        "object": "request.path~/x.y",
    }
    file = lines(
        tmp_path,
        {
            "time": "2026-03-02T09:00:00+01:00",
            "uid": 7,
            "actor": {"login": "ada"},
            "addr.remote": "10.0.0.1",
            "request": {"path~/x": {"y": True}},
            "outcome": "success",
            "action": None,
        },
    )

    assert landed(file, fields=fields) == [
        {
            "occurred_at": at(8),
            "identity": "7",
            "account": "ada",
            "source_ip": "10.0.0.1",
            "object": "true",
            "outcome": "success",
            "ignored": False,
        }
    ]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-03-02T08:00:00Z", at(8)),
        ("2026-03-02T08:00:00.123456789Z", at(8, 0, 0, 123456)),
        ("2026-03-02 03:00:00.5-0500", at(8, 0, 0, 500000)),
        ("2026-03-02T13:30:00+05:30", at(8)),
        ("2026-03-02 08:00:00 UTC", at(8)),
        ("2026-03-02 09:00:00", at(8)),
        (1772438400, at(8)),
        (1772438400.25, at(8, 0, 0, 250000)),
        (1772438400123, at(8, 0, 0, 123000)),
        ("1772438400123456", at(8, 0, 0, 123456)),
        (1772438400123456789, at(8, 0, 0, 123456)),
    ],
)
def test_times_of_every_form(tmp_path: Path, written: object, expected: datetime) -> None:
    (found,) = landed(lines(tmp_path, {"occurred_at": written}), time_zone="Europe/Berlin")

    assert found["occurred_at"] == expected


@pytest.mark.parametrize("written", [None, "", "soon", "2026-13-45", {}, 12, "9" * 40])
def test_what_is_no_time_is_null(tmp_path: Path, written: object) -> None:
    (found,) = landed(lines(tmp_path, {"occurred_at": written, "account": "ada"}))

    assert found == {"account": "ada", "ignored": False}


@pytest.mark.parametrize("hostile", ["'", '"', "a'b\"c", 'x" from y; drop table z --', "{{ a }}"])
def test_no_name_of_a_field_is_ever_sql(tmp_path: Path, hostile: str) -> None:
    record = {"occurred_at": "2026-03-02T08:00:00Z", hostile: {hostile: "'; drop table a; --"}}
    options = {"account": f"{hostile}.{hostile}"}

    (found,) = landed(lines(tmp_path, record), fields=options)

    assert found["account"] == "'; drop table a; --"


@pytest.mark.parametrize("name", ["access.csv", "access.csv.gz"])
def test_a_csv_is_read_by_its_header(tmp_path: Path, name: str) -> None:
    text = 'when,"the ""user""",action,note\n2026-03-02T08:00:00Z,ada,"select 1, 2",x\n'
    content = text.encode()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    fields = {"occurred_at": "when", "account": 'the "user"'}

    (found,) = landed(tmp_path / name, fields=fields)

    assert found == {
        "occurred_at": at(8),
        "account": "ada",
        "action": "select 1, 2",
        "ignored": False,
    }


@pytest.mark.parametrize("content", [b"when,who\n", b"", b"\xff\xfe\n"])
def test_a_field_that_no_column_has_is_an_error(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    source = Generic(path=tmp_path, fields={"occurred_at": "when", "account": "user"})

    with pytest.raises(SourceError, match=r"a\.csv (has no column .*user|cannot be read as CSV)"):
        list(source.read(WINDOW))


def test_tells_the_framing_of_every_file_by_its_name(tmp_path: Path) -> None:
    for name in ("b.log", "a.jsonl.gz", "c.csv", "notes.txt"):
        (tmp_path / name).write_bytes(gzip.compress(b"") if name.endswith("gz") else b"")

    found = list(Generic(path=tmp_path).read(WINDOW))

    assert found == [
        File("events", tmp_path / "a.jsonl.gz", "json"),
        File("events", tmp_path / "b.log", "json"),
        File("events", tmp_path / "c.csv", "csv"),
    ]


def test_a_format_that_is_given_holds_for_every_name(tmp_path: Path) -> None:
    (tmp_path / "access.txt").write_text("occurred_at,account\n")

    found = list(Generic(path=tmp_path, format="csv").read(WINDOW))

    assert found == [File("events", tmp_path / "access.txt", "csv")]
