"""A copy of the published tables, in memory, in which nothing names a person.

Every format reads it as it would the tables themselves, which are out of reach by then: whatever a
report comes to print, it has no name to print.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import duckdb

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence.pseudonym_key import PseudonymKey
from oncall_audit.reports.known_people import known_people
from oncall_audit.reports.personal import Kind, kind
from oncall_audit.reports.pseudonyms import DOMAIN, Maker, Pseudonyms
from oncall_audit.reports.published import filled
from oncall_audit.reports.text import visible

# No report has single events or actions: of the one it counts the times, of the other nothing.
_COUNTED = {"access_events": ("occurred_at",), "session_actions": ()}
_AT_ONCE = 1_000
_SAID = "memory.main.said"
_PUBLIC = ("plan_sha256", "policy_sha256", "rule_version", "sha256")

_COLUMNS = """
    select table_name, column_name, data_type from duckdb_columns()
    where database_name = 'original' and schema_name = 'audit' order by table_name, column_index
"""
_PEOPLE = "select engineer_id, name, email from engineers where engineer_id is not null order by 1"
_ACCOUNTS = """
    select account, bool_and(engineer_id is null and kind in ('service', 'shared'))
    from identities where account is not null group by account order by account
"""


_LIST = """
    case when {column} is not null then (
        select coalesce(list(coalesce(said.said, part.given) order by part.place), [])
        from (
            select unnest({column}) as given, generate_subscripts({column}, 1) as place
        ) as part
        left join memory.main.said as said on said.kind = '{kind}' and said.given = part.given
    ) end
"""

# As `Pseudonyms.reference` does it: there may be half a million of them, all different.
_REFERENCE = """
    case when length({column}) in (32, 64)
    then left(sha256(getvariable('secret') || {column}), length({column})) else {column} end
