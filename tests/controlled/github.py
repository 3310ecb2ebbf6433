"""The teams of a GitHub organisation, as far as its API documents them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from werkzeug import Request, Response

from controlled.over_http import OverHttp, nothing, said
from controlled.system import TOKEN
from oncall_audit.control.model import Right
from oncall_audit.control.providers.github import GitHub


@dataclass
class GitHubOrganisation(OverHttp):
    """Three teams; Cleo is a member of one, and Dora is not of the organisation yet."""

    people: dict[str, dict[str, str]] = field(init=False, default_factory=dict)
    invited: dict[str, dict[str, str]] = field(init=False, default_factory=dict)
    owners: set[str] = field(init=False, default_factory=set)
    hidden: bool = field(init=False, default=False)

    def reset(self) -> None:
        self.people = {"payments": {"cleo-curt": "member"}, "search": {}, "storage": {}}
        self.invited = {name: {} for name in self.people}
        self.owners, self.hidden = set(), False
        self.rights = (
            Right("github", "ada-abel", "acme/payments", "member"),
            Right("github", "ben-baker", "acme/payments", "member"),
            Right("github", "ada-abel", "acme/search", "member"),
        )

    def provider(self, **options: Any) -> GitHub:
        return GitHub(**{"org": "acme", "url": self.url, "token": TOKEN, **options})

    def state(self) -> frozenset[Right]:
        return frozenset(
            Right("github", login, f"acme/{team}", permission)
            for people in (self.people, self.invited)
            for team, roles in people.items()
            for login, role in roles.items()
            for permission in {role, "member"}
        )

    def route(self, request: Request, parts: list[str]) -> Response:
        if self.hidden or parts[:2] != ["orgs", "acme"]:
            return _unknown()
        match parts[2:]:
            case ["teams"]:
                teams = [{"id": n, "slug": name} for n, name in enumerate(self.people)]
                return self._paged(request, teams)
            case ["teams", team, *more] if team in self.people:
                return self._team(request, team, more)
        return _unknown()

    def _team(self, request: Request, team: str, more: list[str]) -> Response:
        match more:
            case []:
                return said({"slug": team})
            case ["members"]:
                wanted = request.args.get("role", "all")
                people = self.people[team].items()
                found = [{"login": login} for login, role in people if wanted in ("all", role)]
                return self._paged(request, found)
            case ["invitations"]:
                by_mail = {"id": 9, "login": None, "email": "dora@example.com"}
                named = [{"id": 1, "login": login} for login in self.invited[team]]
                return self._paged(request, [*named, by_mail])
            case ["memberships", login]:
                return self._membership(request, team, login)
        return _unknown()

    def _membership(self, request: Request, team: str, login: str) -> Response:
        known = {name.lower(): name for name in (*self.people[team], *self.invited[team])}
        login = known.get(login.lower(), login)
        if request.method == "PUT":
            role = (request.json or {}).get("role", "member")
            role = "maintainer" if login in self.owners else role
            place = self.invited if login.startswith("dora") else self.people
            place[team][login] = role
        elif request.method == "DELETE":
            if login.lower() not in known:
                return _unknown()
            self.people[team].pop(login, None)
            self.invited[team].pop(login, None)
            return nothing()
        role = self.people[team].get(login)
        if role or login in self.invited[team]:
            state = "active" if role else "pending"
            return said({"state": state, "role": role or self.invited[team][login], "url": "…"})
        return _unknown()

    def _paged(self, request: Request, rows: list[Any]) -> Response:
        return self.paged(request, rows, "per_page", "page_from")


def _unknown() -> Response:
    return said({"message": "Not Found", "documentation_url": "https://docs.github.com"}, 404)
