"""Everything that the published tables hold about one person, for that person to have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from oncall_audit.reports.csv_files import copy_csv
from oncall_audit.reports.decided import reviewer
from oncall_audit.reports.json_files import dumps
from oncall_audit.reports.personal import kind
from oncall_audit.reports.published import Published, filled

_COLUMNS = """
    select table_name, column_name, data_type from duckdb_columns()
    where database_name = 'published' and schema_name = 'audit' order by table_name, column_index
"""
_ACCOUNTS = """
    select distinct account from published.audit.identities
    where engineer_id in (select unnest($ids)) and account is not null order by account
"""
# Rows of these name nobody, but belong to a session of somebody's.
_OF_SESSIONS = ("session_actions", "anomalies")
# Identifiers shorter than this would be found in every second text.
_SHORTEST = 4


def export(
    published: Published, who: str, folder: Path, form: str, records: Iterable[Mapping[str, Any]]
) -> list[Path]:
    """Write every row about a person, a file a table, and the register's `records` of them.

    `form` is csv or json; raises `ConfigurationError` for nobody of the directory.
    """
    person = reviewer(published, who)
    called = _called(published, person)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for table, query in _queries(published, person["ids"], called):
        path = folder / f"{table}.{form}"
        if form == "csv":
            count = copy_csv(published, query, "all", path)
        else:
            rows = published.rows(f"{query} order by all")
            path.write_text(dumps(rows), encoding="utf-8")
            count = len(rows)
        if count:
            paths.append(path)
        else:
            path.unlink()
    told = [record for record in records if _names(record, called)]
    if told:
        paths.append(folder / "register.json")
        paths[-1].write_text(dumps(told), encoding="utf-8")
    return paths


def _called(published: Published, person: Mapping[str, Any]) -> list[str]:
    """Return all that the directory calls the person, in small letters."""
    accounts = published.rows(_ACCOUNTS, ids=person["ids"])
    names = [*person["ids"], person["name"], person["email"], *(row["account"] for row in accounts)]
    return sorted({name.strip().lower() for name in names if name and name.strip()})


def _queries(published: Published, ids: list[str], called: list[str]) -> Iterator[tuple[str, str]]:
    tables: dict[str, list[tuple[str, str]]] = {}
    for table, column, data_type in published.connection.execute(_COLUMNS).fetchall():
        if data_type in ("VARCHAR", "JSON"):
            tables.setdefault(table, []).append((column, kind(table, column, is_text=True)))
    for table, columns in tables.items():
        conditions = [*_conditions(table, columns)]
        if conditions:
            query = f"select * from published.audit.{table} where {' or '.join(conditions)}"
            long = [name for name in called if len(name) >= _SHORTEST]
            yield table, filled(query, {"ids": ids, "called": called, "long": long})


def _conditions(table: str, columns: list[tuple[str, str]]) -> Iterator[str]:
    names = [column for column, _ in columns]
    if "engineer_id" in names:
        yield "engineer_id in (select unnest($ids))"
    for column, what in columns:
        # An account may be one person's here and another's there: the resolved one decides.
        if what in ("identifier", "mail") and column != "engineer_id":
            is_account = column == "account" and "engineer_id" in names
            unknown = " and engineer_id is null" if is_account else ""
            yield f"(lower(trim({column})) in (select unnest($called)){unknown})"
        if what == "text" and table in ("findings", "anomalies", "audit_actions"):
            mentioned = f"contains(lower({column}), name)"
            yield f"len(list_filter($long, lambda name: {mentioned})) > 0"
    if table in _OF_SESSIONS:
        yield (
            "session_id in (select session_id from published.audit.sessions"
            " where engineer_id in (select unnest($ids)))"
        )


def _names(value: Any, called: list[str]) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in called
    if isinstance(value, Mapping):
        return any(_names(part, called) for part in value.values())
    return isinstance(value, list) and any(_names(part, called) for part in value)
