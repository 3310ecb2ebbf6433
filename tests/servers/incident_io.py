"""A local server that behaves like incident.io's API, as far as the connector asks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.incident_io import IncidentIo
from servers import ApiServer

TOKEN = "inc_canary-token-4711"
Record = dict[str, Any]


@dataclass
class IncidentIoServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    incidents: list[Record] = field(default_factory=list)
    schedules: list[Record] = field(default_factory=list)
    entries: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    escalation_paths: list[Record] = field(default_factory=list)
    # How long a span one answer of entries tells of; the rest comes by further ones.
    longest: timedelta = timedelta(days=14)

    def connector(self, token: str = TOKEN, **options: Any) -> Connector:
        """Return the connector that asks this organisation."""
        return IncidentIo(url=self.url, token=token, **options)

    def fill(self, pages: int) -> None:
        """Let the list of incidents have so many pages."""
        moment = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
        self.incidents = [incident(f"I{n:06}", created_at=moment) for n in range(100 * pages)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold of that list, in order."""
        bodies = [json.loads(page.body) for page in pages if page.table == "incidents"]
        return [it["id"] for body in bodies for it in body["incidents"]]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often: until when, as a date."""
        until = datetime.now(UTC) + timedelta(seconds=seconds)
        return problem(429, "rate_limited", **{"Retry-After": format_datetime(until, usegmt=True)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "authentication_error")
        match request.path.strip("/").split("/"):
            case ["v2", "incidents"]:
                since = request.args["created_at[gte]"]
                found = [it for it in self.incidents if it["created_at"] >= since]
                return self._page(request, "incidents", found)
            case ["v2", "schedules" | "escalation_paths" as key]:
                return self._page(request, key, getattr(self, key))
            case ["v2", "schedule_entries"]:
                return self._entries(request)
        return problem(404, "not_found")

    def _entries(self, request: Request) -> Response:
        """What overlaps the span, uncut; a long one in several answers."""
        identifier, until = (request.args[it] for it in ("schedule_id", "entry_window_end"))
        start = datetime.fromisoformat(
            request.args.get("after", request.args["entry_window_start"])
        )
        last = datetime.fromisoformat(until)
        end = min(start + self.longest, last)
        told = self.entries.get(identifier, {})
        found = {
            kind: [it for it in told.get(kind, []) if _overlaps(it, start, end)]
            for kind in ("final", "overrides", "scheduled")
        }
        meta: Record = {}
        if end < last:
            kept = f"schedule_id={identifier}&entry_window_start={_stamp(start)}"
            further = f"{kept}&entry_window_end={until}&after={_stamp(end)}"
            address = f"https://api.incident.io/v2/schedule_entries?{further}"
            meta = {"after": _stamp(end), "after_url": address}
        return answer({"schedule_entries": found, "pagination_meta": meta})

    def _page(self, request: Request, key: str, records: list[Record]) -> Response:
        size = min(int(request.args.get("page_size", 25)), 250)
        identifiers = [it["id"] for it in records]
        after = request.args.get("after")
        start = identifiers.index(after) + 1 if after else 0
        found = records[start : start + size]
        meta: Record = {"page_size": size, "total_record_count": len(records)}
        if start + size < len(records):
            meta["after"] = found[-1]["id"]
        return answer({key: found, "pagination_meta": meta})


def serve(server: HTTPServer) -> IncidentIoServer:
    """Serve two schedules, one of them without anybody, and an incident."""
    return IncidentIoServer(
        server,
        incidents=[incident("I1")],
        schedules=[{"id": "S1", "name": "Payments"}, {"id": "S2", "name": "Search"}],
        entries={"S1": {"final": [entry("ada", 2, 3)], "scheduled": [entry("ben", 2, 3)]}},
        escalation_paths=[{"id": "P1", "name": "Payments", "path": [level("S1"), level("S2")]}],
    )


def entry(name: str, first_day: int, last_day: int, **told: Any) -> Record:
    """Return an entry from one day of March to another."""
    return {
        "entry_id": f"E-{name}-{first_day}",
        "fingerprint": f"f-{name}-{first_day}",
        "rotation_id": "R1",
        "layer_id": "L1",
        "start_at": f"2026-03-{first_day:02}T08:00:00Z",
        "end_at": f"2026-03-{last_day:02}T08:00:00Z",
        "user": {"id": f"U-{name}", "email": f"{name}@example.com", "name": name.title()},
        **told,
    }


def level(*schedules: str) -> Record:
    """Return a node of an escalation path that calls schedules."""
    targets = [{"type": "schedule", "id": it, "urgency": "high"} for it in schedules]
    return {"id": "N", "type": "level", "level": {"targets": targets, "time_to_ack_seconds": 300}}


def incident(identifier: str, **told: Any) -> Record:
    """Return an incident as the list of incidents holds it."""
    return {
        "id": identifier,
        "reference": f"INC-{identifier}",
        "name": "Checkout is slow",
        "mode": "standard",
        "severity": {"id": "V1", "name": "Major", "rank": 2},
        "incident_status": {"id": "T1", "name": "Investigating", "category": "live"},
        "created_at": "2026-03-02T09:00:00Z",
        "updated_at": "2026-03-02T12:00:00Z",
        **told,
    }


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), 200, headers, content_type="application/json")


def problem(status: int, kind: str, **headers: str) -> Response:
    """Return an error as the vendor words it."""
    body = json.dumps({"type": kind, "status": status, "errors": [{"code": kind, "message": kind}]})
    return Response(body, status, headers, content_type="application/json")


def _overlaps(record: Record, start: datetime, end: datetime) -> bool:
    began, ended = (datetime.fromisoformat(record[it]) for it in ("start_at", "end_at"))
    return began < end and ended > start


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
