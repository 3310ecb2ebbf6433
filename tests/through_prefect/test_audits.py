"""The same audit through a real Prefect server: its flows, records, scheduler and worker."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from audits import Audited, Organisation, tables
from nights import Nights
from prefect_server import Server, configure, dumped, eventually, plain, shift_runs
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.server import answers
from oncall_audit.pipeline.start import audit
from oncall_audit.pipeline.status import read_status
from oncall_audit.workspace import Workspace

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

TOKEN = "canary-5f1d0c7a9b3e4d28"
HOUR = timedelta(hours=1)
OWN = {"run_id", "started_at", "ended_at", "measures", "previous_sha256", "workspace"}


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
    entries = [runs(it.workspace) for it in (through, directly)]
    statuses = [read_status(it.workspace) for it in (through, directly)]

    # The night before, and this one.
    assert [len(it) for it in entries] == [2, 2]
    by_flows, alone = ({**it[1]} for it in entries)
    assert by_flows.keys() == alone.keys()
    assert {name for name in alone if by_flows[name] != alone[name]} <= OWN
    assert [status.keys() for status in statuses] == [
        {"run_id", "stale_since", "published", "last"}
    ] * 2
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


def test_a_review_is_written_shown_and_told_as_due(through: Audited, server: Server) -> None:
    from oncall_audit.pipeline.review_flows import review

    made = review(kind="monthly", period="2026-03", workspace=str(through.workspace.root))

    assert (made["period"], made["state"], made["waiting"]) == ("2026-03", "due", [])
    pages = {path.rpartition(".")[2]: Path(path) for path in made["paths"]}
    found = {it["key"]: it["data"] for it in server.ask("artifacts/filter")}
    assert found["oncall-monthly-review"] == pages["md"].read_text()


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


def runs(workspace: Workspace) -> list[dict[str, Any]]:
    return [it for it in register.read(workspace.register) if it["kind"] == "run"]


def run_of(audited: Audited) -> dict[str, Any]:
    names = ("run_id", "since", "until", "started_at", "full_refresh", "incident")
    *_, entry = runs(audited.workspace)
    return {"workspace": str(audited.workspace.root), **{name: entry[name] for name in names}}


def test_deployments_name_flows_that_load_and_hold_no_more_than_they_need(
    deployed: dict[str, Any],
) -> None:
    from prefect.flows import Flow, load_flow_from_entrypoint

    reviews = {name: {"kind": name} for name in ("weekly", "monthly", "quarterly")}
    assert set(deployed) == {"nightly", "incident", "watch", "access", "shifts", *reviews}
    for it in deployed.values():
        flow: Flow[..., Any] = load_flow_from_entrypoint(it["entrypoint"])
        assert set(it["parameters"]) <= set(flow.parameters.properties)
        assert it["parameters"] == {"workspace": ".", **reviews.get(it["name"], {})}
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
    (entry,) = runs(small)
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


def test_a_run_that_hangs_is_stopped_and_leaves_the_workspace_free(
    server: Server, small: Workspace
) -> None:
    # Long enough to read the sources, and shorter than any audit.
    done = server.run(
        *("oncall_audit", "run", "--workspace", str(small.root)),
        ONCALL_AUDIT_TIMEOUT_HOURS="0.001",
    )

    (line,) = done.stderr.splitlines()
    assert (done.returncode, line.partition(" hours")[0]) == (
        2, "oncall-audit: The run took longer than 0.001",
    )  # fmt: skip
    *_, entry = runs(small)
    assert (entry["published"], entry["reason"]) == (
        False, "The run took longer than it may, and was stopped.",
    )  # fmt: skip
    with exclusive(small, patience_seconds=0, on_wait=print):
        pass


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

    from oncall_audit.pipeline import flows, review_flows

    with pytest.raises(ParameterTypeError, match="since: Input should be a valid datetime"):
        flows.audit(workspace=str(tmp_path), since="yesterday")  # type: ignore[call-overload]
    with pytest.raises(ConfigurationError, match="Set ONCALL_AUDIT_WORKSPACE"):
        flows.audit(workspace=str(tmp_path))
    with pytest.raises(ParameterTypeError, match="kind: Input should be 'weekly', 'monthly' or"):
        review_flows.review(kind="daily")  # type: ignore[call-overload]
    with pytest.raises(ConfigurationError, match="Set ONCALL_AUDIT_WORKSPACE"):
        review_flows.review(workspace=str(tmp_path))
