"""GitHub: membership of an organisation's teams."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import orjson

from oncall_audit.control.http import Api, api
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError

_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_MISSING = ("message", "Not Found")
_PAGE = [("per_page", 100)]
_MEMBER, _MAINTAINER = "member", "maintainer"


@dataclass(frozen=True, slots=True)
class GitHub:
    """The teams of one GitHub organisation: a right is being `member` or `maintainer` of a team.

    Needs a token with *Members: read and write* of the organisation and nothing else. A maintainer
    is a member too, and who was invited and has not answered yet counts as what the invitation
    says. `teams` names the teams by their slugs; without it all are read.
    """

    org: str
    token: object = field(repr=False)
    system: str = "github"
    teams: tuple[str, ...] = ()
    url: str = "https://api.github.com"

    def held(self) -> Iterator[Held]:
        """Yield the rights of each member, maintainer and invited person of each team."""
        with self._api() as github:
            for slug in self.teams or [team["slug"] for team in self._all(github)]:
                team = _Team(github, self.org, str(slug))
                for account, role, granted_via in team.people():
                    for permission in _implied(role):
                        right = Right(self.system, account, team.name, permission)
                        yield Held(right, granted_via=granted_via)

    def grant(self, right: Right, until: datetime | None) -> None:
        """Add the account to the team, or raise its role; GitHub does not end it by itself."""
        with self._api() as github:
            team = self._team(github, right)
            role = team.role(right.account)
            if role is None or right.permission not in _implied(role):
                team.put(right.account, right.permission)

    def revoke(self, right: Right) -> None:
        """Take the account, or its invitation, off the team; a maintainer becomes a member."""
        with self._api() as github:
            team = self._team(github, right)
            role = team.role(right.account)
            if role is None:
                team.must_exist()
            elif right.permission == _MAINTAINER and role == _MAINTAINER:
                team.put(right.account, _MEMBER)
            elif right.permission == _MEMBER and role == _MAINTAINER:
                raise ControlError(
                    f"{right.account} is a maintainer of {team.name}, and every maintainer is a"
                    " member: revoke 'maintainer' first."
                )
            elif right.permission == _MEMBER:
                github.send("DELETE", team.membership(right.account), done=(204,))

    def _api(self) -> AbstractContextManager[Api]:
        guide = "docs/providers/github.md"
        return api(self.url, self.token, guide=guide, headers=_HEADERS)

    def _all(self, github: Api) -> Iterator[dict[str, Any]]:
        return github.listed(f"/orgs/{quote(self.org, safe='')}/teams", _PAGE)

    def _team(self, github: Api, right: Right) -> _Team:
        org, _, slug = right.resource_name.partition("/")
        if org != self.org or not slug or right.permission not in (_MEMBER, _MAINTAINER):
            raise ControlError(
                f"A right at GitHub is '{_MEMBER}' or '{_MAINTAINER}' of {self.org}/TEAM,"
                f" not '{right.permission}' of {right.resource_name}."
            )
        return _Team(github, org, slug)


@dataclass(frozen=True, slots=True)
class _Team:
    """One team, asked at its own addresses."""

    github: Api
    org: str
    slug: str

    @property
    def name(self) -> str:
        """The resource's name: organisation and slug."""
        return f"{self.org}/{self.slug}"

    def people(self) -> Iterator[tuple[str, str, str]]:
        """Yield account, role and how it came: `direct` or `invitation`."""
        for role in (_MAINTAINER, _MEMBER):
            for user in self.github.listed(self._path("members"), [("role", role), *_PAGE]):
                yield str(user["login"]), role, "direct"
        for invitation in self.github.listed(self._path("invitations"), _PAGE):
            # One that was sent to an address has no account yet.
            account = invitation.get("login")
            invited = self.role(str(account)) if account else None
            if invited:
                yield str(account), invited, "invitation"

    def role(self, account: str) -> str | None:
        """Return the role that the account has or is invited to; None for neither."""
        found = self.github.find(self.membership(account), missing=_MISSING)
        return str(found["role"]) if found else None

    def put(self, account: str, role: str) -> None:
        """Give the account a role in the team, and see that GitHub took it."""
        reply = self.github.send("PUT", self.membership(account), {"role": role}, done=(200,))
        given = orjson.loads(reply.body).get("role")
        if given != role:
            raise ControlError(
                f"GitHub keeps {account} as {given} of {self.name}: an owner of the organisation"
                " is a maintainer of every team."
            )

    def must_exist(self) -> None:
        """Raise if the token cannot see the team: GitHub says 404 to that as well."""
        if self.github.find(self._path(), missing=_MISSING) is None:
            raise ControlError(
                f"GitHub shows this token no team {self.name}: correct its name, or give the"
                " token the permissions that docs/providers/github.md names."
            )

    def membership(self, account: str) -> str:
        """Return the path of the account's membership."""
        return self._path("memberships", account)

    def _path(self, *parts: str) -> str:
        quoted = (quote(part, safe="") for part in (self.org, "teams", self.slug, *parts))
        return "/orgs/" + "/".join(quoted)


def _implied(role: str) -> tuple[str, ...]:
    return (_MAINTAINER, _MEMBER) if role == _MAINTAINER else (_MEMBER,)
