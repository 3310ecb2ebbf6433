"""A local server that behaves like PagerDuty's REST API, as far as the connector asks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.connectors.base import Connector, Page
from oncall_audit.connectors.pagerduty import PagerDuty
from servers import ApiServer

TOKEN = "u+canary-token-4711"
_REACH = 10_000

Record = dict[str, Any]


@dataclass
class PagerDutyServer(ApiServer):
    """Keeps what it serves and what it was asked; `trouble` may answer in its place."""

    users: list[Record] = field(default_factory=list)
    schedules: list[Record] = field(default_factory=list)
    shifts: dict[str, list[Record]] = field(default_factory=dict)
    overrides: dict[str, list[Record]] = field(default_factory=dict)
    oncalls: list[Record] = field(default_factory=list)
    incidents: list[Record] = field(default_factory=list)
    log_entries: dict[str, list[Record]] = field(default_factory=dict)
    changes: dict[str, list[Record]] = field(default_factory=dict)
    # The ids of shift-based schedules; an account that has not been given any knows no such thing.
    assignments: dict[str, list[Record]] | None = None
    upgraded: set[str] = field(default_factory=set)
    largest_page: int = 100

    def connector(self, token: str = TOKEN) -> Connector:
        """Return the connector that asks this account."""
        return PagerDuty(url=self.url, token=token)

    def fill(self, pages: int) -> None:
        """Let the account's first list have so many pages."""
        self.users = [_user(f"P{number:05}", "Ada Abel") for number in range(100 * pages)]

    def found(self, pages: list[Page]) -> list[str]:
        """Return what the pages hold of that list, in order."""
        bodies = [json.loads(page.body) for page in pages if page.table == "users"]
        return [user["id"] for body in bodies for user in body["users"]]

    def limited(self, seconds: int) -> Response:
        """Answer as the vendor does when it is asked too often."""
        return problem(429, "Too Many Requests", **{"ratelimit-reset": str(seconds)})

    def serve(self, request: Request) -> Response:
        """Answer as the vendor does."""
        if request.method != "GET":
            return problem(405, "Only reading is allowed")
        if request.headers.get("Authorization") != f"Token token={TOKEN}":
            return problem(401, "Unauthorized")
        if "version=2" not in request.headers.get("Accept", ""):
            return problem(400, "No version")
        return self._route(request, request.path.strip("/").split("/"))

    def _route(self, request: Request, parts: list[str]) -> Response:  # noqa: PLR0911
        match parts:
            case ["users" | "schedules" as key]:
                return self._page(request, key, getattr(self, key))
            case ["oncalls"]:
                return self._page(request, "oncalls", self.oncalls)
            case ["incidents"]:
                found = [each for each in self.incidents if _within(request, each["created_at"])]
                return self._page(request, "incidents", found)
            case ["incidents", identifier, "log_entries"]:
                return self._page(request, "log_entries", self.log_entries.get(identifier, []))
            case ["schedules", identifier, "audit", "records"]:
                return self._audit(request, self.changes.get(identifier, []))
            case ["schedules", identifier, "overrides"]:
                return answer({"overrides": self.overrides.get(identifier, [])})
            case ["schedules", identifier]:
                return self._schedule(identifier)
            case ["v3", *rest] if self.assignments is not None:
                return self._route_v3(request, rest, self.assignments)
        return problem(404, "Not Found")

    def _route_v3(
        self, request: Request, parts: list[str], assignments: dict[str, list[Record]]
    ) -> Response:
        match parts:
            case ["schedules"]:
                if request.args.keys() - {"limit", "offset"}:
                    return problem(400, "Invalid Input Provided")
                return self._page(request, "schedules", [_v3_reference(it) for it in assignments])
            case ["schedules", identifier] if identifier not in assignments:
                return problem(400, "The schedule is not shift-based")
            case ["schedules", identifier]:
                return _schedule_v3(request, identifier, assignments[identifier])
            case ["schedules", identifier, "audit", "records"]:
                return self._audit(request, self.changes.get(identifier, []))
        return problem(404, "Not Found")

    def _schedule(self, identifier: str) -> Response:
        if identifier in self.upgraded:
            return answer({"schedule": {"id": identifier, "type": "schedule_v3"}})
        schedule = next(each for each in self.schedules if each["id"] == identifier)
        rendered = {"rendered_schedule_entries": self.shifts.get(identifier, [])}
        laid_over = {"rendered_schedule_entries": self.overrides.get(identifier, [])}
        whole = {**schedule, "final_schedule": rendered, "overrides_subschedule": laid_over}
        return answer({"schedule": whole})

    def _audit(self, request: Request, records: list[Record]) -> Response:
        """Newest first, by cursors, of thirty-one days at most."""
        since, until = (datetime.fromisoformat(request.args[name]) for name in ("since", "until"))
        if until - since > timedelta(days=31):
            return problem(400, "The range may not exceed 31 days")
        found = sorted(
            (each for each in records if _within(request, each["execution_time"])),
            key=lambda each: str(each["execution_time"]),
            reverse=True,
        )
        start = int(request.args.get("cursor", 0))
        end = start + min(int(request.args.get("limit", 25)), self.largest_page)
        following = str(end) if end < len(found) else None
        return answer({"records": found[start:end], "next_cursor": following, "limit": 100})

    def _page(self, request: Request, key: str, records: list[Record]) -> Response:
        limit = min(int(request.args.get("limit", 25)), self.largest_page)
        offset = int(request.args.get("offset", 0))
        if offset + limit > _REACH:
            return problem(400, "Offset must be less than 10,000")
        paging = {"limit": limit, "offset": offset, "more": offset + limit < len(records)}
        return answer({key: records[offset : offset + limit], **paging, "total": None})


