"""Okta: membership of groups."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from oncall_audit.control.http import Api, api
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

_MEMBER = "member"
# Okta's own code for "no such resource".
_MISSING = ("errorCode", "E0000007")


@dataclass(frozen=True, slots=True)
class Okta:
    """The groups of one Okta organisation: a right is being a `member` of a group.

    Needs an API token of an administrator who may manage the members of just these groups: the
    role *Group Membership Admin*, limited to them. `groups` names them; without it every group
    that Okta itself masters is read.
    """

    url: str
    token: object = field(repr=False)
    system: str = "okta"
    groups: tuple[str, ...] = ()

    def held(self) -> Iterator[Held]:
        """Yield a right for each member of each group."""
        with self._api() as okta:
            for group in self._groups(okta):
                name = str(group["profile"]["name"])
                path = f"/api/v1/groups/{quote(str(group['id']), safe='')}/users"
                for user in okta.listed(path, [("limit", 200)]):
                    account = str(user["profile"]["login"])
                    yield Held(Right(self.system, account, name, _MEMBER))

    def grant(self, right: Right, until: datetime | None) -> None:
        """Make the account a member; Okta does not end a membership by itself."""
        _check(right)
        with self._api() as okta:
            group = _group(okta, right.resource_name)
            user = _user(okta, right.account)
            if group is None or user is None:
                missing = right.resource_name if group is None else right.account
                raise ControlError(f"{self.url} has no group or user {missing}: correct its name.")
            okta.send("PUT", _membership(group, user), done=(204,))

    def revoke(self, right: Right) -> None:
        """End the membership; a user or group that is gone holds nothing."""
        _check(right)
        with self._api() as okta:
            group = _group(okta, right.resource_name)
            user = _user(okta, right.account) if group else None
            if group and user:
                okta.send("DELETE", _membership(group, user), done=(204,))

    def _api(self) -> AbstractContextManager[Api]:
        return api(self.url, self.token, scheme="SSWS", guide="docs/providers/okta.md")

    def _groups(self, okta: Api) -> Iterator[dict[str, Any]]:
        if not self.groups:
            yield from okta.listed("/api/v1/groups", [("filter", 'type eq "OKTA_GROUP"')])
        for name in self.groups:
            group = _group(okta, name)
            if group is None:
                raise ControlError(f"{self.url} has no group {name}: correct `groups`.")
            yield group


def _group(okta: Api, name: str) -> dict[str, Any] | None:
    # The search is by the beginning of the name.
    found = [
        group
        for group in okta.listed("/api/v1/groups", [("q", name)])
        if group["profile"]["name"] == name
    ]
    if len(found) > 1:
        raise ControlError(f"Okta has {len(found)} groups of the name {name}: rename one.")
    if found and found[0].get("type", "OKTA_GROUP") != "OKTA_GROUP":
        raise ControlError(f"Another system masters Okta's group {name}: change it there.")
    return found[0] if found else None


def _user(okta: Api, login: str) -> dict[str, Any] | None:
    user = okta.find(f"/api/v1/users/{quote(login, safe='')}", missing=_MISSING)
    if user is None:
        return None
    # A short name, too, leads to a user, and perhaps to one of another domain.
    if str(user.get("profile", {}).get("login", "")).lower() != login.lower():
        raise ControlError(f"Okta gave another user than {login}: write the whole login.")
    return user


def _membership(group: dict[str, Any], user: dict[str, Any]) -> str:
    ids = [quote(str(each["id"]), safe="") for each in (group, user)]
    return f"/api/v1/groups/{ids[0]}/users/{ids[1]}"


def _check(right: Right) -> None:
    if right.permission != _MEMBER:
        raise ControlError(f"A right in an Okta group is '{_MEMBER}', not '{right.permission}'.")
