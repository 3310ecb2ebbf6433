"""Brings the landing zone of an older program forward, when a newer one opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from importlib import resources
from pathlib import Path

from oncall_audit import formats

# What makes a format out of the one before, where a table that is there must change. What
# schema.sql makes if it does not exist needs no step.
_STEPS: Mapping[int, Sequence[str]] = {}


def bring_up_to_date(connection: sqlite3.Connection, path: Path) -> None:
    """Make every table, from whatever format there is, in one transaction.

    Of an old manifest a copy is kept. Raises `ConfigurationError` for one of a newer program.
    """
    formats.refuse(formats.number(connection), path)
    if _is_old(connection):
        _keep_copy(connection, path)
    schema = resources.files(__package__ or "").joinpath("schema.sql").read_text()
    connection.execute("begin immediate")
    try:
        # Asked again: another process may have been first.
        found = formats.number(connection) if _is_old(connection) else formats.FORMAT
        for number in range(max(found, 1) + 1, formats.FORMAT + 1):
            for statement in _STEPS.get(number, ()):
                connection.execute(statement)
        for statement in _statements(schema):
            connection.execute(statement)
        connection.execute(f"pragma user_version = {formats.FORMAT}")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _is_old(connection: sqlite3.Connection) -> bool:
    if formats.number(connection) == formats.FORMAT:
        return False
    query = "select count(*) from sqlite_master where type = 'table' and name = 'batches'"
    return bool(connection.execute(query).fetchone()[0])


def _keep_copy(connection: sqlite3.Connection, path: Path) -> None:
    copy = path.with_name(f"manifest.format-{max(formats.number(connection), 1)}.sqlite")
    partial = copy.with_suffix(".part")
    partial.unlink(missing_ok=True)
    with closing(sqlite3.connect(partial)) as target:
        connection.backup(target)
    partial.replace(copy)


def _statements(script: str) -> list[str]:
    # `executescript` would end the transaction first.
    found, begun = [], ""
    for line in script.splitlines(keepends=True):
        begun += line
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found
