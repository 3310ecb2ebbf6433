"""Published tables as CSV files that a spreadsheet can open without running anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from oncall_audit.reports.published import Published, filled
from oncall_audit.reports.text import FORMULA, HIDDEN_CELL, PLAIN_CELL

# What people ask for; single events and actions are for SQL, there are too many for a sheet.
TABLES = {
    "findings": "finding_id",
    "sessions": "started_at, session_id",
    "entitlements": "system, account, resource_id, permission, valid_from",
    "entitlement_drift": "observed_on, system, account, resource_id, permission, kind",
    "access_map": "engineer_id, resource_id, permission",
    "shifts": "started_at, shift_id",
    "incidents": "started_at, incident_id",
    "access_requests": "started_at, request_id",
    "coverage": "source_name, hour_start",
    "log_batches": "source_name, batch_id",
    "quarantined_records": "source_name, path, line, reason",
    "engineers": "engineer_id",
    "identities": "system, account",
    "resources": "resource_id",
    "anomalies": "anomaly_id",
    "rules": "rule_id",
    "controls": "framework, control_id, rule_id",
    "audit_runs": "started_at, run_id",
    "audit_actions": "all",
}

_TEXTS = ("VARCHAR", "JSON")
_GOES_ON = "coalesce(ended_at, started_at) >= $since"


def write_csv(published: Published, folder: Path, since: datetime | None = None) -> list[Path]:
    """Write one file for each published table that a person would open.

    Sessions that were over before `since` are left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _write(published, table, order, folder / f"{table}.csv", since)
        for table, order in TABLES.items()
        if table in published.tables
    ]


def _write(
    published: Published, table: str, order: str, path: Path, since: datetime | None
) -> Path:
    query = f"select * from published.audit.{table}"
    if since and table == "sessions":
        # They are most of all rows, and a night adds few to them.
        query = filled(
            f"{query} where {_GOES_ON}", {"since": since.astimezone(UTC).replace(tzinfo=None)}
        )
    copy_csv(published, query, order, path)
    return path


def copy_csv(published: Published, query: str, order: str, path: Path) -> int:
    """Write what a query finds, in this order, and return how many rows that are."""
    described = published.connection.execute(f"describe {query}").fetchall()
    unusual = _unusual(published, query, [name for name, kind, *_ in described if kind in _TEXTS])
    columns = ", ".join(_column(name, kind, name in unusual) for name, kind, *_ in described)
    target = str(path).replace("'", "''")
    # Written by DuckDB itself: half a million sessions in a second.
    copied = published.connection.execute(
        f"copy (select {columns} from ({query}) order by {order})"
        f" to '{target}' (format csv, header true)"
    ).fetchone()
    return int(copied[0]) if copied else 0


def _unusual(published: Published, query: str, texts: Sequence[str]) -> frozenset[str]:
    """Return which columns hold text that may not go into a cell as it is.

    Few do, and what makes such text harmless takes DuckDB longer to plan than to run.
    """
    if not texts:
        return frozenset()
    plain = PLAIN_CELL.replace("'", "''")
    asked = ", ".join(
        f"coalesce(bool_and(regexp_full_match({_quoted(name)}, '{plain}')), true)" for name in texts
    )
    [are_plain] = published.connection.execute(f"select {asked} from ({query})").fetchall()
    return frozenset(name for name, is_plain in zip(texts, are_plain, strict=True) if not is_plain)


def _column(name: str, kind: str, is_unusual: bool) -> str:
    quoted = _quoted(name)
    if kind == "TIMESTAMP":
        return f"replace(cast({quoted} as varchar), ' ', 'T') || 'Z' as {quoted}"
    if not is_unusual:
        return quoted
    shown = f"case when {_matches(quoted, HIDDEN_CELL)} then {_visible(quoted)} else {quoted} end"
    # Text that begins with an ASCII letter or digit is most of it and can be no formula.
    return (
        f"case when ascii({quoted}) between 48 and 57 or ascii({quoted}) between 65 and 90"
        f" or ascii({quoted}) between 97 and 122 then {shown}"
        f" when {_matches(quoted, FORMULA)} then '''' || ({shown})"
        f" else {shown} end as {quoted}"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _matches(column: str, pattern: str) -> str:
    return f"regexp_matches({column}, '{pattern.replace(chr(39), chr(39) * 2)}')"


def _visible(column: str) -> str:
    """Show hidden characters as their code points, as all other formats do."""
    letter = f"case when {_matches('it', HIDDEN_CELL)} then format('⟨U+{{:04X}}⟩', unicode(it))"
    letters = f"[{letter} else it end for it in string_split({column}, '')]"
    return f"list_aggregate({letters}, 'string_agg', '')"
