"""A local server that behaves like GitHub's audit log API."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.github import GitHub
from servers import ApiServer

TOKEN = "ghp_canary-token-4711"
NOW = datetime.now(UTC)
Record = dict[str, Any]
_SPAN = re.compile(r"created:(\S+?)\.\.(\S+)")


@dataclass
class GitHubServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    events: list[Record] = field(default_factory=list)
    largest_page: int = 100

    def connector(self, token: str = TOKEN, **options: Any) -> Connector:
        """Return the connector that asks this organisation."""
        owner = {} if "enterprise" in options else {"organisation": "example"}
        return GitHub(url=self.url, token=token, **owner, **options)

    def fill(self, pages: int) -> None:
        """Let the log have so many pages."""
        self.events = [event(number) for number in range(pages * self.largest_page)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold, in order."""
        return [it["_document_id"] for page in pages for it in json.loads(page.body)]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often."""
        headers = {"Retry-After": str(seconds), "X-RateLimit-Remaining": "0"}
        return problem(403, "You have exceeded a secondary rate limit", **headers)

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "Bad credentials")
        if request.path not in ("/orgs/example/audit-log", "/enterprises/example/audit-log"):
            return problem(404, "Not Found")
        return self._page(request)

    def _page(self, request: Request) -> Response:
        """Newest first unless asked otherwise, by opaque cursors, of whole seconds."""
        span = _SPAN.search(request.args.get("phrase", ""))
        since, until = (
            (datetime.fromisoformat(it).timestamp() * 1000 for it in span.groups())
            if span
            else ((NOW - timedelta(days=90)).timestamp() * 1000, NOW.timestamp() * 1000)
        )
        found = [it for it in self.events if since <= it["@timestamp"] <= until + 999]
        found.sort(key=lambda it: it["@timestamp"], reverse=request.args.get("order") != "asc")
        limit = min(int(request.args.get("per_page", 30)), self.largest_page)
        start = int(request.args.get("after", "MS4w").removeprefix("c").replace("MS4w", "0"))
        end = start + limit
        if end >= len(found):
            return answer(found[start:end])
        kept = "&".join(f"{k}={v}" for k, v in request.args.items() if k != "after")
        return answer(
            found[start:end],
            Link=f'<{self.url}{request.path}?{kept}&after=c{end}&before=>; rel="next"',
        )


def serve(server: HTTPServer) -> GitHubServer:
    """Serve an organisation without any events."""
    return GitHubServer(server)


def event(number: int, **told: Any) -> Record:
    """Return an event of the log, some seconds after the one before it."""
    moment = NOW - timedelta(hours=20) + timedelta(seconds=number)
    return {
        "_document_id": f"d-{number:06}",
        "@timestamp": int(moment.timestamp() * 1000),
        "created_at": int(moment.timestamp() * 1000),
        "action": "repo.access",
        "actor": "ada",
        "org": "example",
        "repo": "example/payments",
        **told,
    }


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), 200, headers, content_type="application/json")


def problem(status: int, message: str, **headers: str) -> Response:
    """Return an error as the vendor words it."""
    body = json.dumps({"message": message})
    return Response(body, status, headers, content_type="application/json")
