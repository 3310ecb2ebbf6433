"""The same audit through a real Prefect server: its flows, records, scheduler and worker."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml
from audits import Audited, Organisation, tables
from nights import Nights
from postgres_server import PASSWORD, Postgres
from prefect_server import Server, configure, dumped, eventually, plain, serving
from pytest_httpserver import HTTPServer
from situation import Situation, snapshots
from werkzeug import Request, Response

from oncall_audit.control import plans
from oncall_audit.control import records as access_steps
from oncall_audit.errors import ConfigurationError, ControlError
from oncall_audit.evidence import register
from oncall_audit.pipeline.server import answers
from oncall_audit.pipeline.start import audit
from oncall_audit.pipeline.status import read_status
from oncall_audit.workspace import Workspace

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

TOKEN = "canary-5f1d0c7a9b3e4d28"
HOUR = timedelta(hours=1)
OWN = {"run_id", "started_at", "ended_at", "workspace"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server with its scheduler, and make it the one that flows here report to."""
    home = tmp_path_factory.mktemp("prefect")
    with serving(home) as it, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_API_URL", it.url)
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: it.url}):
            yield it


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """A PagerDuty account with nothing in it, which refuses the first two requests."""
    refusals = iter((401, 401))

    def answer(request: Request) -> Response:
        assert request.headers["Authorization"] == f"Token token={TOKEN}"
        content = {request.path.rpartition("/")[2]: [], "more": False}
        return Response(json.dumps(content), next(refusals, 200), content_type="application/json")

    with HTTPServer(host="127.0.0.1") as http:
        http.expect_request(re.compile("/.*")).respond_with_handler(answer)
        yield http.url_for("/")
        assert next(refusals, None) is None


@pytest.fixture(scope="module")
def directly(nights: Nights, organisation: Organisation) -> Audited:
    """A night of the demo organisation, audited in this process."""
    return Audited(Workspace(nights.good), organisation.answers, nights.outcome)


