"""hoop: who may use which connection, by the groups of its access control."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from oncall_audit.control.groups import to_join, to_leave
from oncall_audit.control.http import Api, api
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

_CONNECT = "connect"
# Administrators reach every connection, whatever access control says.
_ADMIN = "admin"
_MISSING = ("message", "plugin not found")

User = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hoop:
    """The access control of one hoop gateway: a right is to `connect` to a connection.

    Needs the token of an administrator, for hoop lets nobody else change users. A user gets a
    connection by the group that gives this connection alone.
    """

    url: str
    token: object = field(repr=False)
    system: str = "hoop"

    def held(self) -> Iterator[Held]:
        """Yield a right for each user and connection, once for each group that gives it."""
        with self._api() as hoop:
            giving = _giving(hoop)
            for user in hoop.listed("/users"):
                for group in sorted(set(_groups(user)) & set(giving)):
                    for connection in sorted(giving[group]):
                        right = Right(self.system, str(user["email"]), connection, _CONNECT)
                        yield Held(right, granted_via=f"group:{group}")

    def grant(self, right: Right, until: datetime | None) -> None:
        """Put the user into the connection's group; hoop does not end it by itself."""
        _check(right)
        with self._api() as hoop:
            giving = _giving(hoop)
            user = _user(hoop, right.account)
            if user is None:
                raise ControlError(f"hoop has no user {right.account}: invite the user first.")
            groups = _groups(user)
            if not any(right.resource_name in giving.get(group, ()) for group in groups):
                _save(hoop, user, [*groups, to_join(giving, right.resource_name)])

    def revoke(self, right: Right) -> None:
        """Take the user out of each group that gives the connection."""
        _check(right)
        with self._api() as hoop:
            giving = _giving(hoop)
            user = _user(hoop, right.account)
            groups = _groups(user) if user else []
            left = to_leave(giving, groups, right.resource_name)
            if user and left:
                _save(hoop, user, [group for group in groups if group not in left])

    def _api(self) -> AbstractContextManager[Api]:
        return api(self.url, self.token, guide="docs/providers/hoop.md")


def _giving(hoop: Api) -> dict[str, set[str]]:
    """Return the connections that each group gives."""
    plugin = hoop.find("/plugins/access_control", missing=_MISSING)
    if plugin is None:
        raise ControlError(
            "hoop's access control is not enabled, so that every user reaches every connection:"
            " enable the plugin access_control first."
        )
    found: dict[str, set[str]] = {}
    for connection in plugin.get("connections") or ():
        for group in (_ADMIN, *(connection.get("config") or ())):
            found.setdefault(str(group), set()).add(str(connection["name"]))
    return found


def _user(hoop: Api, email: str) -> User | None:
    # Asked one by one, hoop takes an account that looks like no address for an id.
    users = hoop.listed("/users")
    return next((it for it in users if str(it["email"]).lower() == email.lower()), None)


def _groups(user: User) -> list[str]:
    return [str(group) for group in user.get("groups") or ()]


def _save(hoop: Api, user: User, groups: list[str]) -> None:
    path = f"/users/{quote(str(user['id']), safe='')}"
    reply = hoop.send("PUT", path, {**user, "groups": groups}, done=(200,))
    if set(_groups(orjson.loads(reply.body))) != set(groups):
        raise ControlError(f"hoop did not take the groups of {user['email']} as they were sent.")


def _check(right: Right) -> None:
    if right.permission != _CONNECT:
        raise ControlError(f"A right in hoop is '{_CONNECT}', not '{right.permission}'.")
