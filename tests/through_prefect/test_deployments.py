"""Deployments on a real Prefect server: scheduler, worker, command line, and runs that hang."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from prefect_server import Server, configure, dumped, eventually, runs, shift_runs

from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.server import answers
from oncall_audit.pipeline.status import read_status
from oncall_audit.workspace import Workspace

pytestmark = [pytest.mark.prefect, pytest.mark.slow]


@pytest.fixture
def unreadable(small: Workspace, tmp_path: Path) -> Workspace:
    """A workspace with nothing but a source that cannot be read."""
    shutil.copy(small.policy, tmp_path)
    configure(tmp_path, requests={"type": "generic", "kind": "requests", "path": "nowhere"})
    return Workspace(tmp_path)


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


def test_a_pool_of_jobs_on_kubernetes_is_taken(server: Server) -> None:
    template = ("--base-job-template", "deployments/kubernetes-pool.json")
    done = server.run(
        "prefect", "work-pool", "create", "on-kubernetes", "--type", "kubernetes", *template
    )

    assert done.returncode == 0, done.stdout + done.stderr
    (pool,) = [it for it in server.ask("work_pools/filter") if it["name"] == "on-kubernetes"]
    assert pool["type"] == "kubernetes"
    assert "workspace_claim" in pool["base_job_template"]["variables"]["properties"]


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
    # Long enough to begin, and shorter than any audit.
    done = server.run(
        *("oncall_audit", "run", "--workspace", str(small.root)),
        ONCALL_AUDIT_TIMEOUT_HOURS="0.0003",
    )

    (line,) = done.stderr.splitlines()
    assert (done.returncode, line.partition(" hours")[0]) == (
        2, "oncall-audit: The run took longer than 0.0003",
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
