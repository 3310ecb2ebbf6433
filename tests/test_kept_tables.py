"""What is kept from night to night is row for row what a full refresh would make."""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from oncall_audit import landing
from oncall_audit.assets import asset
from oncall_audit.warehouse import control, systems
from oncall_audit.warehouse.connection import connect

pytestmark = pytest.mark.slow

Row = dict[str, Any]
World = dict[str, list[Row]]

BEGIN = datetime(2026, 3, 1)  # noqa: DTZ001 - as the tables have it
PEOPLE = ("e1", "e2", "e3")
ZONES = ("UTC", "Europe/Berlin", "Pacific/Auckland")
COLUMNS = {
    "int_sessions__audited": "session_id varchar, engineer_id varchar, account_kind varchar,"
    " system varchar, resource_id varchar, started_at timestamp, action_count bigint,"
    " success_count bigint, failure_count bigint",
    "int_engineers__current": "engineer_id varchar, started_at timestamp",
    "int_engineers__dated": "engineer_id varchar, team varchar, time_zone varchar,"
    " valid_from timestamp, valid_until timestamp",
    "int_incidents__unioned": "incident_id varchar, started_at timestamp, ended_at timestamp",
    "int_incident_responders": "incident_id varchar, engineer_id varchar, joined_at timestamp",
    "int_sessions__touched": "first_day date",
}
BUILT = (
    "int_incident_pages",
    "int_sessions__hourly",
    "int_sessions__hours_daily",
    "int_sessions__hours_by_day",
    "int_sessions__hours_counted",
)

# What comes of a night, and the first day that it touches.
CHANGES = {
    "nothing": date(9999, 12, 31),
    "a day": date(2026, 3, 9),
    "a late one": date(2026, 3, 5),
    "a page": date(2026, 3, 4),
    "a day gone": date(2026, 3, 6),
    "another team": date(2026, 3, 1),
}


@pytest.fixture(name="project", scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project(tmp_path_factory.mktemp("kept"))


class Project:
    """The dbt project, read once, over warehouses that have the tables given."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Any = None
        self.empty = folder / "empty.duckdb"
        with (
            landing.Manifest(folder / "manifest.sqlite") as manifest,
            connect(self.empty) as connection,
        ):
            control.write(connection, {}, {})
            landing.views(connection, manifest)

    def build(self, warehouse: Path, world: World, *, anew: bool) -> list[Any]:
        """Write the tables, build what is kept, and return its rows."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager
        from dbt.cli.main import dbtRunner

        if anew:
            warehouse.parent.mkdir(exist_ok=True)
            shutil.copy(self.empty, warehouse)
        fill(warehouse, world)
        project = asset("dbt_project")
        words = ["--project-dir", str(project), "--profiles-dir", str(project)]
        words += ["--target-path", str(self.folder / "target")]
        words += ["--log-path", str(self.folder / "logs"), "--log-level", "none"]
        limits = {"hour_min_sessions": 3, "warm_up_days": 2}
        words += ["--vars", json.dumps({"systems": systems.systems(project), **limits})]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("ONCALL_AUDIT_WAREHOUSE", str(warehouse))
            try:
                if self.manifest is None:
                    self.manifest = dbtRunner().invoke(["parse", *words]).result
                refresh = ["--full-refresh"] if anew else []
                done = dbtRunner(manifest=self.manifest).invoke(
                    ["run", "--select", *BUILT, *refresh, *words]
                )
            finally:
                DuckDBConnectionManager.close_all_connections()
        assert done.success, done.exception or [it.message for it in done.result.results]
        return read(warehouse, "from int_sessions__hours_counted order by all")


def read(warehouse: Path, query: str) -> list[Any]:
    with connect(warehouse, read_only=True) as connection:
        return connection.execute(query).fetchall()


def fill(warehouse: Path, world: World) -> None:
    with connect(warehouse) as connection:
        for table, columns in COLUMNS.items():
            connection.execute(f"create or replace table {table} ({columns})")
            names = [column.split()[0] for column in columns.split(", ")]
            for row in world[table]:
                values = ", ".join(
                    "null" if row.get(name) is None else f"'{row[name]}'" for name in names
                )
                connection.execute(f"insert into {table} values ({values})")


def world(random: Random, days: int) -> World:
    """Return so many days of three people's sessions on two systems."""
    return {
        "int_sessions__audited": [
            session(random, f"s{number}", random.randrange(days * 24 * 60))
            for number in range(days * 6)
        ],
        "int_engineers__current": [
            {"engineer_id": who, "started_at": BEGIN - timedelta(days=random.randrange(3))}
            for who in PEOPLE
        ],
        "int_engineers__dated": [
            {"engineer_id": who, "team": random.choice(["a", "a", None]), "time_zone": zone}
            for who, zone in zip(PEOPLE, ZONES, strict=True)
        ],
        "int_incidents__unioned": [],
        "int_incident_responders": [],
        "int_sessions__touched": [{"first_day": date.min}],
    }


def session(random: Random, name: str, minute: int) -> Row:
    return {
        "session_id": name,
        "engineer_id": random.choice(PEOPLE),
        "account_kind": "human",
        "system": random.choice(["linux", "postgresql"]),
        "started_at": BEGIN + timedelta(minutes=minute),
        "action_count": 1,
        "success_count": 1,
    }


def changed(random: Random, what: str, before: World, days: int) -> World:
    """Return the tables after a night in which that came."""
    after = {table: [dict(row) for row in rows] for table, rows in before.items()}
    sessions = after["int_sessions__audited"]
    if what == "a day":
        sessions += [
            session(random, f"new{it}", (days * 24 + random.randrange(24)) * 60) for it in range(5)
        ]
    elif what == "a late one":
        sessions.append(session(random, "late", days * 12 * 60))
    elif what == "a day gone":
        day = BEGIN + timedelta(days=5)
        sessions[:] = [
            it for it in sessions if not day <= it["started_at"] < day + timedelta(days=1)
        ]
    elif what == "another team":
        random.choice(after["int_engineers__dated"])["team"] = "b"
    elif what == "a page":
        at = BEGIN + timedelta(days=days // 2)
        until = at + timedelta(hours=20)
        after["int_incidents__unioned"].append(
            {"incident_id": "i1", "started_at": at, "ended_at": until}
        )
        after["int_incident_responders"].append(
            {"incident_id": "i1", "engineer_id": "e1", "joined_at": at}
        )
    return after


def test_a_kept_table_is_what_a_full_refresh_makes(project: Project, tmp_path: Path) -> None:
    kept, anew = (tmp_path / name / "warehouse.duckdb" for name in ("kept", "anew"))
    random, days = Random(3), 8
    tonight = world(random, days)
    project.build(kept, tonight, anew=True)
    for what, since in CHANGES.items():
        tonight = changed(random, what, tonight, days)

        touched: World = {"int_sessions__touched": [{"first_day": since}]}
        found = project.build(kept, tonight | touched, anew=False)

        assert (what, found) == (what, project.build(anew, tonight, anew=True))
