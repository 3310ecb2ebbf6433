"""From the private warehouse to what people read: one new read-only file, switched in at once."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.connectors.base import Window
from oncall_audit.warehouse import parted
from oncall_audit.warehouse.connection import connect, identifier, literal
from oncall_audit.workspace import FOLDER, Workspace

# What an incident's own publication holds of each table; tables not named here go over whole.
_IN_WINDOW = {
    "access_events": "occurred_at >= $since and occurred_at < $until",
    "coverage": "hour_start >= $since and hour_start < $until",
    **dict.fromkeys(
        ("sessions", "shifts", "incidents", "findings"),
        "started_at < $until and coalesce(ended_at, started_at) >= $since",
    ),
}


# When a row of a table was over; what is still needed to look into a finding is kept.
_OVER_AT = {
    "access_events": "occurred_at",
    "access_requests": "coalesce(ended_at, started_at)",
    "anomalies": "started_at",
    "entitlement_drift": "last_observed_on",
    "incidents": "coalesce(ended_at, started_at)",
    "session_actions": "occurred_at",
    "sessions": "coalesce(ended_at, started_at)",
    "shifts": "ended_at",
}
# Column of the table, and what a finding names of it.
_NEEDED: dict[str, dict[str, str]] = {
    **{it: {"session_id": "session_id"} for it in ("anomalies", "session_actions", "sessions")},
    "access_events": {"session_id": "session_id", "event_id": "unnest(event_ids)"},
    "shifts": {"shift_id": "shift_id"},
    "incidents": {"incident_id": "incident_id"},
    "access_requests": {"request_id": "request_id"},
}


def copy_audit(
    warehouse: Path,
    target: Path,
    scope: Window | None = None,
    kept_since: Mapping[str, datetime] | None = None,
    *,
    home: Path | None = None,
    before: Path | None = None,
    bounds: Bounds = USUAL,
) -> int:
    """Write schema `audit`, with its comments, to the new DuckDB file.

    `scope` limits it, and `kept_since` (UTC) the rows of single tables. Where `home` says in which
    folder the file will lie, large tables lie in parts beside it, as far as they can those of the
    publication `before`. Returns how many rows are published, of all tables together.
    """
    kept = kept_since or {}
    # What is in memory alone has no place of its own to spill to.
    bounds = replace(bounds, spill=bounds.spill or target.parent)
    with connect(Path(":memory:"), bounds) as connection:
        connection.execute(f"attach {literal(str(warehouse))} as warehouse (read_only)")
        beside: parted.Written = {}
        if home:
            needed = {name: list(_conditions(name, None, kept)) for name in kept}
            beside = parted.write(connection, target.parent, before or home, kept, needed)
        connection.execute(f"attach {literal(str(target))} as published")
        connection.execute(f"set variable {FOLDER} = {literal(str(target.parent))}")
        # One commit for all: each writes to the disk.
        connection.execute("begin")
        connection.execute("create schema published.audit")
        views = {
            name: _limited(name, query, kept.get(name))
            for name, query in _views_over_tables(connection).items()
        }
        if home:
            views = {**parted.views(beside, home), **views}
        names = connection.execute(
            "select table_name from information_schema.tables"
            " where table_catalog = 'warehouse' and table_schema = 'audit' order by table_name"
        ).fetchall()
        for (name,) in names:
            if name not in views:
                _copy_table(connection, name, _conditions(name, scope, kept))
        connection.execute("use published.audit")
        for query in views.values():
            connection.execute(query)
        _copy_comments(connection, views)
        connection.execute("commit")
        connection.execute("use memory")
        connection.execute("checkpoint published")
        counted = connection.execute(
            "select coalesce(sum(estimated_size), 0)::bigint from duckdb_tables()"
            " where database_name = 'published'"
        ).fetchall()
    _make_durable(target)
    return int(counted[0][0]) + sum(part.rows for made in beside.values() for part in made)


def _views_over_tables(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Return the views that read published tables alone, and what makes them: they need no copy."""
    views = connection.execute(
        "select view_name, sql from duckdb_views()"
        " where database_name = 'warehouse' and schema_name = 'audit'"
    ).fetchall()
    moved = {name: query.replace("warehouse.audit.", "") for name, query in views}
    return {name: query for name, query in moved.items() if "warehouse." not in query}


