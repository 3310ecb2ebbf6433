"""The demo organisation, written and audited, as tests hand it round."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from oncall_audit.warehouse.connection import connect, connect_published
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.demo import Answers
    from oncall_audit.pipeline.run import Outcome

# Everything but when, by which run and from which copy of a file a row was made.
TABLES = {
    "findings": "* exclude (first_detected_run, raw_file)",
    "sessions": "* exclude (raw_file, raw_line)",
    "access_events": "* exclude (raw_file, raw_line)",
    "entitlements": "*",
    "entitlement_drift": "*",
    "shifts": "*",
    "coverage": "*",
}


@dataclass(frozen=True)
class Organisation:
    """The demo organisation as it is written, before any audit."""

    root: Path
    answers: Answers

    @property
    def views(self) -> Path:
        """A warehouse with every view and without a row, once the first audit has made it."""
        return self.root.with_name("views.duckdb")

    def copy_to(self, root: Path) -> Workspace:
        """Copy it, with the files' times: a log line without a year has it from them."""
        shutil.copytree(self.root, root)
        return self.with_views(Workspace(root))

    def with_views(self, workspace: Workspace) -> Workspace:
        """Spare a workspace the making of the views: they take longer than its tables."""
        if self.views.exists():
            workspace.warehouse.parent.mkdir(parents=True)
            shutil.copy(self.views, workspace.warehouse)
        return workspace


@dataclass(frozen=True)
class Audited:
    """The demo organisation after its first audit, and what that came to."""

    workspace: Workspace
    answers: Answers
    outcome: Outcome


def keep_views(audited: Workspace, path: Path) -> None:
    """Write a copy of the warehouse in which no table is that dbt makes of what has landed."""
    unfinished = path.with_suffix(".part")
    shutil.copy(audited.warehouse, unfinished)
    with connect(unfinished) as warehouse:
        made = warehouse.execute(
            "select schema_name, table_name from duckdb_tables() where schema_name = 'audit' or"
            " schema_name = 'main' and starts_with(table_name, 'int_')"
        ).fetchall()
        for schema, table in made:
            warehouse.execute(f"drop table {schema}.{table}")
        # What says that they need not be made anew.
        warehouse.execute("drop table main.inputs")
    unfinished.rename(path)


def rows(workspace: Workspace, query: str) -> list[tuple[Any, ...]]:
    """Query the published tables."""
    with connect_published(workspace.published) as published:
        return published.execute(query).fetchall()


def tables(workspace: Workspace) -> dict[str, list[tuple[Any, ...]]]:
    """Return what two audits must have in common to be the same."""
    return {
        table: rows(workspace, f"select {columns} from {table} order by all")
        for table, columns in TABLES.items()
    }


def hold_back(root: Path, waiting: Path, night: datetime) -> list[tuple[date, Path, Path]]:
    """Take away every file of the day of `night` or later; return (day, from where, to where)."""
    later = []
    for folder in ("logs", "exports"):
        for path in sorted((root / folder).rglob("*")):
            day = day_in(path.name) if path.is_file() else None
            if day and day >= night.date():
                place = waiting / path.relative_to(root)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.rename(place)
                later.append((day, place, path))
    assert later
    return later


def day_in(name: str) -> date | None:
    """Read the day in a file's name."""
    found = re.search(r"(20\d\d)-?(\d\d)-?(\d\d)", name)
    return date(*map(int, found.groups())) if found else None