def answer(document: object, **headers: str) -> Response:
    """Return JSON as the vendor sends it."""
    return Response(json.dumps(document), 200, headers, content_type="application/json")


def problem(status: int, message: str, **headers: str) -> Response:
    """Return an error as the vendor words it."""
    body = json.dumps({"error": {"message": message, "code": 2020}})
    return Response(body, status, headers, content_type="application/json")


def _v3_reference(identifier: str) -> Record:
    return {"id": identifier, "type": "schedule_v3_reference", "summary": identifier.title()}


def _schedule_v3(request: Request, identifier: str, assignments: list[Record]) -> Response:
    """What begins or ends beyond the span is cut, and without being asked nothing is computed."""
    schedule: Record = {"id": identifier, "type": "schedule_v3", "name": f"Shifts of {identifier}"}
    if request.args.getlist("include[]") == ["final_schedule"]:
        since, until = (datetime.fromisoformat(request.args[it]) for it in ("since", "until"))
        found = [_cut(it, since, until) for it in assignments]
        schedule["final_schedule"] = {
            "type": "final_schedule",
            "rendered_coverage_percentage": 100,
            "computed_shift_assignments": [it for it in found if it["start_time"] < it["end_time"]],
        }
    return answer({"schedule": schedule})


def _cut(shift: Record, since: datetime, until: datetime) -> Record:
    start, end = (datetime.fromisoformat(shift[it]) for it in ("start_time", "end_time"))
    written = (max(start, since), min(end, until))
    start_time, end_time = (it.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for it in written)
    return {**shift, "start_time": start_time, "end_time": end_time}


def _within(request: Request, moment: str) -> bool:
    # All are in UTC and written alike, so that their texts compare as their times do.
    return request.args["since"] <= moment < request.args["until"]


def serve(server: HTTPServer) -> PagerDutyServer:
    """Serve an account with two schedules and three incidents."""
    return PagerDutyServer(
        server,
        users=[_user("PADA", "Ada Abel"), _user("PBEN", "Ben Bach"), _user("PCLE", "Cleo Curt")],
        schedules=[{"id": "PPRI", "name": "Payments primary"}, {"id": "PSEC", "name": "Search"}],
        shifts={"PPRI": [shift("PADA", 2, 3), shift("PBEN", 3, 4)], "PSEC": [shift("PCLE", 2, 9)]},
        overrides={"PPRI": [{"id": "Q1", **shift("PBEN", 3, 4)}]},
        oncalls=[oncall("PADA", "PPRI"), oncall("PCLE", None)],
        incidents=[
            _incident("Q1INC", "2026-02-20T10:00:00+00:00", "resolved", "2026-02-20T11:00:00Z"),
            _incident("Q2INC", "2026-02-21T10:00:00+00:00", "resolved", "2026-03-02T03:00:00Z"),
            _incident("Q3INC", "2026-03-02T09:00:00+00:00", "acknowledged", "2026-03-02T09:05:00Z"),
        ],
        log_entries={"Q3INC": [_log("acknowledge", "PADA", "2026-03-02T09:05:00Z")]},
    )


def assignment(user: str | None, first_day: int, last_day: int, source: str) -> Record:
    """Return a shift as a shift-based schedule computes it; of nobody for None."""
    start, end = f"2026-03-{first_day:02}T07:00:00Z", f"2026-03-{last_day:02}T07:00:00Z"
    member = {"type": "user_member", "user_id": user} if user else {"type": "empty_member"}
    named = {"type": source, "rotation_id": "R1"}
    kind = "computed_shift_assignment"
    return {"type": kind, "start_time": start, "end_time": end, "member": member, "source": named}


def shift(user: str, first_day: int, last_day: int) -> Record:
    """Return a shift from one day of March to another, as it is rendered."""
    start, end = f"2026-03-{first_day:02}T08:00:00+01:00", f"2026-03-{last_day:02}T08:00:00+01:00"
    return {"start": start, "end": end, "user": _reference(user, "user")}


def _reference(identifier: str, kind: str) -> Record:
    return {"id": identifier, "type": f"{kind}_reference", "summary": identifier.title()}


def _user(identifier: str, name: str) -> Record:
    email = f"{name.partition(' ')[0].lower()}@example.com"
    return {"id": identifier, "name": name, "email": email, "role": "user", "time_zone": "Etc/UTC"}


def oncall(user: str, schedule: str | None, kind: str = "schedule", level: int = 1) -> Record:
    """Return who is on call, by a schedule or directly."""
    return {
        "user": _reference(user, "user"),
        "schedule": schedule and _reference(schedule, kind),
        "escalation_policy": _reference("PPOL", "escalation_policy"),
        "escalation_level": level,
        "start": schedule and "2026-03-02T08:00:00+01:00",
        "end": schedule and "2026-03-03T08:00:00+01:00",
    }


def _incident(identifier: str, created: str, status: str, changed: str) -> Record:
    return {
        "id": identifier,
        "title": "Checkout is slow",
        "status": status,
        "urgency": "high",
        "priority": {"summary": "P1"},
        "service": _reference("PSRV", "service"),
        "created_at": created,
        "last_status_change_at": changed,
        "resolved_at": changed if status == "resolved" else None,
    }


def _log(kind: str, user: str, moment: str) -> Record:
    agent = _reference(user, "user")
    return {"id": "R1", "type": f"{kind}_log_entry", "created_at": moment, "agent": agent}