"""


@dataclass(frozen=True, slots=True)
class _Column:
    table: str
    name: str
    data_type: str

    @property
    def kind(self) -> Kind:
        return kind(self.table, self.name, "VARCHAR" in self.data_type or self.data_type == "JSON")

    @property
    def is_list(self) -> bool:
        return self.data_type == "VARCHAR[]"

    @property
    def is_known_type(self) -> bool:
        return self.data_type in ("VARCHAR", "JSON", "VARCHAR[]")

    @property
    def quoted(self) -> str:
        return '"' + self.name.replace('"', '""') + '"'


def pseudonymise(connection: duckdb.DuckDBPyConnection, key: PseudonymKey) -> Pseudonyms:
    """Put the copy in the place of `original`, which is attached, and let that go."""
    columns = _columns(connection)
    pseudonyms = _pseudonyms(connection, columns, Maker(key.secret))
    connection.execute("attach ':memory:' as published")
    connection.execute("create schema published.audit")
    _write_said(connection, columns, pseudonyms)
    connection.execute(f"set variable secret = '{pseudonyms.maker.of_references}'")
    for table, of_table in columns.items():
        connection.execute(f"create table published.audit.{table} as {_copied(table, of_table)}")
    connection.execute("reset variable secret")
    connection.execute(f"drop table {_SAID}")
    connection.execute("use published.audit")
    connection.execute("detach original")
    return pseudonyms


def _columns(connection: duckdb.DuckDBPyConnection) -> dict[str, list[_Column]]:
    found: defaultdict[str, list[_Column]] = defaultdict(list)
    for table, name, data_type in connection.execute(_COLUMNS).fetchall():
        if name in _COUNTED.get(table, (name,)):
            found[table].append(_Column(table, name, data_type))
    return dict(found)


def _pseudonyms(
    connection: duckdb.DuckDBPyConnection, columns: dict[str, list[_Column]], maker: Maker
) -> Pseudonyms:
    rows: dict[str, list[tuple[str, ...]]] = {
        table: connection.execute(query).fetchall() if table in columns else []
        for table, query in (("engineers", _PEOPLE), ("identities", _ACCOUNTS))
    }
    public = {
        value
        for of_table in columns.values()
        for column in of_table
        if column.name in _PUBLIC
        for value in _distinct(connection, [column])
    }
    known = known_people(maker, rows["engineers"], rows["identities"], public)
    return Pseudonyms(maker, known)


def _distinct(connection: duckdb.DuckDBPyConnection, columns: Iterable[_Column]) -> list[str]:
    return [given for (given,) in connection.execute(f"{_texts(columns)} order by 1").fetchall()]


def _texts(columns: Iterable[_Column]) -> str:
    """Return a query of every text that stands in some of the columns, once."""
    parts = [
        f"select {f'unnest({it.quoted})' if it.is_list else f'cast({it.quoted} as varchar)'}"
        f" as given from original.audit.{it.table}"
        for it in columns
        if it.is_known_type
    ]
    union = " union all ".join(parts) or "select null as given"
    return f"select distinct given from ({union}) where given is not null"


def _write_said(
    connection: duckdb.DuckDBPyConnection,
    columns: dict[str, list[_Column]],
    pseudonyms: Pseudonyms,
) -> None:
    """Note what each text becomes; every text is looked at once, however often it stands."""
    connection.execute(f"create table {_SAID} (kind varchar, given varchar, said varchar)")
    makers: dict[Kind, Callable[[str], str]] = {
        "identifier": pseudonyms.identifier,
        "mail": pseudonyms.mail,
        "address": pseudonyms.address,
        "text": pseudonyms.text,
    }
    for name, make in makers.items():
        made = ((given, make(given)) for given in _distinct(connection, _of_kind(columns, name)))
        # Nearly all text names nobody and stays as it is.
        rows = [[name, given, said] for given, said in made if name != "text" or given != said]
        for first in range(0, len(rows), _AT_ONCE):
            values = ", ".join(_values(row) for row in rows[first : first + _AT_ONCE])
            connection.execute(f"insert into {_SAID} values {values}")


def _values(row: list[str]) -> str:
    return filled("($kind, $given, $said)", dict(zip(("kind", "given", "said"), row, strict=True)))


def _of_kind(columns: dict[str, list[_Column]], name: Kind) -> list[_Column]:
    return [it for of_table in columns.values() for it in of_table if it.kind == name]


def _copied(table: str, columns: Iterable[_Column]) -> str:
    """Return the query of a table with pseudonyms; what has none and should have is left empty."""
    values, joins = [], []
    for place, column in enumerate(columns):
        value = f"given.{column.quoted}"
        if column.kind == "detail" or (column.kind != "plain" and not column.is_known_type):
            value = "null"
        elif column.kind != "plain" and column.is_list:
            value = _LIST.format(column=value, kind=column.kind)
        elif column.kind == "reference":
            value = _REFERENCE.format(column=value)
        elif column.kind != "plain":
            joins.append(
                f"left join {_SAID} as said_{place} on said_{place}.kind = '{column.kind}'"
                f" and said_{place}.given = cast({value} as varchar)"
            )
            said = f"said_{place}.said"
            value = f"coalesce({said}, {value})" if column.kind == "text" else said
        values.append(f"cast({value} as {column.data_type}) as {column.quoted}")
    return f"select {', '.join(values)} from original.audit.{table} as given {' '.join(joins)}"


def resolved(
    connection: duckdb.DuckDBPyConnection, key: PseudonymKey, pseudonym: str
) -> dict[str, str]:
    """Return what a pseudonym stands for in `original`, which is attached, by table and column.

    Raises `ConfigurationError` if it stands for nothing that is published now.
    """
    columns = _columns(connection)
    pseudonyms = _pseudonyms(connection, columns, Maker(key.secret))
    asked = pseudonym.strip().lower().removesuffix(f"@{DOMAIN}")
    makers: dict[Kind, Callable[[str], str]] = {
        "identifier": pseudonyms.identifier,
        "address": pseudonyms.address,
        "reference": pseudonyms.reference,
    }
    found: dict[str, str] = {}
    for name, make in makers.items():
        for column in _of_kind(columns, name):
            values = [it for it in _distinct(connection, [column]) if make(it) == asked]
            if values:
                found.setdefault(column.name, ", ".join(values))
    if not found:
        raise ConfigurationError(
            f"Nothing that is published has the pseudonym {visible(pseudonym)}. It may be another"
            " workspace's or of another key, or what it stood for is no longer kept."
        )
    return {**_person(connection, found), **found}


def _person(connection: duckdb.DuckDBPyConnection, found: dict[str, str]) -> dict[str, str]:
    """Return name and mail of whom a pseudonym stands for, and whose account it is."""
    query = """
        select engineer_id, name, email from engineers where engineer_id = $engineer
            or engineer_id in (select engineer_id from identities where account = $account)
        order by engineer_id
    """
    asked = {"engineer": found.get("engineer_id"), "account": found.get("account")}
    rows = connection.execute(filled(query, asked)).fetchall()
    names = ("engineer_id", "name", "email")
    return {
        name: ", ".join(str(row[place]) for row in rows if row[place])
        for place, name in enumerate(names)
        if any(row[place] for row in rows)
    }
