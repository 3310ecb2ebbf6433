"""How the users and groups of a SCIM directory become rows (RFC 7643)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.records import Row, UnreadableError, columns, rows
from oncall_audit.connectors.times import read_time

_CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
# Some servers write what RFC 7643 (2.3.2) has as a Boolean as a text.
_YES_OR_NO = {"true": True, "false": False}
_USERS = columns(
    "user_id engineer_id user_name external_id employee_number name email team role time_zone"
    " manager_id accounts",
    "created_at modified_at",
    is_active="BOOLEAN",
)
_MEMBERS = columns("group_id group_name member_id", is_team="BOOLEAN")


def resources(document: Any) -> list[Any]:
    """Return the list of a ListResponse; it may be left out of an empty one (RFC 7644, 3.4.2)."""
    if not isinstance(document, Mapping):
        raise UnreadableError("it is no list of SCIM")
    found = document.get("Resources")
    if found is None and document.get("totalResults") == 0:
        return []
    if not isinstance(found, list):
        raise UnreadableError("there is no list `Resources` in it")
    return found


def attribute(resource: Row, path: str) -> Any:
    """Return an attribute by its name as RFC 7644 (3.10) writes it, or by the last part of that.

    A name without a schema is one of the core, else of the enterprise extension.
    """
    schema, _, name = path.rpartition(":")
    if not schema:
        found = _within(resource, name)
        return _within(_value(resource, _ENTERPRISE), name) if found is None else found
    return _within(resource if schema == _CORE else _value(resource, schema), name)


@dataclass(frozen=True, slots=True)
class Users:
    """Reads users; `key`, `team` and the values of `accounts` name attributes."""

    system: str = "scim"
    key: str = "userName"
    team: str | None = "department"
    accounts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, document: Any, _context: Row) -> Iterator[Row]:
        """Yield a row for each user."""
        return rows(resources(document), self._row)

    def _row(self, user: Row) -> Iterator[Row]:
        name = _needed(user, "userName")
        is_active = _is_active(user)
        yield {
            "user_id": _needed(user, "id"),
            "engineer_id": _needed(user, self.key),
            "user_name": name,
            "external_id": _text(user, "externalId"),
            "employee_number": _text(user, f"{_ENTERPRISE}:employeeNumber"),
            "name": _name(user),
            "email": _email(user),
            "team": _text(user, self.team) if self.team else None,
            "role": _text(user, "title"),
            "time_zone": _text(user, "timezone"),
            "manager_id": _manager(user),
            "accounts": list(self._accounts(user, name, is_active=is_active)),
            "is_active": is_active,
            "created_at": _moment(attribute(user, "meta.created")),
            "modified_at": _moment(attribute(user, "meta.lastModified")),
        }

    def _accounts(self, user: Row, name: str, *, is_active: bool) -> Iterator[Row]:
        own = {"system": self.system, "account": name, "kind": "human"}
        yield {**own, "is_enabled": is_active}
        for system, path in self.accounts.items():
            # Whether it is enabled there this directory does not know.
            if account := _text(user, path):
                yield {"system": system, "account": account, "kind": "human"}


@dataclass(frozen=True, slots=True)
class Groups:
    """Reads groups; those whose names `teams` matches, in any case, are teams."""

    teams: str = ""

    def __call__(self, document: Any, _context: Row) -> Iterator[Row]:
        """Yield a row for each member of each group."""
        return rows(resources(document), self._members)

    def _members(self, group: Row) -> Iterator[Row]:
        name = _text(group, "displayName")
        head = {
            "group_id": _needed(group, "id"),
            "group_name": name,
            "is_team": fnmatchcase((name or "").casefold(), self.teams.casefold()),
        }
        found = [it for it in _list(_value(group, "members")) if isinstance(it, Mapping)]
        if not found:
            yield {"_ignored": "a group of nobody"}
        yield from ({**head, "member_id": _needed(member, "value")} for member in found)


def _value(record: Any, name: str) -> Any:
    """Return a value by its name, in any case (RFC 7643, 2.1)."""
    if not isinstance(record, Mapping):
        return None
    return next((it for key, it in record.items() if key.casefold() == name.casefold()), None)


def _within(record: Any, name: str) -> Any:
    for step in name.split("."):
        record = _value(record, step)
    return record


def _text(record: Row, path: str) -> str | None:
    found = attribute(record, path)
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise UnreadableError(f"its `{path}` is no text")
    return str(found)


def _needed(record: Row, path: str) -> str:
    found = _text(record, path)
    if found is None:
        raise UnreadableError(f"it has no `{path}`")
    return found


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_active(user: Row) -> bool:
    found = _value(user, "active")
    found = _YES_OR_NO.get(found.casefold(), found) if isinstance(found, str) else found
    if found is None:
        return True
    if not isinstance(found, bool):
        raise UnreadableError("its `active` is neither true nor false")
    return found


def _name(user: Row) -> str | None:
    parts = (_text(user, "name.givenName"), _text(user, "name.familyName"))
    written = _text(user, "displayName") or _text(user, "name.formatted")
    return written or " ".join(filter(None, parts)) or None


def _email(user: Row) -> str | None:
    given = _value(user, "emails")
    # Some servers list addresses alone.
    listed = [{"value": it} if isinstance(it, str) else it for it in _list(given)]
    addresses = [it for it in listed if _value(it, "value")]
    # The one that is primary, else that of work, else the first.
    addresses.sort(key=lambda it: (_value(it, "primary") is not True, _value(it, "type") != "work"))
    return str(_value(addresses[0], "value")) if addresses else None


def _manager(user: Row) -> str | None:
    found = attribute(user, f"{_ENTERPRISE}:manager")
    found = _value(found, "value") if isinstance(found, Mapping) else found
    return str(found) if found else None


def _moment(value: Any) -> datetime | None:
    """Read a time that is of use but not needed: a person without it is one all the same."""
    try:
        return read_time(value)
    except ValueError:
        return None


def users(decode: Users) -> SnapshotTable:
    """Declare the table of users, read as the source says."""
    return SnapshotTable("users", _USERS, decode)


def members(decode: Groups) -> SnapshotTable:
    """Declare the table of groups' members, read as the source says."""
    return SnapshotTable("members", _MEMBERS, decode)
