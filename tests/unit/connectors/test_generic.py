"""Any records by a field map: what is declared, decoded and refused."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.base import File, SnapshotTable, Window
from oncall_audit.connectors.generic import Generic
from oncall_audit.errors import ConfigurationError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def decoded(kind: Any, document: object, **options: Any) -> list[dict[str, Any]]:
    """Decode one document, leaving out what is NULL."""
    (table,) = Generic(path="exports", kind=kind, **options).tables
    assert isinstance(table, SnapshotTable)
    rows = table.decode(document, {})
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def at(day: int, hour: int = 8) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        (
            "directory",
            (
                "accounts devices email ended_at engineer_id name role started_at team time_zone"
                " travel"
            ),
        ),
        (
            "permissions",
            (
                "account expires_at granted_at granted_by granted_via is_enabled is_privileged"
                " last_used_at permission resource_name"
            ),
        ),
        (
            "requests",
            (
                "approver ended_at permission reason request_id requested_at requester"
                " resource_name reviews started_at status"
            ),
        ),
        (
            "schedules",
            "ended_at engineer level origin schedule started_at window_since window_until",
        ),
        ("incidents", "ended_at incident_id responders service severity started_at status"),
    ],
)
def test_each_kind_lands_its_own_table(kind: Any, columns: str) -> None:
    (table,) = Generic(path="exports", kind=kind).tables

    assert (table.name, sorted(table.columns)) == (kind, columns.split())


def test_reads_documents_of_every_format(tmp_path: Path) -> None:
    names = ["2026-03-02.csv", "a.json", "b.jsonl", "c.ndjson.gz", "d.parquet"]
    for name in (*names, "readme.txt"):
        (tmp_path / name).write_text("")

    found = list(Generic(path=tmp_path, kind="directory").read(WINDOW))

    assert found == [File("directory", tmp_path / name) for name in names]


PERMISSION = {"account": "ada", "permission": "admin"}


@pytest.mark.parametrize(
    "document",
    [[PERMISSION], {"permissions": [PERMISSION]}, PERMISSION, {"rows": [PERMISSION], "page": 1}],
)
def test_takes_an_array_an_object_with_one_list_or_one_record(document: object) -> None:
    assert decoded("permissions", document) == [PERMISSION]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"a": [], "b": []}, "there is `a`, `b`"),
        ({"error": "x"}, "there is none"),
        ("x", "it holds str, not records"),
    ],
)
def test_a_document_without_one_list_is_refused(document: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decoded("permissions", document)


def test_fields_name_the_fields_of_the_record_and_paths_into_it() -> None:
    fields = {"account": "login", "permission": "grant.level", "resource_name": "db.name"}
    record = {
        "login": "ada",
        "grant": {"level": "admin"},
        "db.name": "payments",
        "db": {"name": "x"},
    }

    (found,) = decoded("permissions", [record], fields=fields)

    assert found == {"account": "ada", "permission": "admin", "resource_name": "payments"}


def test_values_of_a_csv_get_their_types() -> None:
    record = {
        **PERMISSION,
        "is_privileged": "Yes",
        "granted_at": "2026-03-02 09:00:00",
        "expires_at": "",
        "last_used_at": "1772438400",
    }

    (found,) = decoded("permissions", [record], time_zone="Europe/Berlin")

    typed = {"is_privileged": True, "granted_at": at(2), "last_used_at": at(2)}
    assert found == {**PERMISSION, **typed}


def test_a_bare_date_of_the_directory_is_the_whole_day_where_the_person_lives() -> None:
    leaver = {"engineer_id": "e1", "started_at": "2026-03-02", "ended_at": "2026-03-20"}
    zones = ("America/New_York", "nowhere", None)

    found = decoded("directory", [{**leaver, "time_zone": zone} for zone in zones])

    assert [(row["started_at"], row["ended_at"]) for row in found] == [
        (at(2, 5), at(21, 4)),
        (at(2, 0), at(21, 0)),
        (at(2, 0), at(21, 0)),
    ]


def test_accounts_are_a_list_or_short_text() -> None:
    listed = [{"system": "aws", "account": "ada"}, {"system": "linux", "account": "adaa"}]
    texts = [listed, '[{"system": "aws", "account": "ada"}]', "aws:ada; linux:adaa"]
    records = [{"engineer_id": "e001", "accounts": accounts} for accounts in texts]

    found = decoded("directory", records)

    assert [row["accounts"] for row in found] == [listed, listed[:1], listed]


def test_an_account_of_no_person_needs_no_engineer() -> None:
    accounts = [{"system": "postgresql", "account": "app_pay", "kind": "service"}]

    assert decoded("directory", [{"accounts": accounts}]) == [{"accounts": accounts}]


def test_one_unreadable_record_does_not_take_the_others_away() -> None:
    records = [
        {"engineer_id": "e001"},
        {"name": "Ben Bach"},
        {"engineer_id": "e002", "started_at": "once"},
        {"engineer_id": "e003", "accounts": [{"account": "cleo"}]},
        7,
    ]

    found = decoded("directory", records, fields={"started_at": "joined"}) + decoded(
        "directory", records[2:3]
    )

    assert [row.get("_rejected") for row in found] == [
        None,
        "it has no `engineer_id`",
        None,
        "`accounts`: it has no `system`",
        "a record is int, not an object",
        "`started_at`: 'once' is no time",
    ]


def shift(schedule: str, start: str, end: str) -> dict[str, Any]:
    """Return a record of a schedule."""
    return {"schedule": schedule, "engineer": "e001", "started_at": start, "ended_at": end}


def test_the_window_of_a_schedule_is_noted_or_as_far_as_it_reaches() -> None:
    shifts = [
        shift("a", "2026-03-02T08:00Z", "2026-03-03T08:00Z"),
        shift("b", "2026-03-04T08:00Z", "2026-03-05T08:00Z"),
        shift("a", "2026-03-03T08:00Z", "2026-03-04T08:00Z"),
        shift("a", "2026-03-03T08:00Z", "2026-03-03T08:00Z"),
    ]

    found = decoded("schedules", {"shifts": shifts}) + decoded(
        "schedules", {"shifts": shifts[:1], "since": "2026-03-01", "until": "2026-03-31"}
    )

    assert [(row.get("window_since"), row.get("window_until")) for row in found] == [
        (at(2), at(4)),
        (at(4), at(5)),
        (at(2), at(4)),
        (None, None),
        (at(1, 0), at(31, 0)),
    ]
    assert found[3] == {"_rejected": "the shift ends before it starts"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "directory", "fields": {"user": "u"}}, "knows no `user`: use one of engineer_id"),
        ({"kind": "logs", "fields": {"user": "u"}}, "use one of occurred_at, event_id, account"),
        ({"kind": "permissions", "fields": {"account": ""}}, "names no field"),
        ({"kind": "people"}, "`kind` knows no `people`: use one of logs, directory"),
        ({"time_zone": "Mars/Base"}, "`time_zone: Mars/Base` is unknown"),
        ({"format": "xml"}, "`format` knows no `xml`: use one of json, csv"),
    ],
)
def test_a_mistake_in_the_options_names_what_is_allowed(options: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Generic(path="exports", **options)


def test_its_shapes_are_known_without_its_options() -> None:
    shapes = {table.name: set(table.columns) for table in Generic.shapes}

    kinds: tuple[Any, ...] = (
        "logs",
        "directory",
        "permissions",
        "requests",
        "schedules",
        "incidents",
    )
    found = [table for kind in kinds for table in Generic(path="exports", kind=kind).tables]
    assert shapes == {table.name: set(table.columns) for table in found}
