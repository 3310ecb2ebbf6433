"""A local server that behaves like hoop's API: sessions, audit log, reviews and access."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Kind, Page
from oncall_audit.connectors.hoop import Hoop
from servers import ApiServer

TOKEN = "hpk_canary-token-4711"
NOW = datetime.now(UTC)
Record = dict[str, Any]


@dataclass
class HoopServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    sessions: list[Record] = field(default_factory=list)
    changes: list[Record] = field(default_factory=list)
    reviews: list[Record] = field(default_factory=list)
    users: list[Record] = field(default_factory=list)
    # The groups of each connection; None where access control is not enabled.
    access: dict[str, list[str] | None] | None = field(default_factory=dict)
    furthest: int = 10_000

    def connector(self, token: str = TOKEN, kind: Kind = "logs", **options: Any) -> Connector:
        """Return the connector that asks this gateway."""
        return Hoop(url=self.server.url_for("/api"), token=token, kind=kind, **options)

    def fill(self, pages: int) -> None:
        """Let there be so many pages of sessions; the lower its number, the later one began."""
        self.sessions = [session(number) for number in range(pages * 100)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return the sessions that the pages hold, in order."""
        mine = (page for page in pages if page.table == "sessions")
        return [it["id"] for page in mine for it in json.loads(page.body)["data"]]

    def limited(self, seconds: int) -> Response:
        """Answer as what stands before a gateway does when it is asked too often."""
        return answer({"message": "too many requests"}, 429, **{"Retry-After": str(seconds)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return answer({"message": "access denied"}, 401)
        served = {
            "/sessions": self._sessions,
            "/audit/logs": self._changes,
            "/reviews": lambda _: answer(self.reviews),
            "/users": lambda _: answer(self.users),
            "/plugins/access_control": lambda _: self._access_control(),
        }
        answering = served.get(request.path.removeprefix("/api"))
        return answering(request) if answering else answer({"message": "not found"}, 404)

    def _access_control(self) -> Response:
        if self.access is None:
            return answer({"message": "plugin not found"}, 404)
        connections = [
            {"id": f"k-{name}", "name": name, "config": groups}
            for name, groups in self.access.items()
        ]
        return answer({"name": "access_control", "connections": connections, "priority": 0})

    def _sessions(self, request: Request) -> Response:
        """Newest first, by when they began, with both ends; refuses to page far."""
        asked = request.args
        limit, offset = min(int(asked.get("limit", 20)), 100), int(asked.get("offset", 0))
        if offset > self.furthest:
            return answer({"message": "offset must be at most 10000"}, 422)
        since, until = asked.get("start_date", ""), asked.get("end_date", "9999")
        found = [it for it in self.sessions if since <= it["start_date"] <= until]
        found.sort(key=lambda it: it["start_date"], reverse=True)
        return answer(
            {
                "data": found[offset : offset + limit],
                "total": len(found) if asked.get("count") == "exact" else 0,
                "total_is_capped": False,
                "has_next_page": offset + limit < len(found),
            }
        )

    def _changes(self, request: Request) -> Response:
        asked = request.args
        size, page = min(int(asked.get("page_size", 50)), 100), int(asked.get("page", 1))
        since, until = asked.get("created_after", ""), asked.get("created_before", "9999")
        found = [it for it in self.changes if since <= it["created_at"] <= until]
        shown = found[(page - 1) * size : page * size]
        return answer({"data": shown, "pages": {"page": page, "size": size, "total": len(found)}})


def serve(server: HTTPServer) -> HoopServer:
    """Serve a gateway that nobody uses yet."""
    return HoopServer(server)


def session(number: int, **told: Any) -> Record:
    """Return a session that has ended, which began some seconds before that of the next number."""
    began = NOW - timedelta(hours=2, seconds=number)
    return {
        "id": f"s-{number:06}",
        "org_id": "o-1",
        "user": "ada@example.com",
        "user_name": "Ada Abel",
        "identity_type": "user",
        "type": "database",
        "connection": "payments-db",
        "connection_tags": {},
        "verb": "connect",
        "status": "done",
        "start_date": stamp(began),
        "end_date": stamp(began + timedelta(minutes=20)),
        "exit_code": 0,
        "script": {"data": ""},
        "guardrails_info": None,
        "review": None,
        **told,
    }


def change(number: int, **told: Any) -> Record:
    """Return a change of the gateway."""
    return {
        "id": f"c-{number:06}",
        "actor_email": "ben@example.com",
        "created_at": stamp(NOW - timedelta(hours=2, seconds=number)),
        "resource_type": "connection",
        "action": "update",
        "http_method": "PUT",
        "http_path": "/api/connections/payments-db",
        "http_status": 200,
        "client_ip": "192.0.2.7",
        "outcome": True,
        **told,
    }


def review(identifier: str, status: str, **told: Any) -> Record:
    """Return a review of a span of access, which Ben has decided."""
    return {
        "id": identifier,
        "type": "jit",
        "status": status,
        "session": "s-000001",
        "access_duration": 1_800_000_000_000,
        "created_at": "2026-03-02T10:00:00Z",
        "revoke_at": None,
        "review_owner": {"id": "u-1", "name": "Ada Abel", "email": "ada@example.com"},
        "review_connection": {"id": "k-1", "name": "payments-db"},
        "review_groups_data": [
            {
                "id": "g-1",
                "group": "sre",
                "status": status,
                "reviewed_by": {"id": "u-2", "email": "ben@example.com"},
                "review_date": "2026-03-02T10:05:00Z",
            }
        ],
        **told,
    }


def user(name: str, *groups: str, **told: Any) -> Record:
    """Return a person of the gateway, and their groups."""
    mine = {"id": f"u-{name}", "name": name.title(), "email": f"{name}@example.com"}
    state = {"status": "active", "role": "standard", "slack_id": "", "verified": True}
    return {**mine, **state, "groups": list(groups), **told}


def stamp(moment: datetime) -> str:
    """Return a time as the vendor writes it."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def answer(document: object, status: int = 200, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), status, headers, content_type="application/json")
