"""PagerDuty by a folder of exported answers, and how answers become rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.base import File, SnapshotTable, Window
from oncall_audit.connectors.pagerduty import PagerDuty
from oncall_audit.errors import SourceError

WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def decoded(table: str, document: object, **context: object) -> list[dict[str, Any]]:
    """Decode one document."""
    declared = next(each for each in PagerDuty.tables if each.name == table)
    assert isinstance(declared, SnapshotTable)
    return [dict(row) for row in declared.decode(document, context)]


def shift(user: str | None, start: str, end: str) -> dict[str, Any]:
    """Return a rendered entry."""
    return {"start": start, "end": end, "user": user and {"id": user, "summary": "Ada Abel"}}


def schedule(*entries: object, **wrapped: object) -> dict[str, Any]:
    """Return an answer of GET /schedules/{id}."""
    final = {"rendered_schedule_entries": list(entries)}
    return {"schedule": {"id": "PPRI", "name": "Primary", "final_schedule": final}, **wrapped}


def at(day: int, hour: int = 8) -> datetime:
    """Return an hour of a day in March."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_a_schedule_that_has_nobody_says_so_for_the_window_it_was_asked_for() -> None:
    asked = {"window_since": "2026-03-02T00:00:00Z", "window_until": "2026-03-16T00:00:00Z"}

    assert decoded("schedule_entries", schedule(), **asked) == [
        {
            "schedule_id": "PPRI",
            "schedule_name": "Primary",
            "window_since": at(2, 0),
            "window_until": at(16, 0),
            "entry_kind": "final",
            "user_id": None,
            "user_name": None,
            "started_at": None,
            "ended_at": None,
        }
    ]


def test_a_schedule_that_has_nobody_at_no_known_time_says_nothing() -> None:
    assert decoded("schedule_entries", schedule()) == []


def test_tells_the_tables_by_the_names_of_files(tmp_path: Path) -> None:
    names = {
        "users.json": "users",
        "schedules/PPRI-2026-03-02T02:00:00Z.json": "schedule_entries",
        "schedules/PPRI-2026-03-03.json": "schedule_entries",
        "overrides-PPRI.json": "schedule_entries",
        "2026-03-02/oncalls.json.gz": "oncalls",
        "incidents-2026-03-02.json": "incidents",
        "log_entries/Q1INC.json": "incident_responders",
    }
    for name in (*names, "teams.json", ".users.json", "users.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")

    found = list(PagerDuty(path=tmp_path).read(WINDOW))

    assert found == [File(names[name], tmp_path / name) for name in sorted(names)]


def test_an_export_without_a_known_name_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "teams.json").write_text("{}")

    with pytest.raises(SourceError, match=r"holds none of users\*\.json"):
        list(PagerDuty(path=tmp_path).read(WINDOW))


@pytest.mark.parametrize("name", ["", "nowhere", "*.json"])
def test_an_empty_export_is_an_error(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match="holds no files"):
        list(PagerDuty(path=tmp_path / name).read(WINDOW))


def test_a_link_out_of_the_export_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text("{}")
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "users.json").symlink_to(tmp_path / "secret.json")

    with pytest.raises(SourceError, match=r"users\.json is a link out of"):
        list(PagerDuty(path=tmp_path / "export").read(WINDOW))


