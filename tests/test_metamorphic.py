"""What must not matter does not: other names, another week, and people who have nothing to do with it.

That the order of files and records, their repetition and their delivery in parts do not matter
either is proved in test_pipeline.py.
"""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from audits import Audited, Organisation, rows

from oncall_audit.demo.writers.cloudtrail_digests import renew_digests
from oncall_audit.pipeline.start import audit
from oncall_audit.workspace import Workspace

pytestmark = pytest.mark.slow

Edit = Callable[[str], str]

WEEK = timedelta(days=7)
_DAY = re.compile(r"(?<!\d)(20\d\d)([-/]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])(?!\d)")
_DAY_WITHOUT_YEAR = re.compile(r"^([A-Z][a-z]{2}) ([ \d]\d) (?=\d\d:\d\d:\d\d )", re.MULTILINE)

# `unusual_hour` is about the clock on the wall, and a change of clocks lies between the two weeks.
FOUND = """
    select rule_id, severity, engineer_id, account, system, resource_id, resource_name, service,
        started_at, ended_at, score, state, also_matched
    from findings where rule_id <> 'unusual_hour'
"""


def rewritten(organisation: Organisation, root: Path, edit: Edit, later: timedelta) -> Workspace:
    """Copy the organisation with every file's path, content and time changed."""
    for path in sorted(path for path in organisation.root.rglob("*") if path.is_file()):
        target = root / edit(str(path.relative_to(organisation.root)))
        target.parent.mkdir(parents=True, exist_ok=True)
        content = path.read_bytes()
        if path.suffix == ".gz":
            target.write_bytes(gzip.compress(edit(gzip.decompress(content).decode()).encode(), 1))
        else:
            target.write_bytes(
                edit(content.decode(errors="surrogateescape")).encode(errors="surrogateescape")
            )
        time = path.stat().st_mtime + later.total_seconds()
        os.utime(target, (time, time))
    renew_digests(root, organisation.root)
    return organisation.with_views(Workspace(root))


def a_week_later(text: str) -> str:
    return _DAY_WITHOUT_YEAR.sub(_next_week_without_year, _DAY.sub(_next_week, text))


def _next_week(found: re.Match[str]) -> str:
    year, between, month, day = found.groups()
    try:
        moved = date(int(year), int(month), int(day)) + WEEK
    except ValueError:
        return found[0]
    return f"{moved:%Y}{between}{moved:%m}{between}{moved:%d}"


def _next_week_without_year(found: re.Match[str]) -> str:
    moved = datetime.strptime(f"2026 {found[1]} {found[2].strip()}", "%Y %b %d") + WEEK  # noqa: DTZ007
    return f"{moved:%b} {moved.day:>2} "


def names_of(organisation: Organisation) -> dict[str, str]:
    """Return a new name for every name that the directory has of a person."""
    folder = organisation.root / "exports" / "directory"
    people = {
        person["engineer_id"]: person
        for path in sorted(folder.iterdir())
        for person in json.loads(path.read_text())
        if person.get("engineer_id")
    }
    new: dict[str, str] = {}
    # In the other order, so that no tie is broken as before.
    for number, (engineer_id, person) in enumerate(sorted(people.items(), reverse=True)):
        word = f"{'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}"
        new |= {
            engineer_id: f"x{number:03d}",
            person["name"]: f"Quilla Quux{word}",
            person["email"]: f"quilla.quux{word}@example.com",
        }
        login = person["email"].partition("@")[0]
        new |= {login: f"quilla.quux{word}", login.replace(".", "_"): f"quilla_quux{word}"}
        for account in person["accounts"]:
            if account["system"] == "pagerduty":
                new[account["account"]] = f"PQ{number:03d}"
    return new


def renamed(names: dict[str, str]) -> Edit:
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    # A person's id also stands in the middle of many a UUID.
    pattern = re.compile(rf"(?<![\w-])(?:{words})(?![\w-])")
    return partial(pattern.sub, lambda found: names[found[0]])


