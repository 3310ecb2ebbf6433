"""A local server that behaves like LinkedIn's oncall, as far as the connector asks it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector
from oncall_audit.connectors.linkedin_oncall import LinkedInOncall
from servers import ApiServer

APPLICATION = "auditor"
KEY = "canary-key-4711"
Record = dict[str, Any]


@dataclass
class OncallServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    teams: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    events: list[Record] = field(default_factory=list)
    changes: list[Record] = field(default_factory=list)

    def connector(self, key: str | None = KEY, **options: Any) -> Connector:
        """Return the connector that asks this server."""
        url = self.url
        signed = {} if key is None else {"application": APPLICATION, "api_key": key}
        return LinkedInOncall(url=url, **signed, **options)

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if not _is_signed(request):
            return answer({"title": "Authentication failure", "description": "Wrong digest"}, 401)
        match request.path.removeprefix("/api/v0/"):
            case "teams":
                is_active = request.args.get("active", "1") == "1"
                return answer(self.teams if is_active else self.deleted)
            case "events":
                return answer([it for it in self.events if _is_asked_for(it, request.args)])
            case "audit":
                span = [int(request.args[it]) for it in ("start", "end")]
                found = [it for it in self.changes if span[0] <= it["timestamp"] <= span[1]]
                return answer(found)
        return answer({"title": "Not Found"}, 404)


def serve(server: HTTPServer) -> OncallServer:
    """Serve two teams, one of them without anybody on call."""
    return OncallServer(
        server,
        teams=["search & find", "payments"],
        events=[event(1, "ada", 1772438400, 1772524800), event(2, "ben", 1772524800, 1772611200)],
    )


def event(identifier: int, user: str, start: int, end: int, **told: Any) -> Record:
    """Return an event as the list of events holds it; times are seconds since 1970."""
    return {
        "id": identifier,
        "start": start,
        "end": end,
        "team": "payments",
        "role": "primary",
        "user": user,
        "full_name": user.title(),
        "schedule_id": 1,
        "link_id": None,
        "note": None,
        **told,
    }


def answer(document: object, status: int = 200) -> Response:
    """Return JSON as the server sends it."""
    return Response(json.dumps(document), status, content_type="application/json")


def _is_asked_for(record: Record, args: Any) -> bool:
    assert set(args) == {"team", "end__gt", "start__lt"}
    is_within = record["end"] > int(args["end__gt"]) and record["start"] < int(args["start__lt"])
    return is_within and record["team"] == args["team"]


def _is_signed(request: Request) -> bool:
    query = request.environ["QUERY_STRING"]
    path = f"{request.path}?{query}" if query else request.path
    now = int(time.time()) // 5
    return request.headers.get("Authorization") in {
        f"hmac {APPLICATION}:{_digest(f'{span} {request.method} {path} ')}"
        for span in (now, now - 1)
    }


def _digest(text: str) -> str:
    made = hmac.new(KEY.encode(), text.encode(), hashlib.sha512).digest()
    return base64.urlsafe_b64encode(made).decode()
