"""Reads a written demo back with nothing of the generator, and judges it by its policy."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from oncall_audit.demo import Answers, write_demo
from oncall_audit.demo.model import World
from oncall_audit.demo.organisation import build

Span = tuple[datetime, datetime]

BEFORE, AFTER, AFTER_INCIDENT = (timedelta(minutes=m) for m in (15, 30, 60))
SLA = timedelta(hours=4)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def taken_at(path: Path) -> datetime:
    return datetime.strptime(path.stem[-18:], "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC)


def documents(folder: Path) -> Iterator[tuple[datetime, Any]]:
    for path in sorted(folder.rglob("*.json"), key=taken_at):
        yield taken_at(path), json.loads(path.read_text(encoding="utf-8"))


def inside(spans: list[Span], at: datetime) -> bool:
    return any(start <= at < end for start, end in spans)


def joined(spans: list[Span]) -> list[Span]:
    whole: list[Span] = []
    for start, end in sorted(spans):
        if whole and start <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((start, end))
    return whole


class Oracle:
    """Who was on call, who answered what, who was granted what: by the files alone."""

    def __init__(self, root: Path) -> None:
        self.exports = root / "exports"
        self.policy = yaml.safe_load((root / "policy.yml").read_text(encoding="utf-8"))
        self.people = self._directory()
        self.pagers = {
            account["account"]: engineer_id
            for engineer_id, row in self.people.items()
            for account in row["accounts"]
            if account["system"] == "pagerduty"
        }
        self.shifts = self._shifts()
        self.incidents = self._incidents()
        self.requests = self._requests()

    def _directory(self) -> dict[str, Any]:
        # Who is no longer listed is still known, and so are their accounts.
        rows = [row for _, listed in documents(self.exports / "directory") for row in listed]
        self.accounts = {(a["system"], a["account"]) for row in rows for a in row["accounts"]}
        return {row["engineer_id"]: row for row in rows if "engineer_id" in row}

    def _shifts(self) -> dict[tuple[str, str], list[Span]]:
        by_schedule: defaultdict[str, list[Any]] = defaultdict(list)
        for _, answer in documents(self.exports / "pagerduty" / "schedules"):
            by_schedule[answer["schedule"]["name"]].append(answer)
        spans: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
        for schedule, answers in by_schedule.items():
            # The latest answer that covers a moment tells who was on call then.
            for number, answer in enumerate(answers):
                is_last = number == len(answers) - 1
                until = moment(answer["until"] if is_last else answers[number + 1]["since"])
                for entry in answer["schedule"]["final_schedule"]["rendered_schedule_entries"]:
                    start = max(moment(entry["start"]), moment(answer["since"]))
                    end = min(moment(entry["end"]), until)
                    if start < end:
                        # A stranger's shift covers nobody, and is a shift all the same.
                        who = self.pagers.get(entry["user"]["id"], entry["user"]["id"])
                        spans[who, schedule].append((start, end))
        return {key: joined(found) for key, found in spans.items()}

    def _incidents(self) -> list[tuple[str, Span, set[str]]]:
        latest: dict[str, Any] = {}
        people: defaultdict[str, set[str]] = defaultdict(set)
        for _, answer in documents(self.exports / "pagerduty" / "incidents"):
            latest |= {incident["id"]: incident for incident in answer["incidents"]}
        for _, answer in documents(self.exports / "pagerduty" / "log_entries"):
            for entry in answer["log_entries"]:
                for user in (*entry.get("assignees", ()), entry["agent"], entry.get("user")):
                    if user and user["id"] in self.pagers:
                        people[entry["incident"]["id"]].add(self.pagers[user["id"]])
        far = datetime(2100, 1, 1, tzinfo=UTC)
        return [
            (
                incident["service"]["summary"],
                (
                    moment(incident["created_at"]),
                    moment(incident["resolved_at"]) if incident["resolved_at"] else far,
                ),
                people[key],
            )
            for key, incident in latest.items()
        ]

    def _requests(self) -> list[dict[str, Any]]:
        latest: dict[str, Any] = {}
        for path in sorted((self.exports / "requests").iterdir()):
            for line in path.read_text(encoding="utf-8").splitlines():
                row = json.loads(line)
                latest[row["request_id"]] = row
        emails = {row["email"]: engineer_id for engineer_id, row in self.people.items()}
        return [
            {**row, "requester": emails[row["requester"]]}
            for row in latest.values()
            if row["status"] == "approved"
        ]

    def on_call(self, engineer_id: str, service: str | None = None) -> list[Span]:
        """Return the merged time on call, for one service or for any."""
        services = [service] if service else list(self.policy["services"])
        schedules = {s for name in services for s in self.policy["services"][name]["schedules"]}
        return joined(
            [
                span
                for (who, schedule), spans in self.shifts.items()
                if who == engineer_id and schedule in schedules
                for span in spans
            ]
        )

    def shown(self, engineer_id: str, at: datetime) -> dict[datetime, bool]:
        """Tell for each snapshot whether it shows somebody on call for their team at a moment."""
        team = self.people[engineer_id]["team"]
        found: defaultdict[datetime, bool] = defaultdict(bool)
        for taken, answer in documents(self.exports / "pagerduty" / "schedules"):
            if answer["schedule"]["name"].lower().startswith(team):
                found[taken] |= any(
                    self.pagers.get(entry["user"]["id"]) == engineer_id
                    and inside([(moment(entry["start"]), moment(entry["end"]))], at)
                    for entry in answer["schedule"]["final_schedule"]["rendered_schedule_entries"]
                )
        return dict(found)

    def answered(self, engineer_id: str) -> list[Span]:
        return [span for _, span, people in self.incidents if engineer_id in people]

    def allowed(self, engineer_id: str, resource_id: str) -> list[Span]:
        """Return when somebody may use a resource."""
        service = self.policy["resources"][resource_id]["service"]
        spans = [(s - BEFORE, e + AFTER) for s, e in self.on_call(engineer_id, service)]
        spans += [
            (start, end + AFTER_INCIDENT)
            for of, (start, end), people in self.incidents
            if of == service and engineer_id in people
        ]
        spans += [
            (moment(row["started_at"]), moment(row["ended_at"]))
            for row in self.requests
            if row["requester"] == engineer_id and row["resource_name"] == resource_id
        ]
        return joined(spans)

    def may_hold(self, engineer_id: str, resource_id: str, right: str, at: datetime) -> bool:
        """Tell whether team, exception, shift or request gives a permission at a moment."""
        team = self.people[engineer_id]["team"]
        for rule in self.policy["roles"]:
            given = resource_id in rule["resources"] and right in rule["permissions"]
            if rule["team"] == team and given:
                return True
        for rule in self.policy["exceptions"]:
            listed = (rule["engineer"], rule["resource"], rule["permission"])
            if listed == (engineer_id, resource_id, right):
                return True
        for rule in self.policy["shifts"]:
            if resource_id in rule["resources"] and right in rule["permissions"]:
                spans = [(s, e + SLA) for s, e in self.on_call(engineer_id, rule["service"])]
                if inside(spans, at):
                    return True
        return any(
            row["requester"] == engineer_id
            and row["resource_name"] == resource_id
            and row["permission"] == right
            and moment(row["started_at"]) <= at < moment(row["ended_at"]) + SLA
            for row in self.requests
        )

    def strangers(self) -> set[tuple[str, str]]:
        """Return accounts with rights that the directory never had."""
        return {
            (folder.name, row["account"])
            for folder in (self.exports / "permissions").iterdir()
            for _, rows in documents(folder)
            for row in rows
            if (folder.name, row["account"]) not in self.accounts
        }

    def held(self) -> Iterator[tuple[datetime, str, str, dict[str, Any]]]:
        """Yield (snapshot, system, engineer, row) of what people hold."""
        owners = {
            (a["system"], a["account"]): engineer_id
            for engineer_id, row in self.people.items()
            for a in row["accounts"]
        }
        for folder in sorted((self.exports / "permissions").iterdir()):
            for at, rows in documents(folder):
                for row in rows:
                    if engineer_id := owners.get((folder.name, row["account"])):
                        yield at, folder.name, engineer_id, row


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="session")
def answers(root: Path) -> Answers:
    return write_demo(root)


@pytest.fixture(scope="session")
def world() -> World:
    return build()


@pytest.fixture(scope="session")
def oracle(root: Path, answers: Answers) -> Oracle:
    return Oracle(root)
