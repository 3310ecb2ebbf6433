"""The whole way on the command line, with a program that changes rights for real."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import rights_program
import yaml
from situation import Situation

from oncall_audit.__main__ import main
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

HOUR = timedelta(hours=1)
TOKEN = "canary-51c-token"
ADA, BEN, NIA = (
    [name, "payments", "oncall_admin"] for name in ("ada", "ben", "nia")
)  # fmt: skip


@dataclass
class Site:
    """A workspace, and the system whose rights it may change."""

    situation: Situation
    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def rights(self) -> list[list[str]]:
        found: list[list[str]] = json.loads((self.folder / "rights.json").read_text())
        return found

    @rights.setter
    def rights(self, rights: list[list[str]]) -> None:
        (self.folder / "rights.json").write_text(json.dumps(rights))

    def refuse(self, *accounts: str) -> None:
        (self.folder / "refused").write_text(" ".join(accounts))

    def publish(self, **control: Any) -> None:
        self.situation.publish(datetime.now(UTC), self.situation.policy(**control))

    def run(self, *arguments: str, status: int = 0) -> str:
        assert main(["access", *arguments]) == status
        told = self.capsys.readouterr()
        assert TOKEN not in told.out + told.err
        assert "Traceback" not in told.err
        return told.out if status == 0 else told.err

    def plan(self) -> str:
        return str(json.loads(self.run("plan", "--json"))["path"])

    def steps(self, path: str) -> dict[str, str]:
        changes = json.loads(self.run("show", path, "--json"))["changes"]
        return {it["account"]: it["step"] for it in changes}


@pytest.fixture
def site(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Site:
    """By now, Ada's shift has begun and Ben's has ended."""
    root = tmp_path / "workspace"
    root.mkdir()
    monkeypatch.chdir(root)
    monkeypatch.setenv("RIGHTS_TOKEN", TOKEN)
    program = shutil.copy(rights_program.__file__, tmp_path / "rights_program.py")
    target = {
        "type": "command", "system": "postgresql", "token": "${RIGHTS_TOKEN}",
        "script": sys.executable, "arguments": [str(program)],
    }  # fmt: skip
    situation = Situation(Workspace(root))
    configuration = {"organisation": "Example", "control": {"rights": target}}
    situation.workspace.config.write_text(yaml.safe_dump(configuration))
    now = datetime.now(UTC).replace(microsecond=0)
    situation.wants("e1", now - HOUR, now + 8 * HOUR)
    situation.wants("e2", now - 9 * HOUR, now - HOUR / 2, cause_id="h2")
    situation.is_found("f1", "lingering_elevation", "e2", "oncall_admin")
    made = Site(situation, tmp_path, capsys)
    made.rights = [BEN]
    made.refuse()
    made.publish()
    return made


def test_plan_approve_apply_and_verify(site: Site) -> None:
    path = site.plan()
    site.run("approve", path, "--by", "e9")
    assert site.rights == [BEN]

    site.run("apply", path)

    assert site.rights == [ADA]
    assert site.steps(path) == {"ada": "applied", "ben": "applied"}

    site.run("verify")

    assert site.steps(path) == {"ada": "verified", "ben": "verified"}
    decisions = [
        (it["finding_id"], it["state"])
        for it in register.read(site.situation.workspace.register)
        if it["kind"] == "decision"
    ]
    assert decisions == [("f1", "remediated")]
    assert json.loads(site.run("plan", "--json"))["changes"] == []


def test_what_could_not_be_changed_ends_with_4_and_is_done_the_next_time(site: Site) -> None:
    path = site.plan()
    site.refuse("ben")
    # The tries of a failing change are seconds apart.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda _seconds: None)
        patch.setattr("oncall_audit.control.applying.time.sleep", lambda _seconds: None)
        told = site.run("apply", path, "--by", "e9", status=4)
    assert "1 change could not be made" in told
    assert "ben is locked" in told
    assert site.rights == [ADA, BEN]
    assert site.steps(path) == {"ada": "applied", "ben": "failed"}

    site.refuse()
    site.run("apply", path)

    assert site.rights == [ADA]


def test_what_somebody_undid_ends_with_5(site: Site) -> None:
    site.run("apply", site.plan(), "--by", "e9")
    site.run("verify")
    site.rights = [ADA, BEN]

    assert "1 change was undone by somebody" in site.run("verify", status=5)


def test_a_warning_is_recorded_and_its_text_written(site: Site) -> None:
    site.rights = [ADA, NIA]
    site.publish(warn_before_remove_hours={"not_in_policy": 24})
    path = site.plan()

    written = json.loads(site.run("apply", path, "--by", "e1", "--json"))

    assert site.rights == [ADA, NIA]
    assert site.steps(path) == {"nia": "warned"}
    (reminder,) = written["reminders"]
    assert (
        Path(reminder)
        .read_text()
        .startswith(
            "Hello Nia Novak,\n\nyour account nia holds oncall_admin on payments (postgresql)."
        )
    )
    assert json.loads(site.run("plan", "--json"))["changes"] == []


def test_shifts_change_by_themselves_what_the_policy_lets_them(site: Site) -> None:
    site.rights = [BEN, NIA]
    automatic = {"automatic": ["shift_started", "shift_ended"], "owner": "cleo@example.com"}
    site.publish(**automatic)
    shown = json.loads(site.run("shifts", "--at", datetime.now(UTC).isoformat(), "--json"))
    assert [it["account"] for it in shown["changes"]] == ["ada", "ben"]
    assert site.rights == [BEN, NIA]

    done = json.loads(site.run("shifts", "--json"))

    # What nothing gives is no matter of shifts: somebody has to approve that.
    assert site.rights == [ADA, NIA]
    assert sorted(done["steps"].values()) == ["applied", "applied"]
    assert done["alarms"] == []
    assert done["next_at"] is not None
    assert json.loads(site.run("shifts", "--json"))["steps"] == {}


def test_without_a_schedule_shifts_take_nothing_and_say_so(site: Site) -> None:
    site.publish(automatic=["shift_started", "shift_ended"], owner="e9")
    now = datetime.now(UTC).replace(tzinfo=None)
    site.situation.snapshots = [
        ("db", "permissions", "postgresql", None, None, now, True, now, now),
    ]
    site.publish(automatic=["shift_started", "shift_ended"], owner="e9")

    assert "No on-call schedule is known." in site.run("shifts", status=4)

    assert site.rights == [ADA, BEN]
    alarms = [
        it["message"]
        for it in register.read(site.situation.workspace.register)
        if it.get("step") == "alarmed"
    ]
    assert alarms == ["No on-call schedule is known."]


def test_the_token_is_in_nothing_that_is_written(site: Site) -> None:
    site.run("apply", site.plan(), "--by", "e9")

    root = site.situation.workspace.root
    holding = [it for it in root.rglob("*") if it.is_file() and TOKEN.encode() in it.read_bytes()]
    assert holding == []