@pytest.fixture(scope="module")
def through(
    nights: Nights,
    organisation: Organisation,
    server: Server,
    account: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Audited:
    """The same night, and a source that needs a token, audited by the flows."""
    workspace = nights.tonight(tmp_path_factory.mktemp("through") / "workspace")
    workspace.secrets.write_text(f"ACCOUNT_TOKEN={TOKEN}\n")
    said = yaml.safe_load(workspace.config.read_text())
    said["sources"]["account"] = {"type": "pagerduty", "url": account, "token": "${ACCOUNT_TOKEN}"}
    workspace.config.write_text(yaml.safe_dump(said))
    outcome = audit(workspace.root, since=nights.since, until=nights.until)
    return Audited(workspace, organisation.answers, outcome)


@pytest.fixture(scope="module")
def small(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that is read in a moment, but for one source that never can be."""
    root = tmp_path_factory.mktemp("small") / "workspace"
    shutil.copytree(organisation.root / "exports" / "directory", root / "directory")
    shutil.copy(organisation.root / "policy.yml", root)
    configure(
        root,
        directory={"type": "generic", "kind": "directory", "path": "directory"},
        requests={"type": "generic", "kind": "requests", "path": "nowhere"},
    )
    return Workspace(root)


@pytest.fixture
def unreadable(small: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with nothing but a source that cannot be read."""
    shutil.copy(small.policy, tmp_path)
    configure(tmp_path, requests={"type": "generic", "kind": "requests", "path": "nowhere"})
    return Workspace(tmp_path)


def test_flows_publish_what_a_run_in_this_process_publishes(
    through: Audited, directly: Audited, nights: Nights
) -> None:
    assert (through.outcome.through_prefect, directly.outcome.through_prefect) == (True, False)
    assert tables(through.workspace) == nights.expected
    for fact in ("state", "window", "findings", "new_findings", "messages"):
        assert getattr(through.outcome, fact) == getattr(directly.outcome, fact)
    assert list(through.outcome.stage_seconds) == list(directly.outcome.stage_seconds)


def test_flows_leave_the_same_register_and_status(through: Audited, directly: Audited) -> None:
    entries = [list(register.read(it.workspace.register)) for it in (through, directly)]
    statuses = [read_status(it.workspace) for it in (through, directly)]

    # The night before, and this one.
    assert [len(it) for it in entries] == [2, 2]
    by_flows, alone = ({**it[1]} for it in entries)
    assert by_flows.keys() == alone.keys()
    assert {name for name in alone if by_flows[name] != alone[name]} <= OWN
    assert [status.keys() for status in statuses] == [{"run_id", "stale_since"}] * 2
    assert statuses[0]["run_id"] == through.outcome.run_id


def test_a_source_that_fails_twice_is_tried_a_third_time(through: Audited, server: Server) -> None:
    found = server.ask("task_runs/filter", task_runs={"name": {"any_": ["extract-account"]}})

    assert [(it["run_count"], it["state_name"]) for it in found] == [(3, "Completed")]
    assert through.outcome.messages == []


def test_recorded_parameters_are_plain_and_name_no_option_of_a_source(
    through: Audited, nights: Nights, server: Server
) -> None:
    found = server.ask("flow_runs/filter")
    recorded = [it["parameters"] for it in found]

    root = str(through.workspace.root)
    whole = [it for it in recorded if it.get("workspace") == root]
    stages = [it for it in recorded if it.get("run", {}).get("workspace") == root]
    assert [set(it) for it in whole] == [{"workspace", "since", "until", "full_refresh"}]
    assert whole[0]["since"] == nights.since.isoformat()
    assert len(stages) == 4
    for it in stages:
        assert set(it) == {"run", "done"}
        assert set(it["run"]) == {
            *("workspace", "run_id", "since", "until", "started_at", "full_refresh", "incident")
        }
    assert "token" not in json.dumps(recorded).lower()


def test_a_secret_is_neither_in_prefects_records_nor_in_the_data(
    through: Audited, server: Server
) -> None:
    folders = [server.home, Path(os.environ["PREFECT_HOME"]), through.workspace.data]
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    leaking = [path for path in files if TOKEN.encode() in plain(path)]

    assert leaking == []
    assert TOKEN.encode() in plain(through.workspace.secrets)
    text = dumped(server.home / "prefect.db")
    assert TOKEN not in text
    assert "extract-account" in text


def test_the_report_and_what_was_read_are_shown_as_artifacts(
    through: Audited, server: Server
) -> None:
    found = {it["key"]: it for it in server.ask("artifacts/filter")}

    report, sources = found["oncall-audit-report"], found["oncall-audit-sources"]
    publication = through.workspace.publication
    assert report["type"] == "markdown"
    assert report["data"] == (publication / "report.md").read_text()
    assert sources["type"] == "table"
    read = {row["source"]: row["state"] for row in json.loads(sources["data"])}
    assert read["account"] == "complete"
    assert len(read) == len(json.loads((publication / "run.json").read_text())["sources"])


def test_a_publication_stands_although_prefect_cannot_show_it(
    through: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    from oncall_audit.pipeline import flows, stages

    def fail(**_options: Any) -> None:
        raise RuntimeError("the server went away")

    published = {"publication": str(through.workspace.publication)}
    monkeypatch.setattr(stages, "publish", lambda *_: published)
    monkeypatch.setattr(flows, "create_markdown_artifact", fail)

    assert flows.publish({**run_of(through)}, {}) == published


def run_of(audited: Audited) -> dict[str, Any]:
    names = ("run_id", "since", "until", "started_at", "full_refresh", "incident")
    *_, entry = register.read(audited.workspace.register)
    return {"workspace": str(audited.workspace.root), **{name: entry[name] for name in names}}


@pytest.fixture(scope="module")
def deployed(server: Server) -> dict[str, Any]:
    """What the server knows of our deployments, by name."""
    for words in (
        ("work-pool", "create", "oncall-audit", "--type", "process"),
        ("--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml"),
    ):
        done = server.run("prefect", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    return {it["name"]: it for it in server.ask("deployments/filter")}


def test_deployments_name_flows_that_load_and_hold_no_more_than_they_need(
    deployed: dict[str, Any],
) -> None:
    from prefect.flows import Flow, load_flow_from_entrypoint

    assert set(deployed) == {"nightly", "incident", "access", "shifts"}
    for it in deployed.values():
        flow: Flow[..., Any] = load_flow_from_entrypoint(it["entrypoint"])
        assert set(it["parameters"]) <= set(flow.parameters.properties)
        assert it["parameters"] == {"workspace": "."}
        assert it["global_concurrency_limit"]["limit"] == 1


def test_the_scheduler_plans_the_nightly_runs(server: Server, deployed: dict[str, Any]) -> None:
    nightly = deployed["nightly"]

    def planned() -> list[dict[str, Any]]:
        runs: list[dict[str, Any]] = server.ask(
            "flow_runs/filter", deployments={"id": {"any_": [nightly["id"]]}}
        )
        return [run for run in runs if run["state_name"] == "Scheduled" and run["auto_scheduled"]]

    eventually(planned, seconds=75)

    assert [it["schedule"]["timezone"] for it in nightly["schedules"]] == ["Europe/Berlin"]
    assert {run["expected_start_time"][11:16] for run in planned()} <= {"03:30", "04:30"}


@pytest.fixture(scope="module")
def worked(server: Server, deployed: dict[str, Any], small: Workspace) -> tuple[str, str]:
    """A nightly run that a worker made, and what the worker said."""
    made = server.ask(f"deployments/{deployed['nightly']['id']}/create_flow_run", parameters={})
    worker = server.run(
        *("prefect", "worker", "start", "--pool", "oncall-audit", "--run-once"),
        ONCALL_AUDIT_WORKSPACE=str(small.root),
    )
    return made["id"], worker.stdout + worker.stderr


def test_a_worker_runs_the_deployment_in_the_workspace_of_its_environment(
    server: Server, worked: tuple[str, str], small: Workspace
) -> None:
    made, said = worked

    (run,) = server.ask("flow_runs/filter", flow_runs={"id": {"any_": [made]}})
    assert run["state_name"] == "Completed", said
    (entry,) = register.read(small.register)
    # One source cannot be read; what the others told is published nevertheless.
    assert (entry["published"], entry["state"]) == (True, "with exceptions")
    assert small.published.exists()


def test_an_audit_is_followed_by_a_look_at_the_shifts(
    server: Server, deployed: dict[str, Any], worked: tuple[str, str]
) -> None:
    eventually(lambda: shift_runs(server, deployed, "."), seconds=60)


def test_the_command_line_goes_through_the_server_and_tells_of_a_source_that_fails(
    server: Server, small: Workspace
) -> None:
    done = server.run("oncall_audit", "run", "--workspace", str(small.root))

    assert done.returncode == 4, done.stderr
    assert "Ran through Prefect" in done.stdout
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["requests"]


def test_without_a_server_one_is_started_for_the_run_and_a_failure_is_one_sentence(
    server: Server, unreadable: Workspace
) -> None:
    done = server.run(
        *("oncall_audit", "run", "--prefect", "--workspace", str(unreadable.root)),
        PREFECT_API_URL="",
        PREFECT_HOME="",
    )

    assert (done.returncode, done.stdout) == (4, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("oncall-audit: No source could be read: ")
    assert read_status(unreadable)["stale_since"]
    home = unreadable.data / "prefect"
    assert "extract-requests" in dumped(home / "prefect.db")
    (port,) = set(re.findall(r"http://127.0.0.1:(\d+)", (home / "server.log").read_text()))
    assert not answers(f"http://127.0.0.1:{port}/api")


def test_flows_refuse_wrong_parameters_in_plain_words(server: Server, tmp_path: Path) -> None:
    from prefect.exceptions import ParameterTypeError

    from oncall_audit.pipeline import flows

    with pytest.raises(ParameterTypeError, match="since: Input should be a valid datetime"):
        flows.audit(workspace=str(tmp_path), since="yesterday")  # type: ignore[call-overload]
    with pytest.raises(ConfigurationError, match="Set ONCALL_AUDIT_WORKSPACE"):
        flows.audit(workspace=str(tmp_path))


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


def shift_runs(server: Server, deployed: dict[str, Any], workspace: str) -> list[dict[str, Any]]:
    """Return the runs of `shifts` on a workspace that no cron schedule asked for."""
    found: list[dict[str, Any]] = server.ask(
        "flow_runs/filter", deployments={"id": {"any_": [deployed["shifts"]["id"]]}}
    )
    return [
        it
        for it in found
        if not it["auto_scheduled"] and it["parameters"]["workspace"] == workspace
    ]


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
