"""Whatever a policy or a manifest says arrives in the warehouse as it is, and nothing of it is run."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from oncall_audit.warehouse import control
from oncall_audit.warehouse.connection import connect


@pytest.mark.parametrize(
    "name",
    ["plain", "'; drop table policy.services; --", 'a "quoted" name', "{{ jinja }}", "ä\n\t"],
)
def test_texts_arrive_as_they_are(tmp_path: Path, name: str) -> None:
    with connect(tmp_path / "warehouse.duckdb") as warehouse:
        control.write(warehouse, {}, {"services": [(name, 1, None, None, None)]})

        services = warehouse.execute(
            "select * exclude (valid_from, valid_until) from policy.services"
        )
        assert services.fetchall() == [(name, 1, None)]


def test_times_with_a_zone_are_stored_as_utc_without_one(tmp_path: Path) -> None:
    read_at = datetime.fromisoformat("2026-03-29T03:30:00.123456+02:00")
    with connect(tmp_path / "warehouse.duckdb") as warehouse:
        control.write(
            warehouse,
            {
                "extractions": [("logs", read_at, read_at, "complete", None, read_at)],
                "opened_days": [("logs", date(2026, 3, 29))],
            },
            {},
        )

        stored = datetime(2026, 3, 29, 1, 30, 0, 123456)  # noqa: DTZ001
        assert warehouse.execute("select * from landing.extractions").fetchall() == [
            ("logs", stored, stored, "complete", None, stored)
        ]
        assert warehouse.execute("select * from landing.opened_days").fetchall() == [
            ("logs", date(2026, 3, 29))
        ]


def test_a_table_that_is_not_given_is_empty_again(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb") as warehouse:
        control.write(warehouse, {}, {"services": [("payments", 1, "payments", None, None)]})
        control.write(warehouse, {}, {})

        assert warehouse.execute("select * from policy.services").fetchall() == []


SERVICES = {"services": [("payments", 1, "payments", None, None)]}


def test_a_table_of_which_the_digest_is_known_stays_and_any_other_is_made(tmp_path: Path) -> None:
    with connect(tmp_path / "warehouse.duckdb") as warehouse:
        before = control.write(warehouse, {}, SERVICES)
        # What was made anew shows by what it no longer holds.
        for table in before:
            warehouse.execute(f"alter table {table} add column mark varchar")

        after = control.write(warehouse, {"opened_days": [("logs", date(2026, 3, 29))]}, {}, before)

        standing = warehouse.execute(
            "select schema_name || '.' || table_name from duckdb_columns()"
            " where column_name = 'mark'"
        ).fetchall()
        changed = {"landing.opened_days", "policy.services"}
        assert {name for (name,) in standing} == before.keys() - changed
        assert {name for name in after if after[name] != before[name]} == changed
        assert warehouse.execute("from policy.services").fetchall() == []


def test_the_same_rows_have_the_same_digests_in_any_warehouse(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "other"):
        with connect(tmp_path / name / "warehouse.duckdb") as warehouse:
            digests.append(control.write(warehouse, {}, SERVICES))

    assert digests[0] == digests[1]


@pytest.mark.parametrize(
    "row",
    [
        ("payments", 2, "payments", None, None),
        ("payments", 1, None, None, None),
        ("payments", 1, "None", None, None),
        ("payments", 1, "payments", datetime(2026, 3, 1, tzinfo=UTC), None),
        ("payments", 1, "payments", None, datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_any_other_value_gives_another_digest(tmp_path: Path, row: tuple[object, ...]) -> None:
    with connect(tmp_path / "warehouse.duckdb") as warehouse:
        before = control.write(warehouse, {}, SERVICES)
        after = control.write(warehouse, {}, {"services": [row]}, before)

        assert {name for name in after if after[name] != before[name]} == {"policy.services"}


def test_a_finding_keeps_its_first_run_and_takes_the_last_decision() -> None:
    decided_at = datetime(2026, 3, 2, tzinfo=UTC).isoformat()
    register = [
        {"kind": "run", "run_id": "r1", "new_findings": ["f1", "f2"]},
        {"kind": "run", "run_id": "r2", "new_findings": ["f3"]},
        {
            "kind": "decision",
            "finding_id": "f2",
            "state": "accepted",
            "engineer": "e1",
            "decided_at": decided_at,
            "reason": "known",
            "expires_at": None,
        },
    ]

    assert control.finding_states(register) == [
        ["f1", "open", "r1", None, None, None, None],
        ["f2", "accepted", "r1", "e1", decided_at, "known", None],
        ["f3", "open", "r2", None, None, None, None],
    ]


def test_a_reminder_that_arrived_is_an_action_about_each_finding_it_names() -> None:
    message = {
        "kind": "notification",
        "state": "delivered",
        "channel": "mail",
        "run_id": "r1",
        "form": "reminders",
        "to": "e1",
        "finding_ids": ["f1", "f2"],
        "reason": None,
        "at": datetime(2026, 3, 2, tzinfo=UTC).isoformat(),
    }
    others = [{**message, "state": "failed"}, {**message, "form": None, "to": None}]

    rows = control.actions([*others, message])

    [action] = {row[0] for row in rows}
    shared = ["oncall-audit", "reminded", "By the channel mail.", message["at"], "r1", "e1"]
    assert rows == [[action, finding, *shared, *[None] * 5] for finding in ("f1", "f2")]
