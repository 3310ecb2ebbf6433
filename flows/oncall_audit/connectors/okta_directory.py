"""Okta's people, the groups that they are in, and the roles by which some administer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from oncall_audit.connectors.base import Page, SnapshotTable
from oncall_audit.connectors.http import Answer, Client, Parameters
from oncall_audit.connectors.paging import next_of, pages
from oncall_audit.connectors.records import Row, columns, listed, part, required, rows
from oncall_audit.connectors.times import read_time

_PAGE = 200
_MEMBERS = 1000
# Of the states of a user only these may log in.
_ENABLED = {"ACTIVE", "PASSWORD_EXPIRED", "RECOVERY", "LOCKED_OUT"}
_USERS = columns(
    "user_id engineer_id login name email team role time_zone status accounts",
    "started_at ended_at last_login_at",
    is_enabled="BOOLEAN",
)
_MEMBERSHIPS = columns("group_id group_name user_id login", is_enabled="BOOLEAN")
_ROLES = columns("user_id login role assignment_type", "granted_at", is_enabled="BOOLEAN")


@dataclass(frozen=True, slots=True)
class Users:
    """Reads users; `key` names what is known as the engineer, `accounts` further ones by system."""

    system: str = "okta"
    key: str = "login"
    accounts: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, document: Any, _context: Row) -> Iterator[Row]:
        """Yield a row for each user."""
        return rows(listed(document, "users"), self._row)

    def _row(self, user: Row) -> Iterator[Row]:
        profile = part(user, "profile")
        status = str(required(user, "status"))
        login = required(profile, "login")
        is_gone = status == "DEPROVISIONED"
        named = [profile.get("firstName"), profile.get("lastName")]
        yield {
            "user_id": required(user, "id"),
            "engineer_id": required(user if self.key == "id" else profile, self.key),
            "login": login,
            "name": profile.get("displayName") or " ".join(str(it) for it in named if it) or None,
            "email": profile.get("email"),
            "team": profile.get("department"),
            "role": profile.get("title"),
            "time_zone": profile.get("timezone"),
            "status": status,
            "is_enabled": status in _ENABLED,
            "accounts": list(self._accounts(login, profile, is_enabled=status in _ENABLED)),
            "started_at": read_time(user.get("activated") or user.get("created")),
            "ended_at": read_time(user.get("statusChanged")) if is_gone else None,
            "last_login_at": read_time(user.get("lastLogin")),
        }

    def _accounts(self, login: str, profile: Row, *, is_enabled: bool) -> Iterator[Row]:
        own = {"system": self.system, "account": login, "kind": "human"}
        yield {**own, "is_enabled": is_enabled}
        for system, attribute in self.accounts.items():
            # Whether it is enabled there Okta does not know.
            if profile.get(attribute):
                yield {"system": system, "account": str(profile[attribute]), "kind": "human"}


def decode_memberships(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each member of the group that the page is of."""

    def row(user: Row) -> Iterator[Row]:
        yield {
            "group_id": context["group_id"],
            "group_name": context["group_name"],
            "user_id": required(user, "id"),
            "login": required(part(user, "profile"), "login"),
            "is_enabled": user.get("status") in _ENABLED,
        }

    return rows(listed(document, "users"), row)


def decode_roles(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each role of the user that the page is of."""

    def row(role: Row) -> Iterator[Row]:
        kind = str(required(role, "type"))
        yield {
            "user_id": context["user_id"],
            "login": context["login"],
            "role": required(role, "label") if kind == "CUSTOM" else kind,
            "assignment_type": role.get("assignmentType"),
            "granted_at": read_time(role.get("created")),
            "is_enabled": role.get("status") == "ACTIVE" and context["is_enabled"],
        }

    return rows(listed(document, "roles"), row)


def users(decode: Users) -> SnapshotTable:
    """Declare the table of users, read as the source says."""
    return SnapshotTable("users", _USERS, decode)


MEMBERSHIPS = SnapshotTable("memberships", _MEMBERSHIPS, decode_memberships)
ROLES = SnapshotTable("roles", _ROLES, decode_roles)


def read_people(client: Client, at: datetime) -> Iterator[Page]:
    """Yield every user, and those who were: Okta leaves them out of its list.

    All pages are one snapshot, of the time `at`.
    """
    gone: Parameters = [("filter", 'status eq "DEPROVISIONED"')]
    for name, asked in (("users", ()), ("former", gone)):
        for number, answer in enumerate(_listed(client, "/api/v1/users", _PAGE, asked)):
            yield Page("users", f"{name}-{number:05}", answer.body, at)


def read_rights(client: Client, at: datetime) -> Iterator[Page]:
    """Yield the members of every group, and the roles of everybody who has one, as of `at`."""
    for answer in _listed(client, "/api/v1/groups", _PAGE):
        for group in answer.document:
            yield from _members(client, group, at)
    for answer in _assignees(client):
        for user in answer.document["value"]:
            yield _roles(client, str(user["id"]), at)


def _members(client: Client, group: Row, at: datetime) -> Iterator[Page]:
    identifier = str(group["id"])
    named = {"group_id": identifier, "group_name": part(group, "profile").get("name")}
    path = f"/api/v1/groups/{quote(identifier, safe='')}/users"
    for number, answer in enumerate(_listed(client, path, _MEMBERS)):
        name = f"members-{identifier}-{number:05}"
        yield Page("memberships", name, answer.body, at, named)


def _roles(client: Client, identifier: str, at: datetime) -> Page:
    path = f"/api/v1/users/{quote(identifier, safe='')}"
    user = client.get(path, key="profile", kind=dict).document
    answer = client.get(f"{path}/roles", key=None)
    context = {
        "user_id": identifier,
        "login": user["profile"].get("login"),
        "is_enabled": user.get("status") in _ENABLED,
    }
    return Page("roles", f"roles-{identifier}", answer.body, at, context)


def _listed(client: Client, path: str, limit: int, asked: Parameters = ()) -> Iterator[Answer]:
    def get(address: str) -> Answer:
        first = [*asked, ("limit", limit)]
        return client.get(address, () if "?" in address else first, key=None)

    def following(_address: str, answer: Answer) -> str | None:
        return next_of(client, answer)

    return pages(path, get, following, key=None)


def _assignees(client: Client) -> Iterator[Answer]:
    def get(address: str) -> Answer:
        return client.get(address, () if "?" in address else [("limit", 100)], key="value")

    def following(_address: str, answer: Answer) -> str | None:
        found = part(part(answer.document, "_links"), "next").get("href")
        if found is not None and not str(found).startswith(f"{client.base_url}/"):
            # The address in the answer is that of the organisation, whatever `url` was asked.
            return "/api/v1/iam/assignees/users?" + str(found).partition("?")[2]
        return found

    return pages("/api/v1/iam/assignees/users", get, following, key="value")
