"""Who is in which group of a hoop gateway, and which groups may use which connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from oncall_audit.connectors.base import Page, SnapshotTable
from oncall_audit.connectors.http import Client
from oncall_audit.connectors.records import (
    Row,
    UnreadableError,
    columns,
    listed,
    required,
    rows,
)
from oncall_audit.errors import SourceError

_ADMIN = "admin"
_ENABLED = "active"


def decode_memberships(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each group of each user; one without a group for who is in none."""

    def row(user: Row) -> Iterator[Row]:
        told = {
            "user_id": required(user, "id"),
            "email": required(user, "email"),
            "role": user.get("role"),
            "status": user.get("status"),
            "is_enabled": user.get("status") == _ENABLED,
        }
        groups = _texts(user, "groups")
        if user.get("role") == _ADMIN and _ADMIN not in groups:
            groups.append(_ADMIN)
        yield from ({**told, "group_name": group} for group in groups or [None])

    return rows(listed(document, "users"), row)


def decode_accesses(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each group that may use a connection; one without for what nobody may."""

    def row(connection: Row) -> Iterator[Row]:
        name = required(connection, "name")
        groups = _texts(connection, "config")
        yield from ({"connection": name, "group_name": group} for group in groups or [None])

    return rows(listed(document, "connections"), row)


MEMBERSHIPS = SnapshotTable(
    "memberships",
    columns("user_id email role status group_name", is_enabled="BOOLEAN"),
    decode_memberships,
)
ACCESSES = SnapshotTable("accesses", columns("connection group_name"), decode_accesses)


def read_access(client: Client, at: datetime) -> Iterator[Page]:
    """Yield the users, and what access control says of connections, as of `at`.

    The list of connections is never asked for, because it holds their passwords.
    """
    yield Page("memberships", "users", client.get("/users", key=None).body, at)
    try:
        plugin = client.get("/plugins/access_control", key="connections")
    except SourceError as error:
        if "404: plugin not found" not in str(error):
            raise
        raise SourceError(
            f"{client.base_url} has no access control, so that every user reaches every"
            " connection: enable the plugin access_control, or leave this source out."
        ) from None
    yield Page("accesses", "access-control", plugin.body, at)


def _texts(record: Row, key: str) -> list[str | None]:
    found = record.get(key) or []
    if not isinstance(found, list):
        raise UnreadableError(f"its `{key}` is no list")
    return [str(it) for it in found]
