"""A local server that behaves like Okta's API: its log, users, groups and roles."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Kind, Page
from oncall_audit.connectors.okta import Okta
from servers import ApiServer

TOKEN = "00canary-token-4711"
NOW = datetime.now(UTC)
Record = dict[str, Any]


@dataclass
class OktaServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    events: list[Record] = field(default_factory=list)
    users: list[Record] = field(default_factory=list)
    groups: dict[str, list[str]] = field(default_factory=dict)
    roles: dict[str, list[Record]] = field(default_factory=dict)
    largest_page: int = 100

    def connector(self, token: str = TOKEN, kind: Kind = "logs", **options: Any) -> Connector:
        """Return the connector that asks this organisation."""
        return Okta(url=self.url, token=token, kind=kind, **options)

    def fill(self, pages: int) -> None:
        """Let the log have so many pages."""
        self.events = [event(number) for number in range(pages * self.largest_page)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold of the log, in order."""
        return [it["uuid"] for page in pages for it in json.loads(page.body)]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often: until when, since 1970."""
        until = int(datetime.now(UTC).timestamp()) + seconds
        return problem(429, "E0000047", **{"X-Rate-Limit-Reset": str(until)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"SSWS {TOKEN}":
            return problem(401, "E0000011")
        return self._route(request, request.path.removeprefix("/api/v1/").split("/"))

    def _route(self, request: Request, parts: list[str]) -> Response:  # noqa: PLR0911
        match parts:
            case ["logs"]:
                return self._log(request)
            case ["users"]:
                is_gone = "DEPROVISIONED" in request.args.get("filter", "")
                found = [it for it in self.users if (it["status"] == "DEPROVISIONED") == is_gone]
                return self._page(request, found)
            case ["users", identifier]:
                return answer(next(it for it in self.users if it["id"] == identifier))
            case ["users", identifier, "roles"]:
                return answer(self.roles.get(identifier, []))
            case ["groups"]:
                named = [{"id": it, "profile": {"name": it.title()}} for it in self.groups]
                return self._page(request, named)
            case ["groups", identifier, "users"]:
                members = [it for it in self.users if it["id"] in self.groups[identifier]]
                return self._page(request, members)
            case ["iam", "assignees", "users"]:
                return self._assignees(request)
        return problem(404, "E0000007")

    def _log(self, request: Request) -> Response:
        """Ascending; without `until` by when events were stored, and then there is always more."""
        week = (NOW - timedelta(days=7)).isoformat(timespec="milliseconds")
        since, until = request.args.get("since", week), request.args.get("until")
        if datetime.fromisoformat(since) < NOW - timedelta(days=180):
            return problem(400, "E0000001")
        by = "published" if until else "stored"
        found = [
            it
            for it in sorted(self.events, key=lambda it: it[by])
            if since <= it[by] and (until is None or it["published"] < until)
        ]
        shown = [{k: v for k, v in it.items() if k != "stored"} for it in found]
        return self._page(request, shown, is_endless=until is None)

    def _page(
        self, request: Request, records: list[Record], *, is_endless: bool = False
    ) -> Response:
        limit = min(int(request.args.get("limit", 100)), self.largest_page)
        start = int(request.args.get("after", 0))
        end = min(start + limit, len(records))
        if end >= len(records) and not is_endless:
            return answer(records[start:end])
        kept = "&".join(f"{k}={v}" for k, v in request.args.items() if k != "after")
        following = f"{self.url}{request.path}?{kept}&after={end}"
        link = f'<{self.url}{request.path}>; rel="self", <{following}>; rel="next"'
        return answer(records[start:end], Link=link)

    def _assignees(self, request: Request) -> Response:
        start = int(request.args.get("after", 0))
        found = sorted(self.roles)
        links = {}
        if start + 1 < len(found):
            after = f"http://your-subdomain.okta.com/api/v1/iam/assignees/users?after={start + 1}"
            links = {"next": {"href": after}}
        value = [{"id": it} for it in found[start : start + 1]]
        return answer({"value": value, "_links": links})


def serve(server: HTTPServer) -> OktaServer:
    """Serve an organisation without any events."""
    return OktaServer(
        server,
        users=[
            user("00uada", "ada@example.com", "ACTIVE"),
            user("00uben", "ben@example.com", "SUSPENDED"),
            user("00ucle", "cleo@example.com", "DEPROVISIONED"),
        ],
        groups={"oncall": ["00uada", "00uben"], "nobody": []},
        roles={
            "00uada": [role("SUPER_ADMIN", "USER"), role("CUSTOM", "GROUP", label="Helpdesk")],
            "00uben": [role("APP_ADMIN", "USER")],
        },
    )


def event(number: int, **told: Any) -> Record:
    """Return an event of the log, some seconds after the one before it."""
    published = stamp(NOW - timedelta(hours=20) + timedelta(seconds=number))
    return {
        "uuid": f"e-{number:06}",
        "published": published,
        # When Okta stored it, which it tells nobody.
        "stored": told.get("published", published),
        "eventType": "user.session.start",
        "actor": {"id": "00uada", "type": "User", "alternateId": "ada@example.com"},
        "outcome": {"result": "SUCCESS"},
        "client": {"ipAddress": "192.0.2.7"},
        "authenticationContext": {"externalSessionId": f"s-{number}"},
        **told,
    }


def stamp(moment: datetime) -> str:
    """Return a time as the vendor writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def user(identifier: str, login: str, status: str) -> Record:
    """Return a user as the list of users holds them."""
    name = login.partition("@")[0].title()
    return {
        "id": identifier,
        "status": status,
        "created": "2025-01-01T09:00:00.000Z",
        "activated": "2025-01-02T09:00:00.000Z",
        "statusChanged": "2026-02-27T17:00:00.000Z",
        "lastLogin": None,
        "profile": {
            "login": login, "email": login, "firstName": name, "lastName": "Abel",
            "department": "Payments", "timezone": "Europe/Berlin", "unixName": name.lower(),
        },
    }  # fmt: skip


def role(kind: str, assignment: str, label: str = "A role") -> Record:
    """Return a role as the list of a user's roles holds it."""
    return {
        "id": f"ra-{kind}",
        "type": kind,
        "label": label,
        "status": "ACTIVE",
        "created": "2025-06-01T09:00:00.000Z",
        "assignmentType": assignment,
    }


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), 200, headers, content_type="application/json")


def problem(status: int, code: str, **headers: str) -> Response:
    """Return an error as the vendor words it."""
    body = json.dumps({"errorCode": code, "errorSummary": "Not possible"})
    return Response(body, status, headers, content_type="application/json")
