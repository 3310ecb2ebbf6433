from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgres_server import Postgres
from situation import NOW, Situation, right

from oncall_audit.workspace import Workspace

from .memory import Memory
from .week import DAY, HOUR, MONDAY, PEOPLE, Week


@pytest.fixture
def situation(tmp_path: Path) -> Situation:
    """A workspace in which nobody holds anything, and nobody should."""
    root = tmp_path / "workspace"
    root.mkdir()
    return Situation(Workspace(root))


@pytest.fixture
def week(
    situation: Situation, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Week]:
    """Ada by day, Ben by night, twelve hours each from eight to eight."""
    # What is cut off here is a run, not the machine's power.
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    postgres.make(logins=tuple(PEOPLE), groups=("oncall_admin",))
    postgres.run("create table payments ()")
    postgres.run("grant select on payments to oncall_admin")
    postgres.run("grant pg_signal_backend to control")
    for who in PEOPLE:
        postgres.run(f"alter role {who} nologin")
        postgres.run(f"grant {who} to control with admin true, inherit false, set false")
    made = Week(situation, postgres)
    for day in range(7):
        morning = MONDAY + day * DAY + 8 * HOUR
        made.shift(f"shift day {day}", "ada", morning, morning + 12 * HOUR)
        made.shift(f"shift night {day}", "ben", morning + 12 * HOUR, morning + DAY)
    yield made
    postgres.run("revoke pg_signal_backend from control")
    postgres.run("drop table payments")


@pytest.fixture
def due(situation: Situation) -> Situation:
    """Ada's shift began, Ben's ended, and Cleo holds what nothing gives her."""
    situation.wants("e1", NOW - HOUR, NOW + 8 * HOUR)
    situation.wants("e2", NOW - 9 * HOUR, NOW - HOUR, cause_id="h2")
    situation.holds("e2", right("ben"), since=NOW - 9 * HOUR)
    situation.holds("e3", right("cleo"))
    situation.is_found("f1", "lingering_elevation", "e2", "oncall_admin")
    return situation


@pytest.fixture
def system() -> Memory:
    return Memory({right("ben"), right("cleo"), right("nia", "owner")})
