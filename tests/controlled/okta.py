"""Okta's groups and users, as far as its API documents them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

from controlled.over_http import OverHttp, nothing, said
from controlled.system import TOKEN
from oncall_audit.control.model import Right
from oncall_audit.control.providers.okta import Okta

PEOPLE = ("ada.abel@example.com", "ben.baker@example.com", "cleo.curt@example.com")


@dataclass
class OktaOrganisation(OverHttp):
    """Three groups of its own and one of an application; Cleo is a member from the beginning."""

    groups: dict[str, dict[str, Any]] = field(init=False, default_factory=dict)
    users: dict[str, str] = field(init=False, default_factory=dict)
    members: dict[str, list[str]] = field(init=False, default_factory=dict)

    def reset(self) -> None:
        names = ("payments-oncall", "payments-oncall-eu", "search-oncall")
        self.groups = {f"00g{n}": _group(f"00g{n}", name) for n, name in enumerate(names)}
        self.groups["00g9"] = {**_group("00g9", "from-app"), "type": "APP_GROUP"}
        self.users = {f"00u{n}": login for n, login in enumerate(PEOPLE)}
        self.members = {"00g0": ["00u2"], "00g1": [], "00g2": [], "00g9": []}
        ada, ben, _ = PEOPLE
        self.rights = (
            Right("okta", ada, "payments-oncall", "member"),
            Right("okta", ben, "payments-oncall", "member"),
            Right("okta", ada, "payments-oncall-eu", "member"),
        )

    def provider(self, **options: Any) -> Okta:
        return Okta(**{"url": self.url, "token": TOKEN, **options})

    def state(self) -> frozenset[Right]:
        return frozenset(
            Right("okta", self.users[user], self.groups[group]["profile"]["name"], "member")
            for group, users in self.members.items()
            for user in users
        )

    def allows(self, request: Request) -> bool:
        return request.headers.get("Authorization") == f"SSWS {TOKEN}"

    def route(self, request: Request, parts: list[str]) -> Response:
        match parts[2:]:
            case ["groups"]:
                return self.paged(request, self._matching(request), "limit", "after")
            case ["groups", group, "users"] if group in self.groups:
                return self.paged(request, self._members(group), "limit", "after")
            case ["users", name]:
                found = [
                    it for it in self.users.items() if name in (it[0], it[1], it[1].split("@")[0])
                ]
                return said(_user(*found[0])) if found else _unknown(name)
            case ["groups", group, "users", user] if group in self.groups and user in self.users:
                present = [it for it in self.members[group] if it != user]
                self.members[group] = [*present, user] if request.method == "PUT" else present
                return nothing()
        return _unknown(request.path)

    def _matching(self, request: Request) -> list[dict[str, Any]]:
        found = list(self.groups.values())
        if "filter" in request.args:
            assert request.args["filter"] == 'type eq "OKTA_GROUP"'
            found = [it for it in found if it["type"] == "OKTA_GROUP"]
        return [it for it in found if it["profile"]["name"].startswith(request.args.get("q", ""))]

    def _members(self, group: str) -> list[dict[str, Any]]:
        return [_user(user, self.users[user]) for user in self.members[group]]


def _group(identifier: str, name: str) -> dict[str, Any]:
    return {"id": identifier, "type": "OKTA_GROUP", "profile": {"name": name, "description": None}}


def _user(identifier: str, login: str) -> dict[str, Any]:
    profile = {"login": login, "email": login, "firstName": login.partition(".")[0]}
    return {"id": identifier, "status": "ACTIVE", "profile": profile}


def _unknown(what: str) -> Response:
    summary = f"Not found: Resource not found: {what}"
    return said({"errorCode": "E0000007", "errorSummary": summary, "errorCauses": []}, 404)
