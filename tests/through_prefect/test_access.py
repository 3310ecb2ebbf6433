"""Changes of access through a real Prefect server: a person's approval, and runs at hand-overs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from postgres_server import PASSWORD, Postgres
from prefect_server import Server, dumped, eventually, shift_runs
from situation import Situation, snapshots

from oncall_audit.control import plans
from oncall_audit.control import records as access_steps
from oncall_audit.errors import ConfigurationError, ControlError
from oncall_audit.workspace import Workspace

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

HOUR = timedelta(hours=1)


@dataclass
class Site:
    """A workspace in which Ada's shift has begun, and the server that holds her rights."""

    situation: Situation
    postgres: Postgres

    @property
    def workspace(self) -> str:
        return str(self.situation.workspace.root)

    def members(self) -> set[tuple[str, str]]:
        return self.postgres.members("oncall_admin")

    def steps(self) -> list[tuple[str, str]]:
        return [(it["step"], it["by"]) for it in access_steps.read(self.situation.workspace)]


@pytest.fixture
def site(tmp_path: Path, postgres: Postgres) -> Site:
    postgres.make(logins=("ada", "ben"), groups=("oncall_admin",))
    made = Situation(Workspace(tmp_path))
    (tmp_path / ".env").write_text(f"DB_PASSWORD={PASSWORD}\n")
    target = {
        "type": "postgresql", "host": postgres.socket, "user": postgres.user,
        "password": "${DB_PASSWORD}", "sslmode": "disable", "resource": "payments",
    }  # fmt: skip
    said = {"organisation": "Example", "control": {"db": target}}
    made.workspace.config.write_text(yaml.safe_dump(said))
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    made.wants("e1", now - HOUR, now + 8 * HOUR)
    made.publish(now, made.policy(automatic=["shift_started", "shift_ended"], owner="e9"))
    return Site(made, postgres)


def waiting(server: Server, site: Site) -> str | None:
    """Return the id of the run that waits for an approval."""
    found = server.ask("flow_runs/filter", flows={"name": {"any_": ["access"]}})
    ids: list[str] = [
        it["id"]
        for it in found
        if (it["state_name"], it["parameters"]["workspace"]) == ("Paused", site.workspace)
    ]
    return ids[0] if ids else None


def answered(server: Server, site: Site, **said: str) -> Any:
    """Run the flow, answer as a person would on its page, and return what came of it."""
    from prefect.flow_runs import resume_flow_run

    from oncall_audit.pipeline.access_flows import access

    with ThreadPoolExecutor(1) as pool:
        # With this thread's settings: they name the server.
        running = pool.submit(copy_context().run, access, workspace=site.workspace)
        eventually(lambda: waiting(server, site) or running.done(), seconds=60)
        assert site.members() == set()
        run = waiting(server, site)
        assert run, running.result()
        (path,) = site.situation.workspace.plans.glob("*.yml")
        digest = plans.sha256(plans.load(path))
        resume_flow_run(UUID(run), run_input={"sha256": digest, **said})
        return running.result(timeout=60)


def test_changes_wait_for_a_persons_approval_and_are_proven(server: Server, site: Site) -> None:
    done = answered(server, site, approved_by="nia@example.com")

    assert site.members() == {("ada", "oncall_admin")}
    assert (done["approved_by"], list(done["steps"].values()), done["proven"]) == (
        "e9", ["applied"], 1,
    )  # fmt: skip
    assert site.steps() == [
        ("planned", "oncall-audit"),
        ("approved", "e9"),
        ("started", "e9"),
        ("applied", "e9"),
        ("verified", "oncall-audit"),
    ]
    assert PASSWORD not in dumped(server.home / "prefect.db")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"approved_by": "ada@example.com"}, "changes their own access"),
        ({"approved_by": "nia@example.com", "sha256": "0" * 64}, "of another plan"),
    ],
)
def test_an_approval_that_does_not_count_changes_nothing(
    server: Server, site: Site, said: dict[str, str], told: str
) -> None:
    with pytest.raises(ConfigurationError, match=told):
        answered(server, site, **said)

    assert (site.members(), site.steps()) == (set(), [])


def test_a_run_at_a_change_of_shift_schedules_the_next_one(
    server: Server, deployed: dict[str, Any], site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oncall_audit.pipeline.access_flows import shifts

    # As a worker would have it.
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", deployed["shifts"]["id"])
    ends = site.situation.desired[0][-1].replace(tzinfo=UTC)

    done = [shifts(workspace=site.workspace) for _ in range(2)]

    assert site.members() == {("ada", "oncall_admin")}
    assert [list(it["steps"].values()) for it in done] == [["applied"], []]
    assert [it["next_at"] for it in done] == [ends.isoformat()] * 2
    # Both asked for it, and it is one run.
    (following,) = shift_runs(server, deployed, site.workspace)
    assert following["state_name"] == "Scheduled"
    assert datetime.fromisoformat(following["expected_start_time"]) == ends


def test_a_run_without_a_schedule_of_shifts_fails_and_is_recorded(site: Site) -> None:
    from oncall_audit.pipeline.access_flows import shifts

    now = datetime.now(UTC)
    site.situation.desired = []
    site.situation.snapshots = [it for it in snapshots(now) if it[1] != "schedules"]
    policy = site.situation.policy(automatic=["shift_started", "shift_ended"], owner="e9")
    site.situation.publish(now, policy)

    with pytest.raises(ControlError, match="No on-call schedule is known"):
        shifts(workspace=site.workspace)

    assert site.steps() == [("alarmed", "oncall-audit")]
