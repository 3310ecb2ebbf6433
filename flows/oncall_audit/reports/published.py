"""Opens a published `audit.duckdb`: read-only, alone, and complete in shape."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import duckdb

from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import FOLDER

if TYPE_CHECKING:
    from oncall_audit.evidence.pseudonym_key import PseudonymKey
    from oncall_audit.reports.pseudonyms import Pseudonyms

Row = dict[str, Any]

# The columns that reports read. An older publication may lack some: they are read as empty.
SHAPES = {
    "engineers": "engineer_id VARCHAR, name VARCHAR, email VARCHAR, team VARCHAR,"
    " time_zone VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP",
    "identities": "system VARCHAR, account VARCHAR, engineer_id VARCHAR, kind VARCHAR,"
    " valid_from TIMESTAMP, valid_until TIMESTAMP",
    "resources": "resource_id VARCHAR, kind VARCHAR, service VARCHAR, tier INTEGER,"
    " owner_team VARCHAR",
    "access_events": "event_id VARCHAR, occurred_at TIMESTAMP",
    "sessions": "session_id VARCHAR, engineer_id VARCHAR, account VARCHAR, system VARCHAR,"
    " resource_id VARCHAR, resource_name VARCHAR, service VARCHAR, started_at TIMESTAMP,"
    " ended_at TIMESTAMP, end_source VARCHAR, duration_seconds BIGINT, shift_id VARCHAR,"
    " incident_id VARCHAR, request_id VARCHAR, allowed_seconds BIGINT, off_policy_seconds BIGINT,"
    " is_start_allowed BOOLEAN, raw_file VARCHAR, raw_line BIGINT",
    "shifts": "shift_id VARCHAR, schedule VARCHAR, service VARCHAR, engineer_id VARCHAR,"
    " level INTEGER, started_at TIMESTAMP, ended_at TIMESTAMP, origin VARCHAR",
    "incidents": "incident_id VARCHAR, service VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP",
    "incident_responders": "incident_id VARCHAR, engineer_id VARCHAR",
    "access_requests": "request_id VARCHAR, engineer_id VARCHAR, resource_id VARCHAR,"
    " status VARCHAR, started_at TIMESTAMP, ended_at TIMESTAMP",
    "entitlements": "engineer_id VARCHAR, account VARCHAR, account_kind VARCHAR, system VARCHAR,"
    " resource_id VARCHAR, resource_name VARCHAR, permission VARCHAR, privileged BOOLEAN,"
    " granted_via VARCHAR, valid_from TIMESTAMP, valid_until TIMESTAMP, expires_at TIMESTAMP,"
    " last_used_at TIMESTAMP",
    "entitlement_drift": "observed_on DATE, engineer_id VARCHAR, account VARCHAR, system VARCHAR,"
    " resource_id VARCHAR, resource_name VARCHAR, permission VARCHAR, granted_via VARCHAR,"
    " kind VARCHAR, on_shift BOOLEAN",
    "access_map": "engineer_id VARCHAR, resource_id VARCHAR, permission VARCHAR,"
    " can_access BOOLEAN, should_access BOOLEAN, granted_via VARCHAR, on_shift BOOLEAN,"
    " last_used_at TIMESTAMP",
    "findings": "finding_id VARCHAR, rule_id VARCHAR, severity VARCHAR, engineer_id VARCHAR,"
    " account VARCHAR, system VARCHAR, resource_id VARCHAR, resource_name VARCHAR,"
    " permission VARCHAR, service VARCHAR, session_id VARCHAR,"
    " started_at TIMESTAMP, ended_at TIMESTAMP, score DOUBLE, state VARCHAR, summary VARCHAR,"
    " evidence VARCHAR, first_detected_run VARCHAR, also_matched VARCHAR, raw_file VARCHAR,"
    " raw_line BIGINT, tier INTEGER, start_local VARCHAR, tz VARCHAR, policy_sha256 VARCHAR,"
    " schedule_recorded_at TIMESTAMP, snapshot_at TIMESTAMP, coverage_state VARCHAR,"
    " controls VARCHAR, attack VARCHAR",
    "coverage": "source_name VARCHAR, hour_start TIMESTAMP, state VARCHAR, records BIGINT",
    "log_batches": "batch_id VARCHAR, source_name VARCHAR, path VARCHAR, sha256 VARCHAR,"
    " bytes BIGINT,"
    " records BIGINT, landed BIGINT, duplicates BIGINT, ignored BIGINT, quarantined BIGINT,"
    " received_at TIMESTAMP",
    "quarantined_records": "source_name VARCHAR, path VARCHAR, line BIGINT, reason VARCHAR",
    "audit_runs": "run_id VARCHAR, since TIMESTAMP, until TIMESTAMP, started_at TIMESTAMP,"
    " ended_at TIMESTAMP, state VARCHAR, code_version VARCHAR, policy_sha256 VARCHAR",
    "audit_actions": "action_id VARCHAR, finding_id VARCHAR, engineer VARCHAR, action VARCHAR,"
    " reason VARCHAR, acted_at TIMESTAMP, run_id VARCHAR, subject VARCHAR, system VARCHAR,"
    " account VARCHAR, resource_id VARCHAR, permission VARCHAR, plan_sha256 VARCHAR",
    "rules": "rule_id VARCHAR, title VARCHAR, severity VARCHAR, question VARCHAR, runbook VARCHAR",
    "rule_inputs": "rule_id VARCHAR, input VARCHAR, is_present BOOLEAN, is_required BOOLEAN",
    "rule_runs": "rule_id VARCHAR, state VARCHAR, why VARCHAR",
    "controls": "framework VARCHAR, control_id VARCHAR, rule_id VARCHAR, requirement VARCHAR,"
    " result VARCHAR, exceptions BIGINT, rule_state VARCHAR, why VARCHAR",
}

_PARAMETER = re.compile(r"\$([a-z_]+)")


def connect(database: Path, name: str = "published") -> duckdb.DuckDBPyConnection:
    """Open the published tables read-only, whoever else reads them, with times in UTC."""
    if not database.is_file():
        raise ConfigurationError(
            f"No audit is published in {database.parent}. Make one with 'oncall-audit run'."
        )
    # No spilling beside the publication, no Python variable or module in place of a table.
    connection = duckdb.connect(
        ":memory:", config={"temp_directory": "", "python_enable_replacements": False}
    )
    # Attached under another name: in a file audit.duckdb, DuckDB finds `audit.findings` ambiguous.
    # Once: asked again, the link to the current publication may name the next one's folder.
    found = database.resolve()
    path = str(found).replace("'", "''")
    try:
        connection.execute(f"attach '{path}' as {name} (read_only)")
        connection.execute(f"set variable {FOLDER} = {_literal(str(found.parent))}")
        connection.execute(f"use {name}.audit")
    except duckdb.Error as error:
        connection.close()
        raise ConfigurationError(
            f"{database} cannot be read: {str(error).splitlines()[0]}"
            " Publish again with 'oncall-audit run'."
        ) from None
    connection.execute("set TimeZone = 'UTC'")
    return connection


class Published:
    """The published tables, each with every column that the reports read.

    With a key they are pseudonymised: nothing that is read from them names a person.
    """

    def __init__(self, database: Path, key: PseudonymKey | None = None) -> None:
        self.pseudonyms: Pseudonyms | None = None
        if key is None:
            self.connection = connect(database)
        else:
            from oncall_audit.reports.pseudonymised import pseudonymise

            self.connection = connect(database, "original")
            self.pseudonyms = pseudonymise(self.connection, key)
        self.tables = self._complete()

    @property
    def folder(self) -> Path:
        """Where the tables lie, and beside them what is told of their run."""
        return Path(self.value(f"select getvariable('{FOLDER}')"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.connection.close()

    def rows(self, query: str, **parameters: Any) -> list[Row]:
        """Run a query with its `$parameters` and return its rows by column name."""
        cursor = self.connection.execute(filled(query, parameters))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def value(self, query: str, **parameters: Any) -> Any:
        """Run a query and return the first value of its first row."""
        row = self.connection.execute(filled(query, parameters)).fetchone()
        return row[0] if row else None

    def _complete(self) -> tuple[str, ...]:
        query = (
            "select table_name, column_name from information_schema.columns"
            " where table_catalog = 'published' and table_schema = 'audit' order by all"
        )
        present: dict[str, set[str]] = {}
        for table, column in self.connection.execute(query).fetchall():
            present.setdefault(table, set()).add(column)
        for table, shape in SHAPES.items():
            self._fill(table, shape, present.get(table, set()))
        return tuple(present)

    def _fill(self, table: str, shape: str, present: set[str]) -> None:
        """Put a temporary view over a table that lacks columns; it is found before the table."""
        columns = [column.strip().split(" ") for column in shape.split(",")]
        lacking = [
            f"cast(null as {kind}) as {name}" for name, kind in columns if name not in present
        ]
        if not lacking:
            return
        rest = f"from published.audit.{table}" if present else "where false"
        star = "*, " if present else ""
        self.connection.execute(
            f"create temp view {table} as select {star}{', '.join(lacking)} {rest}"
        )


def filled(query: str, parameters: Row) -> str:
    """Write each `$name` of the query as a literal.

    DuckDB's own binding of parameters imports pandas first, which takes longer than a whole report.
    """
    return _PARAMETER.sub(lambda match: _literal(parameters[match[1]]), query)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    if isinstance(value, timedelta):
        return f"to_microseconds({value // timedelta(microseconds=1)})"
    if isinstance(value, list):
        return f"cast([{', '.join(_literal(item) for item in value)}] as varchar[])"
    if isinstance(value, str):
        # DuckDB reads a query to its first NUL.
        quoted = value.replace("'", "''").replace("\x00", "' || chr(0) || '")
        return f"('{quoted}')"
    raise ValueError(f"{value!r} cannot stand in a query.")