def _limited(name: str, query: str, kept_since: datetime | None) -> str:
    """Return what makes a view without the rows that it no longer keeps."""
    if kept_since is None:
        return query
    head, _, rows = query.rstrip(";").partition(" AS ")
    old = too_old(name, kept_since, "published.audit").replace("published.audit.", "")
    return f"{head} as select * from ({rows}) where not ({old})"


def _copy_table(
    connection: duckdb.DuckDBPyConnection, name: str, conditions: Iterable[str]
) -> None:
    table = identifier(name)
    where = " and ".join(["true", *conditions])
    connection.execute(
        f"create table published.audit.{table} as from warehouse.audit.{table} where {where}"
    )


def _conditions(
    name: str, scope: Window | None, kept_since: Mapping[str, datetime]
) -> Iterator[str]:
    """Yield what a row has to be for it to go over."""
    if scope and name in _IN_WINDOW:
        since, until = (_moment(t) for t in (scope.since, scope.until))
        yield _IN_WINDOW[name].replace("$since", since).replace("$until", until)
    if name in kept_since:
        yield f"not ({too_old(name, kept_since[name], 'warehouse.audit')})"


def too_old(name: str, kept_since: datetime, schema: str) -> str:
    """Return the condition of rows that a table no longer keeps; open findings keep theirs."""
    parts = [f"coalesce({_OVER_AT[name]} < {_moment(kept_since)}, false)"]
    for column, named in _NEEDED.get(name, {}).items():
        needed = (
            f"select needed from (select {named} as needed from {schema}.findings"
            " where state in ('open', 'reopened', 'accepted')) where needed is not null"
        )
        parts.append(f"coalesce({column} not in ({needed}), true)")
    return " and ".join(parts)


def _moment(moment: datetime) -> str:
    naive = moment.astimezone(UTC) if moment.tzinfo else moment
    return f"timestamp '{naive:%Y-%m-%d %H:%M:%S.%f}'"


def _copy_comments(connection: duckdb.DuckDBPyConnection, views: Container[str]) -> None:
    relations = connection.execute(
        "select table_name, comment from duckdb_tables()"
        " where database_name = 'warehouse' and schema_name = 'audit' and comment is not null"
        " union all select view_name, comment from duckdb_views()"
        " where database_name = 'warehouse' and schema_name = 'audit' and comment is not null"
    ).fetchall()
    for table, comment in relations:
        kind = "view" if table in views else "table"
        connection.execute(
            f"comment on {kind} published.audit.{identifier(table)} is {literal(comment)}"
        )
    columns = connection.execute(
        "select table_name, column_name, comment from duckdb_columns()"
        " where database_name = 'warehouse' and schema_name = 'audit' and comment is not null"
    ).fetchall()
    for table, column, comment in columns:
        connection.execute(
            f"comment on column published.audit.{identifier(table)}.{identifier(column)}"
            f" is {literal(comment)}"
        )


def switch(workspace: Workspace, prepared: Path, run_id: str) -> Path:
    """Make the folder `prepared` the current publication, in one step for every reader."""
    final = workspace.publications / run_id
    if final.exists():
        shutil.rmtree(final)
    prepared.rename(final)
    link = workspace.data / ".publication.next"
    link.unlink(missing_ok=True)
    link.symlink_to(final.relative_to(workspace.data))
    link.replace(workspace.publication)
    _sync_folder(workspace.data)
    return final


def shelve(workspace: Workspace, prepared: Path, incident: str) -> Path:
    """Keep the folder `prepared` as the incident's report, in place of an earlier one."""
    shelf = workspace.data / "incidents"
    shelf.mkdir(parents=True, exist_ok=True)
    final = shelf / _file_name(incident)
    if final.exists():
        old = shelf / f".{final.name}.old"
        shutil.rmtree(old, ignore_errors=True)
        final.rename(old)
        shutil.rmtree(old)
    prepared.rename(final)
    _sync_folder(shelf)
    return final


def _file_name(incident: str) -> str:
    # The name comes from a vendor: nothing in it may lead out of the folder.
    return re.sub(r"[^A-Za-z0-9_-]", "_", incident)[:100] or "_"


def _make_durable(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.chmod(0o444)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
