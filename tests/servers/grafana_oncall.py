"""A local server that behaves like Grafana OnCall's API, as far as the connector asks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.grafana_oncall import GrafanaOnCall
from servers import ApiServer

TOKEN = "canary-token-4711"
GRAFANA = "https://example.grafana.net"
Record = dict[str, Any]


@dataclass
class GrafanaServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    users: list[Record] = field(default_factory=list)
    schedules: list[Record] = field(default_factory=list)
    shifts: dict[str, list[Record]] = field(default_factory=dict)
    shift_swaps: list[Record] = field(default_factory=list)
    alert_groups: list[Record] = field(default_factory=list)
    integrations: list[Record] = field(default_factory=list)
    escalation_policies: list[Record] = field(default_factory=list)
    # How many shifts an answer holds at most; the real one holds all.
    most_shifts: int = 1_000_000

    def connector(self, token: str = TOKEN, **options: Any) -> Connector:
        """Return the connector that asks this OnCall."""
        return GrafanaOnCall(url=self.url, token=token, **options)

    def fill(self, pages: int) -> None:
        """Let the list of users have so many pages."""
        self.users = [user(f"U{number:06}", "ada") for number in range(100 * pages)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold of that list, in order."""
        bodies = [json.loads(page.body) for page in pages if page.table == "users"]
        return [it["id"] for body in bodies for it in body["results"]]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often."""
        return problem(429, "Request was throttled.", **{"RateLimit-Reset": str(seconds)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        key = request.headers.get("Authorization")
        is_grafana = request.headers.get("X-Grafana-URL") == GRAFANA
        if key != (f"Bearer {TOKEN}" if is_grafana else TOKEN):
            return problem(401, "Invalid token.")
        return self._route(request, request.path.removeprefix("/api/v1/").strip("/").split("/"))

    def _route(self, request: Request, parts: list[str]) -> Response:
        match parts:
            case ["users"]:
                return self._page(request, self.users, 100)
            case ["alert_groups"]:
                latest = sorted(self.alert_groups, key=lambda it: it["created_at"], reverse=True)
                return self._page(request, latest, 25)
            case ["schedules" | "shift_swaps" | "integrations" | "escalation_policies" as key]:
                return self._page(request, getattr(self, key), 50)
            case ["schedules", identifier, "final_shifts"]:
                return self._final_shifts(request, identifier)
        return problem(404, "Not found.")

    def _final_shifts(self, request: Request, identifier: str) -> Response:
        """All at once, and cut at the end of the last day but one second."""
        first, last = (
            datetime.fromisoformat(request.args[name]).replace(tzinfo=UTC)
            for name in ("start_date", "end_date")
        )
        if last - first > timedelta(days=365):
            return problem(400, "The difference must not exceed one year")
        end = last + timedelta(hours=23, minutes=59, seconds=59)
        found = [
            it | {"shift_start": stamp(max(start, first)), "shift_end": stamp(min(until, end))}
            for it in self.shifts.get(identifier, [])
            for start, until in [_span(it)]
            if start < end and until > first
        ]
        told = {"count": len(found), "next": None, "previous": None}
        return answer({**told, "results": found[: self.most_shifts], "page_size": 50})

    def _page(self, request: Request, records: list[Record], size: int) -> Response:
        number = int(request.args.get("page", 1))
        start, end = (number - 1) * size, number * size
        # The engine says its own address, which a proxy may hide.
        following = f"http://engine.internal{request.path}?page={number + 1}"
        told = {"count": len(records), "next": following if end < len(records) else None}
        return answer({**told, "previous": None, "results": records[start:end]})


def serve(server: HTTPServer) -> GrafanaServer:
    """Serve two schedules, one of them without anybody, and two people."""
    return GrafanaServer(
        server,
        users=[user("UADA", "ada"), user("UBEN", "ben")],
        schedules=[
            {"id": "SPRI", "name": "Payments primary", "type": "web"},
            {"id": "SSEC", "name": "Payments secondary", "type": "web"},
        ],
        shifts={"SPRI": [shift("UADA", "ada", "2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z")]},
    )


def user(identifier: str, name: str) -> Record:
    """Return a user as the list of users holds them."""
    return {"id": identifier, "email": f"{name}@example.com", "username": name, "role": "viewer"}


def shift(identifier: str, name: str, start: str, end: str) -> Record:
    """Return a shift as the final shifts hold it."""
    return {
        "user_pk": identifier,
        "user_email": f"{name}@example.com",
        "user_username": name,
        "shift_start": start,
        "shift_end": end,
    }


def group(identifier: str, created: str, **told: Any) -> Record:
    """Return an alert group as the list of them holds it."""
    return {
        "id": identifier,
        "integration_id": "CPAY",
        "state": "new",
        "created_at": created,
        "resolved_at": None,
        "acknowledged_at": None,
        "acknowledged_by": None,
        "resolved_by": None,
        "title": "Checkout is slow",
        **told,
    }


def stamp(moment: datetime) -> str:
    """Return a time as the vendor writes it."""
    return moment.isoformat().replace("+00:00", "Z")


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), 200, headers, content_type="application/json")


def problem(status: int, detail: str, **headers: str) -> Response:
    """Return an error as the vendor words it."""
    body = json.dumps({"detail": detail})
    return Response(body, status, headers, content_type="application/json")


def _span(record: Record) -> tuple[datetime, datetime]:
    start, end = (datetime.fromisoformat(record[it]) for it in ("shift_start", "shift_end"))
    return start, end