def test_the_window_of_an_exported_schedule_is_as_far_as_it_reaches() -> None:
    document = schedule(
        shift("PADA", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"),
        shift("PBEN", "2026-03-03T09:00:00+01:00", "2026-03-05T09:00:00+01:00"),
    )

    found = decoded("schedule_entries", document)

    assert {(row["window_since"], row["window_until"]) for row in found} == {(at(2), at(5))}


def test_the_window_that_an_exporter_noted_counts() -> None:
    document = schedule(
        shift("PADA", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"),
        since="2026-03-01T00:00:00Z",
        until="2026-03-17T00:00:00Z",
    )

    (found,) = decoded("schedule_entries", document)

    assert (found["window_since"], found["window_until"]) == (at(1, 0), at(17, 0))


def test_overrides_are_read_out_of_an_exported_schedule_too() -> None:
    document = schedule(shift("PADA", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"))
    laid_over = [shift("PBEN", "2026-03-02T10:00:00Z", "2026-03-02T12:00:00Z")]
    document["schedule"]["overrides_subschedule"] = {"rendered_schedule_entries": laid_over}

    found = decoded("schedule_entries", document)

    assert [(row["entry_kind"], row["user_id"]) for row in found] == [
        ("final", "PADA"),
        ("override", "PBEN"),
    ]


@pytest.mark.parametrize(
    ("document", "context"),
    [
        ({"overrides": [], "schedule_id": "PPRI"}, {}),
        ({"overrides": [], "schedule": {"id": "PPRI"}}, {}),
        ({"overrides": []}, {"path": "overrides-PPRI-2026-03-02.json"}),
        ({"overrides": []}, {"path": "overrides/PPRI.json.gz"}),
        ([], {"path": "overrides/PPRI.json"}),
    ],
)
def test_an_export_of_overrides_says_of_which_schedule(document: Any, context: Any) -> None:
    entry = shift("PADA", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z")
    (document if isinstance(document, list) else document["overrides"]).append(entry)

    (found,) = decoded("schedule_entries", document, **context)

    assert (found["schedule_id"], found["entry_kind"]) == ("PPRI", "override")


def test_one_unreadable_shift_does_not_take_the_others_away() -> None:
    document = schedule(
        shift("PADA", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"),
        shift("PBEN", "soon", "2026-03-03T08:00:00Z"),
        shift(None, "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"),
        shift("PADA", "2026-03-03T08:00:00Z", "2026-03-03T08:00:00Z"),
        "nobody",
    )

    found = decoded("schedule_entries", document)

    assert [row.get("_rejected") for row in found] == [
        None,
        "'soon' is no time",
        "it has no `id`",
        "the shift ends before it starts",
        "a record is str, not an object",
    ]


@pytest.mark.parametrize(
    ("table", "document", "reason"),
    [
        ("users", {"error": {"message": "x"}}, "no list `users` in it but `error`"),
        ("users", "x", "no list `users` in it but str"),
        ("schedule_entries", {"schedule": {"id": "PPRI"}}, "no rendered entries: ask GET"),
        ("schedule_entries", {"schedules": []}, "neither an answer of GET /schedules"),
        ("schedule_entries", {"overrides": []}, "it names no schedule"),
    ],
)
def test_a_document_of_another_kind_is_refused(table: str, document: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decoded(table, document)


def test_several_answers_in_one_file_are_read_one_after_the_other() -> None:
    found = decoded("users", [{"users": [{"id": "PADA"}]}, {"users": [{"id": "PBEN"}]}])

    assert [row["id"] for row in found] == ["PADA", "PBEN"]


def entry(kind: str, **more: object) -> dict[str, Any]:
    """Return an entry of an incident's log."""
    return {"type": f"{kind}_log_entry", "created_at": "2026-03-02T09:00:00Z", **more}


ADA, BEN = {"id": "PADA", "type": "user_reference"}, {"id": "PBEN", "type": "user_reference"}


@pytest.mark.parametrize(
    ("logged", "expected"),
    [
        (entry("acknowledge", agent=ADA), [("PADA", "acknowledged")]),
        (entry("resolve", agent=ADA), [("PADA", "resolved")]),
        (
            entry("assign", agent=ADA, assignees=[ADA, BEN]),
            [("PADA", "assigned"), ("PBEN", "assigned")],
        ),
        (entry("escalate", assignees=[BEN]), [("PBEN", "assigned")]),
        (entry("responder_accept", agent=BEN), [("PBEN", "joined")]),
        (entry("resolve", agent={"id": "PSRV", "type": "service_reference"}), []),
        (entry("responder_request", agent=ADA), []),
        (entry("notify", user=ADA), []),
    ],
)
def test_who_worked_on_an_incident_is_told_by_its_log(logged: Any, expected: Any) -> None:
    found = decoded("incident_responders", {"log_entries": [logged]}, incident_id="Q1INC")

    assert [(row["user_id"], row["role"]) for row in found if "_ignored" not in row] == expected
    assert expected or list(found[0]) == ["_ignored"]


@pytest.mark.parametrize(
    ("incident", "path"),
    [({"id": "Q1INC"}, "log_entries.json"), (None, "log_entries/Q1INC-2026-03-02.json")],
)
def test_a_log_entry_knows_its_incident(incident: object, path: str) -> None:
    document = {"log_entries": [entry("resolve", agent=ADA, incident=incident)]}

    (found,) = decoded("incident_responders", document, path=path)

    assert found["incident_id"] == "Q1INC"


def test_a_log_entry_of_no_known_incident_is_refused() -> None:
    (found,) = decoded(
        "incident_responders", [entry("resolve", agent=ADA)], path="log_entries.json"
    )

    assert found == {"_rejected": "it has no `incident_id`"}
