"""A local server that speaks SCIM 2.0 as RFC 7643 and RFC 7644 have it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.scim import Scim
from servers import ApiServer

TOKEN = "scim-canary-token-4711"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
_ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
Record = dict[str, Any]


@dataclass
class ScimServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    users: list[Record] = field(default_factory=list)
    groups: list[Record] | None = field(default_factory=list)
    # It may give fewer than were asked for (RFC 7644, 3.4.2.4).
    largest_page: int = 200
    # What becomes of an answer before it is sent: a server may err, or change meanwhile.
    amended: Callable[[Record, int], Record] = lambda document, _start: document

    def connector(self, token: str = TOKEN, **options: Any) -> Connector:
        """Return the connector that asks this directory."""
        return Scim(url=f"{self.url}/scim/v2", token=token, **options)

    def fill(self, pages: int) -> None:
        """Let the list of users have so many pages."""
        self.users = [user(f"u-{n:06}", f"ada{n}@example.com") for n in range(100 * pages)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold of that list, in order."""
        bodies = [json.loads(page.body) for page in pages if page.table == "users"]
        return [it["id"] for body in bodies for it in body.get("Resources", [])]

    def limited(self, seconds: int) -> Response:
        """Answer as a server does when it is asked too often (RFC 6585)."""
        return problem(429, "Too many requests", **{"Retry-After": str(seconds)})

    def serve(self, request: Request) -> Response:
        """Answer as the specification has it."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "Authorization failure", **{"WWW-Authenticate": "Bearer"})
        if "application/scim+json" not in request.headers.get("Accept", ""):
            return problem(406, "Only application/scim+json is spoken")
        match request.path.removeprefix("/scim/v2/"):
            case "Users":
                return self._list(request, self.users)
            case "Groups" if self.groups is None:
                return problem(501, "Groups are not supported")
            case "Groups":
                return self._list(request, self.groups or [])
        return problem(404, "Resource not found")

    def _list(self, request: Request, records: list[Record]) -> Response:
        """By index from 1; a value below that counts as 1, and a negative count as 0."""
        start = max(1, int(request.args.get("startIndex", 1)))
        count = min(max(0, int(request.args.get("count", 100))), self.largest_page)
        found = records[start - 1 : start - 1 + count]
        document: Record = {"schemas": [_LIST], "totalResults": len(records)}
        if found:
            document |= {"startIndex": start, "itemsPerPage": len(found), "Resources": found}
        return answer(self.amended(document, start))


def serve(server: HTTPServer) -> ScimServer:
    """Serve three people, one of whom is no longer active, and the groups that they are in."""
    return ScimServer(
        server,
        users=[
            user("u-1", "ada@example.com"),
            user("u-2", "ben@example.com", active=False),
            user("u-3", "cleo@example.com"),
        ],
        groups=[
            group("g-1", "Team Payments", "u-1", "g-3"),
            group("g-2", "Everybody", "u-1", "u-2", "u-3"),
            group("g-3", "Payments on call", "u-3"),
            group("g-4", "Team of nobody"),
        ],
    )


def user(identifier: str, name: str, **told: Any) -> Record:
    """Return a user as the directory holds them."""
    given = name.partition("@")[0].title()
    return {
        "schemas": [CORE, ENTERPRISE],
        "id": identifier,
        "userName": name,
        "displayName": f"{given} Abel",
        "title": "Engineer",
        "timezone": "Europe/Berlin",
        "emails": [{"value": name, "type": "work", "primary": True}],
        "active": True,
        "meta": {
            "resourceType": "User",
            "created": "2025-01-02T09:00:00Z",
            "lastModified": "2026-02-27T17:00:00Z",
        },
        ENTERPRISE: {
            "employeeNumber": identifier.removeprefix("u-"),
            "department": "Payments",
            "manager": {"value": "u-3", "displayName": "Cleo Abel"},
        },
        **told,
    }


def group(identifier: str, name: str, *members: str) -> Record:
    """Return a group as the directory holds it, of users and of groups."""
    kinds = {it: "Group" if it.startswith("g-") else "User" for it in members}
    found = [{"value": it, "type": kind} for it, kind in kinds.items()]
    return {"id": identifier, "displayName": name, **({"members": found} if found else {})}


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the specification names it."""
    return Response(json.dumps(document), 200, headers, content_type="application/scim+json")


def problem(status: int, detail: str, **headers: str) -> Response:
    """Return an error as RFC 7644 (3.12) words it."""
    body = json.dumps({"schemas": [_ERROR], "status": str(status), "detail": detail})
    return Response(body, status, headers, content_type="application/scim+json")