def test_other_people_a_week_later_get_the_same_findings(
    organisation: Organisation, audited: Audited, tmp_path: Path
) -> None:
    names = names_of(organisation)
    rename = renamed(names)
    workspace = rewritten(
        organisation, tmp_path / "workspace", lambda text: rename(a_week_later(text)), WEEK
    )
    since, until = audited.answers.since + WEEK, audited.answers.until + WEEK

    audit(workspace.root, since=since, until=until)

    expected = [
        tuple(
            value + WEEK if isinstance(value, datetime)
            else rename(a_week_later(value)) if isinstance(value, str)
            else value
            for value in row
        )
        for row in rows(audited.workspace, FOUND)
    ]  # fmt: skip
    assert in_order(rows(workspace, FOUND)) == in_order(expected)


def in_order(found: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(found, key=repr)


def test_a_team_that_has_nothing_to_do_with_it_changes_nothing(
    organisation: Organisation, audited: Audited, tmp_path: Path
) -> None:
    workspace = organisation.copy_to(tmp_path / "workspace")
    people = [f"k{number:03d}" for number in range(6)]
    for path in sorted((workspace.root / "exports" / "directory").iterdir()):
        stat = path.stat()
        known = json.loads(path.read_text())
        path.write_text(json.dumps([*known, *(person(it) for it in people)]))
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    serve(workspace, people, audited.answers.since, audited.answers.until)

    audit(workspace.root, since=audited.answers.since, until=audited.answers.until)

    columns = f"finding_id, summary, evidence, {FOUND.strip().removeprefix('select ')}"
    everything = f"select {columns}"
    assert in_order(rows(workspace, everything)) == in_order(rows(audited.workspace, everything))
    sessions = (
        "select count(*) > 60 from sessions where service = 'kiosk' and off_policy_seconds = 0"
    )
    assert rows(workspace, sessions) == [(True,)]


def person(engineer_id: str) -> dict[str, Any]:
    accounts = [{"system": "kiosk", "account": engineer_id, "kind": "human"}]
    names = {"name": f"Kit {engineer_id}", "email": f"{engineer_id}@example.com"}
    work = {"team": "kiosk", "role": "engineer", "time_zone": "Asia/Tokyo"}
    return {"engineer_id": engineer_id, **names, **work, "started_at": "2020-01-01T00:00:00Z", "ended_at": None, "accounts": accounts}  # fmt: skip


def serve(workspace: Workspace, people: list[str], since: datetime, until: datetime) -> None:
    """Write a service, its schedule, and two sessions a day of whoever is on shift."""
    policy = yaml.safe_load(workspace.policy.read_text())
    policy["services"]["kiosk"] = {"tier": 2, "owner_teams": ["kiosk"], "schedules": ["Kiosk"]}
    policy["resources"]["kiosk-hosts"] = {
        "kind": "server", "service": "kiosk", "names": ["kiosk:kiosk-*"],
    }  # fmt: skip
    workspace.policy.write_text(yaml.safe_dump(policy))
    settings = yaml.safe_load(workspace.config.read_text())
    settings["sources"] |= {
        "kiosk": {"type": "sshd", "path": "logs/kiosk", "system": "kiosk", "silent_hours": 24},
        "kiosk_schedule": {"type": "generic", "kind": "schedules", "path": "exports/kiosk"},
    }
    workspace.config.write_text(yaml.safe_dump(settings))
    shifts, lines = [], []
    for number in range((until - since).days):
        day, who = since + timedelta(days=number), people[number % len(people)]
        shifts.append(shift(day, who))
        for hour in (4, 16):
            lines += session(day + timedelta(hours=hour), who, number * 24 + hour)
    (workspace.root / "logs" / "kiosk").mkdir()
    (workspace.root / "logs" / "kiosk" / "auth.log").write_text("".join(lines))
    (workspace.root / "exports" / "kiosk").mkdir()
    (workspace.root / "exports" / "kiosk" / f"{until:%Y-%m-%d}.json").write_text(json.dumps(shifts))


def shift(day: datetime, who: str) -> dict[str, str]:
    return {
        "schedule": "Kiosk",
        "engineer": f"{who}@example.com",
        "started_at": day.isoformat(),
        "ended_at": (day + timedelta(days=1)).isoformat(),
    }


def session(at: datetime, who: str, pid: int) -> list[str]:
    return [
        f"{at.isoformat()} kiosk-1 sshd[{pid}]: Accepted publickey for {who} from 198.51.100.7 port 1 ssh2\n",
        f"{(at + timedelta(minutes=9)).isoformat()} kiosk-1 sshd[{pid}]: pam_unix(sshd:session): session closed for user {who}\n",
    ]
