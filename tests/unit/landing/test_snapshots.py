"""Snapshots land whole or not at all; a later one with the same content is a new observation."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pytest

from oncall_audit import landing
from oncall_audit.connectors.base import File, Kind, Page, SnapshotTable, Table, Window
from oncall_audit.errors import SourceError

from .conftest import NOW, Zone

COLUMNS = {"account": "VARCHAR", "level": "BIGINT", "granted_at": "TIMESTAMP", "tags": "VARCHAR"}


def decode(document: Any, context: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for record in document["grants"] if isinstance(document, dict) else document:
        yield {"_rejected": "no account"} if not record.get("account") else record


TABLE = SnapshotTable("grants", COLUMNS, decode)


@dataclass(frozen=True)
class Grants:
    """Yields what it is given, then fails if told to."""

    items: tuple[File | Page, ...]
    failure: str = ""

    kind: ClassVar[Kind] = "permissions"
    tables: ClassVar[tuple[Table, ...]] = (TABLE,)

    def read(self, window: Window) -> Iterator[File | Page]:
        yield from self.items
        if self.failure:
            raise SourceError(self.failure)


def page(*grants: Any, at: datetime = NOW, name: str = "grants/1?token=x") -> Page:
    return Page("grants", name, json.dumps({"grants": grants}).encode(), at)


def rows(zone: Zone, columns: str = "account, level, granted_at::varchar, tags") -> list[Any]:
    connection = duckdb.connect()
    with zone.manifest() as manifest:
        landing.views(connection, manifest, {"test_snapshots": (TABLE,)})
    query = f"select {columns} from landing.test_snapshots__grants order by all"
    return connection.execute(query).fetchall()


ADA = {"account": "ada", "level": 3, "granted_at": "2024-05-01T12:00:00+02:00", "tags": ["b", "a"]}


def test_a_page_becomes_rows_and_its_bytes_are_kept(zone: Zone) -> None:
    landed = zone.land(Grants((page(ADA, {"account": "bob"}),)))

    assert (landed.pages, landed.files, landed.landed, landed.state) == (1, 0, 2, "complete")
    assert rows(zone) == [
        ("ada", 3, "2024-05-01 10:00:00", '["b","a"]'),
        ("bob", None, None, None),
    ]
    (raw,) = (zone.folder / "raw").rglob("*.json.gz")
    assert raw.name == "grants-00000-grants_1_token_x.json.gz"
    assert json.loads(gzip.decompress(raw.read_bytes()))["grants"][0] == ADA


def test_how_far_a_long_list_has_come_is_told_while_it_is_asked_for(zone: Zone) -> None:
    many = [page({"account": f"a{number}"}, name=f"grants-{number}") for number in range(25)]

    zone.land(Grants(tuple(many)))

    assert zone.told == ["10 answers read", "20 answers read", "25 read, 25 records landed"]


def test_the_same_answer_a_day_later_is_a_new_observation(zone: Zone) -> None:
    zone.land(Grants((page(ADA),)))
    zone.land(Grants((page(ADA, at=NOW + timedelta(days=1)),)))

    assert [str(at) for (at,) in rows(zone, "observed_at")] == [
        "2024-05-03 12:00:00",
        "2024-05-04 12:00:00",
    ]


def test_the_same_answer_twice_is_a_duplicate(zone: Zone) -> None:
    landed = zone.land(Grants((page(ADA, {"account": "bob"}), page(ADA, {"account": "bob"}))))

    assert (landed.records, landed.landed, landed.duplicates) == (4, 2, 2)


def test_records_that_are_refused_or_unreadable_are_quarantined(zone: Zone) -> None:
    bad = {"account": "bob", "granted_at": "soon"}
    landed = zone.land(Grants((page(ADA, {}, bad, {"account": "c", "level": "high"}),)))

    assert (landed.records, landed.landed, landed.quarantined) == (4, 1, 3)
    assert zone.quarantined() == [
        (2, "no account"),
        (3, "'soon' is no time"),
        (4, "'high' is no whole number"),
    ]


def test_a_record_that_tells_nothing_is_counted_and_does_not_land(zone: Zone) -> None:
    landed = zone.land(Grants((page({"_ignored": "a slot of nobody", "account": "-"}, ADA),)))

    assert (landed.records, landed.landed, landed.ignored) == (2, 1, 1)
    assert rows(zone, "account, raw_line") == [("ada", 2)]


@pytest.mark.parametrize("body", [b"<html>", b'{"other": 1}', b"[1]", b""])
def test_a_document_of_another_shape_is_one_record(zone: Zone, body: bytes) -> None:
    landed = zone.land(Grants((Page("grants", "1", body, NOW),)))

    assert (landed.records, landed.landed, landed.quarantined) == (1, 0, 1)


def test_half_a_reading_lands_nothing(zone: Zone) -> None:
    with pytest.raises(SourceError, match="token expired"):
        zone.land(Grants((page(ADA),), failure="token expired at page 7"))

    assert rows(zone) == []
    assert list(zone.folder.rglob("*.json.gz")) == []
    with zone.manifest() as manifest:
        assert [row[3:5] for row in manifest.extractions()] == [
            ("failed", "token expired at page 7")
        ]


def _files(zone: Zone, *names: str) -> tuple[File, ...]:
    return tuple(File("grants", zone.inbox / name) for name in names)


def test_files_are_observed_when_their_names_say_or_when_they_were_written(zone: Zone) -> None:
    zone.put("grants-2024-05-01.json", json.dumps([ADA]))
    zone.put("grants-20240502T0830Z.json", json.dumps([ADA]))
    zone.put("grants.json", json.dumps([ADA]), at=datetime(2024, 4, 30, 7, tzinfo=UTC))
    names = ("grants-2024-05-01.json", "grants-20240502T0830Z.json", "grants.json")
    zone.land(Grants(_files(zone, *names)))

    assert [str(at) for (at,) in rows(zone, "observed_at")] == [
        "2024-04-30 07:00:00",
        "2024-05-01 00:00:00",
        "2024-05-02 08:30:00",
    ]


def test_an_unchanged_file_is_passed_over(zone: Zone) -> None:
    zone.put("grants-2024-05-01.json", json.dumps([ADA]))
    connector = Grants(_files(zone, "grants-2024-05-01.json"))
    zone.land(connector)

    landed = zone.land(connector)

    assert (landed.unchanged, landed.records, landed.state) == (1, 0, "complete")


def test_documents_come_in_many_formats(zone: Zone) -> None:
    zone.put("a-2024-05-01.csv", "account,level\nada,3\n")
    zone.put("b-2024-05-01.jsonl", '{"account": "bob"}\n\n{"account": "cleo"}\n')
    zone.put("c-2024-05-01.json.gz", gzip.compress(b'\xef\xbb\xbf[{"account": "dora"}]'))
    target = zone.inbox / "d-2024-05-01.parquet"
    duckdb.execute(f"copy (select 'emil' as account, 5 as level) to '{target}'")
    zone.put("e-2024-05-01.parquet", b"no parquet")
    names = sorted(path.name for path in Path(zone.inbox).iterdir())

    landed = zone.land(Grants(_files(zone, *names)))

    assert [account for (account,) in rows(zone, "account")] == [
        "ada",
        "bob",
        "cleo",
        "dora",
        "emil",
    ]
    assert landed.quarantined == 1


def test_one_file_may_fill_two_tables(zone: Zone) -> None:
    zone.put("grants-2024-05-01.json", json.dumps([ADA]))

    class Both(Grants):
        tables = (TABLE, SnapshotTable("others", COLUMNS, decode))

        def read(self, window: Window) -> Iterator[File | Page]:
            for table in ("grants", "others"):
                yield File(table, zone.inbox / "grants-2024-05-01.json")

    assert zone.land(Both(())).landed == 2
