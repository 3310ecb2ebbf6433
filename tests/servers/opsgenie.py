"""A local server that behaves like Opsgenie's API, or like that of Jira Service Management."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.opsgenie import Opsgenie
from servers import ApiServer

TOKEN = "canary-token-4711"
CLOUD = "11aa22bb-cloud"
# base64 of audit@example.com:canary-token-4711
_BASIC = "Basic YXVkaXRAZXhhbXBsZS5jb206Y2FuYXJ5LXRva2VuLTQ3MTE="
_REACH = 20_000
Record = dict[str, Any]


@dataclass
class OpsgenieServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    alerts: list[Record] = field(default_factory=list)
    incidents: list[Record] = field(default_factory=list)
    services: list[Record] = field(default_factory=list)
    schedules: list[Record] = field(default_factory=list)
    periods: dict[str, dict[str, list[Record]]] = field(default_factory=dict)
    escalations: list[Record] = field(default_factory=list)
    # How much of a timeline is still kept.
    kept_since: str = ""

    def connector(self, token: str = TOKEN, **options: Any) -> Connector:
        """Return the connector that asks this account."""
        return Opsgenie(url=self.url, token=token, **options)

    def jira(self, **options: Any) -> Connector:
        """Return the connector that asks this account as one of Jira."""
        return self.connector(cloud_id=CLOUD, user="audit@example.com", **options)

    def fill(self, pages: int) -> None:
        """Let the list of alerts have so many pages."""
        moment = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
        self.alerts = [alert(f"a-{n:06}", createdAt=moment) for n in range(100 * pages)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold of that list, in order."""
        bodies = [json.loads(page.body) for page in pages if page.table == "incidents"]
        return [it["id"] for body in bodies for it in body["data"]]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often."""
        said = {"X-RateLimit-State": "THROTTLED", "X-RateLimit-Period-In-Sec": str(seconds)}
        return problem(429, "You are making too many requests!", **said)

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        site = f"/jsm/ops/api/{CLOUD}/v1/"
        is_jira = request.path.startswith(site)
        if request.headers.get("Authorization") != (_BASIC if is_jira else f"GenieKey {TOKEN}"):
            return problem(401, "Could not authenticate")
        path = request.path.removeprefix(site) if is_jira else request.path.lstrip("/")
        return self._route(request, path.split("/"), "v1" if is_jira else "")

    def _route(self, request: Request, parts: list[str], jira: str) -> Response:  # noqa: PLR0911
        match [jira, *parts] if jira else ["", *parts]:
            case ["", "v2", "alerts"] | ["v1", "alerts"]:
                return self._page(request, _created(request, self.alerts), jira)
            case ["", "v1", "incidents"]:
                return self._page(request, _created(request, self.incidents), jira)
            case ["", "v1", "services"]:
                return self._page(request, self.services, jira)
            case ["", "v2", "schedules"]:
                return answer({"data": self.schedules, "took": 0.1})
            case ["v1", "schedules"]:
                return self._page(request, self.schedules, jira)
            case ["", "v2", "schedules", identifier, "timeline"]:
                return answer({"data": self._timeline(request, identifier), "took": 0.1})
            case ["v1", "schedules", identifier, "timeline"]:
                return answer(self._timeline(request, identifier))
            case ["", "v2", "escalations"]:
                return answer({"data": self.escalations})
            case ["v1", "teams", _, "escalations"]:
                return self._page(request, self.escalations, jira)
        return problem(404, "Not found")

    def _timeline(self, request: Request, identifier: str) -> Record:
        start = datetime.fromisoformat(request.args["date"])
        end = start + timedelta(days=int(request.args["interval"]))
        assert request.args["intervalUnit"] == "days"
        laid = self.periods.get(identifier, {})
        told = {
            f"{kind}Timeline": {"rotations": [{"id": "r1", "periods": laid.get(kind, [])}]}
            for kind in ("final", "base", "override", "forwarding")
        }
        since = max(start.isoformat(), self.kept_since)
        return {"startDate": since, "endDate": end.isoformat(), **told}

    def _page(self, request: Request, records: list[Record], jira: str) -> Response:
        key, size = ("values", "size") if jira else ("data", "limit")
        limit = min(int(request.args.get(size, 20)), 100)
        offset = int(request.args.get("offset", 0))
        if offset + limit > _REACH:
            return problem(422, "Sum of offset and limit should be at most 20000")
        following = f"{self.url}{request.path}?offset={offset + limit}"
        paging = {"next": following} if offset + limit < len(records) else {}
        found = records[offset : offset + limit]
        return answer({key: found, ("links" if jira else "paging"): paging})


def serve(server: HTTPServer) -> OpsgenieServer:
    """Serve an account with two schedules, an alert and an incident."""
    return OpsgenieServer(
        server,
        alerts=[alert("a-1", report={"ackTime": 60_000, "acknowledgedBy": "ada@example.com"})],
        schedules=[
            {"id": "s-1", "name": "Payments primary", "teamId": "t-1", "enabled": True},
            {"id": "s-2", "name": "Payments secondary", "teamId": "t-1", "enabled": True},
        ],
        periods={"s-1": {"final": [period("ada@example.com", 2, 3)]}},
        escalations=[escalation("e-1", ("s-1", 0), ("s-2", 10))],
    )


def period(name: str, first_day: int, last_day: int, **told: Any) -> Record:
    """Return a period from one day of March to another, as a timeline holds it."""
    return {
        "startDate": f"2026-03-{first_day:02}T08:00:00+01:00",
        "endDate": f"2026-03-{last_day:02}T08:00:00+01:00",
        "type": "historical",
        "recipient": {"id": f"u-{name[:3]}", "name": name, "type": "user"},
        **told,
    }


def escalation(identifier: str, *rules: tuple[str, int]) -> Record:
    """Return an escalation that calls schedules after so many minutes."""
    return {
        "id": identifier,
        "name": "Payments",
        "rules": [
            {
                "condition": "if-not-acked",
                "notifyType": "default",
                "delay": {"timeAmount": minutes, "timeUnit": "minutes"},
                "recipient": {"type": "schedule", "id": schedule},
            }
            for schedule, minutes in rules
        ],
    }


def alert(identifier: str, **told: Any) -> Record:
    """Return an alert as the list of alerts holds it."""
    return {
        "id": identifier,
        "message": "Checkout is slow",
        "status": "open",
        "tags": ["service:payments"],
        "priority": "P1",
        "owner": "",
        "integration": {"id": "i-1", "name": "Prometheus", "type": "API"},
        "createdAt": "2026-03-02T09:00:00Z",
        "updatedAt": "2026-03-02T10:00:00Z",
        **told,
    }


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), 200, headers, content_type="application/json")


def problem(status: int, message: str, **headers: str) -> Response:
    """Return an error as the vendor words it."""
    body = json.dumps({"message": message, "took": 0.0, "requestId": "r-1"})
    return Response(body, status, headers, content_type="application/json")


def _created(request: Request, records: list[Record]) -> list[Record]:
    """Return those that were created in the span of the query."""
    found = re.fullmatch(r"createdAt >= (\d+) AND createdAt < (\d+)", request.args["query"])
    assert found
    since, until = (int(it) / 1000 for it in found.groups())
    assert (request.args["sort"], request.args["order"]) == ("createdAt", "asc")
    return [it for it in records if since <= _seconds(it["createdAt"]) < until]


@cache
def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
