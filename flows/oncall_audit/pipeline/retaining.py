"""Removes what is kept no longer: planned, told, noted in the register, and then done."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb

from oncall_audit import landing
from oncall_audit.evidence import pack, register
from oncall_audit.retention import Retention
from oncall_audit.warehouse.connection import connect_published
from oncall_audit.warehouse.publication import too_old
from oncall_audit.workspace import Workspace

_RUN = re.compile(r"(\d{8}T\d{6}Z)-")
# Of a publication, this outlives the tables and the reports.
_WITH_THE_PACK = (pack.NAME, "run.json")
_NEEDED_DAYS = """
    with needed as (
        select session_id, event_ids from audit.findings
        where state in ('open', 'reopened', 'accepted')
    )
    select unnest(range(
        cast(started_at as date), cast(coalesce(ended_at, started_at) as date) + 1, interval 1 day
    )) from audit.sessions where session_id in (select session_id from needed)
    union
    select cast(occurred_at as date) from audit.access_events
    where event_id in (select unnest(event_ids) from needed)
"""


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that goes: of what part of the workspace, which, and how much of it."""

    part: str
    what: str
    amount: str
    paths: tuple[Path, ...] = ()

    def as_dict(self) -> dict[str, str]:
        """Return it as the register notes it, without paths of this machine."""
        return {"part": self.part, "what": self.what, "amount": self.amount}


def planned(workspace: Workspace, retention: Retention, now: datetime) -> list[Removal]:
    """Return everything that is kept longer than it should be."""
    return [
        *_landed(workspace, retention.landed_since(now)),
        *_rows(workspace, retention, now),
        *_publications(workspace, retention, now),
        *_reports(workspace, retention.reports_days, now),
    ]


def retain(workspace: Workspace, retention: Retention, now: datetime) -> list[Removal]:
    """Do what is planned, after it is noted in the register; return it."""
    _finish(workspace)
    found = planned(workspace, retention, now)
    # Rows of published tables go with the next publication, which is noted as a run.
    done = [it for it in found if it.part != "tables"]
    if done:
        _note(workspace, retention, done, now)
    for removal in done:
        for path in removal.paths:
            _remove(path)
    if since := retention.landed_since(now):
        _retire(workspace, since, now)
    return found


def retire_landed(workspace: Workspace, retention: Retention, now: datetime) -> None:
    """Let go of old landed records before a build: what has landed again must not come back."""
    since = retention.landed_since(now)
    found = list(_landed(workspace, since))
    if since and found:
        _note(workspace, retention, found, now)
        _retire(workspace, since, now)


def _note(
    workspace: Workspace, retention: Retention, removals: list[Removal], now: datetime
) -> None:
    register.append(
        workspace.register,
        {
            "kind": "retention",
            "at": now.isoformat(),
            "limits": retention.model_dump(),
            "removed": [removal.as_dict() for removal in removals],
        },
    )


def _landed(workspace: Workspace, since: date | None) -> Iterator[Removal]:
    if since is None or not workspace.manifest.exists():
        return
    keep = _needed_days(workspace)
    if keep is None:
        return
    with landing.Manifest(workspace.manifest) as manifest:
        for it in landing.retirable(manifest, since, keep):
            amount = f"{it.records} records of {it.days} days, {it.first} to {it.last}"
            yield Removal("landing", it.source_name, amount)


def _retire(workspace: Workspace, since: date, now: datetime) -> None:
    keep = _needed_days(workspace)
    if keep is not None and workspace.manifest.exists():
        with landing.Manifest(workspace.manifest) as manifest:
            landing.retire(manifest, since, keep, now)


def _needed_days(workspace: Workspace) -> set[date] | None:
    """Return the days that open findings rest on; None where nobody can tell."""
    if not workspace.published.exists():
        return None
    try:
        with connect_published(workspace.published) as published:
            rows = published.execute(_NEEDED_DAYS).fetchall()
    except duckdb.Error:
        return None
    return {day.date() if isinstance(day, datetime) else day for (day,) in rows}


def _rows(workspace: Workspace, retention: Retention, now: datetime) -> Iterator[Removal]:
    if not retention.tables or not workspace.published.exists():
        return
    # What cannot be read cannot be counted; the next publication leaves it out all the same.
    with suppress(duckdb.Error), connect_published(workspace.published) as published:
        for table, days in sorted(retention.tables.items()):
            old = too_old(table, now - timedelta(days=days), "audit")
            query = f"select count(*) from audit.{table} where {old}"
            (count,) = published.execute(query).fetchone() or (0,)
            if count:
                yield Removal("tables", table, f"{count} rows, with the next run")


def _publications(workspace: Workspace, retention: Retention, now: datetime) -> Iterator[Removal]:
    current = workspace.publication.resolve()
    for folder in _folders(workspace.publications):
        age = (now - _made(folder)).days
        if folder.resolve() == current:
            continue
        if retention.packs_days is not None and age > retention.packs_days:
            yield Removal("packs", folder.name, f"{age} days old", (folder,))
        elif retention.publications_days is not None and age > retention.publications_days:
            paths = tuple(it for it in sorted(folder.iterdir()) if it.name not in _WITH_THE_PACK)
            if paths:
                yield Removal("publications", folder.name, f"{age} days old", paths)


def _reports(workspace: Workspace, days: int | None, now: datetime) -> Iterator[Removal]:
    for folder in _folders(workspace.data / "reports"):
        age = (now - _made(folder)).days
        if days is not None and age > days:
            yield Removal("reports", folder.name, f"{age} days old", (folder,))


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(it for it in parent.iterdir() if it.is_dir() and not it.name.startswith("."))


def _made(folder: Path) -> datetime:
    """Return when the run began that a folder is named after, else when it was last written."""
    if found := _RUN.match(folder.name):
        return datetime.strptime(found[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return datetime.fromtimestamp(folder.stat().st_mtime, UTC)


def _finish(workspace: Workspace) -> None:
    """Remove what a killed call has put out of the way."""
    for parent in (workspace.publications, workspace.data / "reports"):
        for path in parent.glob(".*.removed"):
            shutil.rmtree(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        # Out of the way first: a folder that is half removed must not look like a whole one.
        gone = path.with_name(f".{path.name}.removed")
        shutil.rmtree(gone, ignore_errors=True)
        path.rename(gone)
        shutil.rmtree(gone)
    else:
        path.unlink(missing_ok=True)
