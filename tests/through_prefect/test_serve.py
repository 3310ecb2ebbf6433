"""The proof of `serve`: a night by schedule, an incident by event, readers, and a worker killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
import requests
import yaml
from audits import rows, tables
from nights import Nights, digest
from prefect_server import REPOSITORY, eventually

from oncall_audit.evidence import register
from oncall_audit.pipeline import served
from oncall_audit.pipeline.prefect_api import PrefectApi
from oncall_audit.warehouse.connection import connect_published
from oncall_audit.workspace import Workspace

pytestmark = [pytest.mark.prefect, pytest.mark.slow]

_EVERY_SECONDS = 15
_QUICK = {
    "PREFECT_WORKER_QUERY_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "2",
    "PREFECT_API_URL": "",
    "PYTHONPATH": str(REPOSITORY / "flows"),
}
Count = tuple[int, int, int]


@dataclass
class Proof:
    """What was seen while it served, and what it left."""

    workspace: Workspace
    incident: str
    before: dict[str, str]
    said: str = ""
    status: int | None = None
    address: str | None = None
    states: dict[str, list[str]] = field(default_factory=dict)
    refused: subprocess.CompletedProcess[str] | None = None
    counts: list[list[Count]] = field(default_factory=list)


class Site:
    """A workspace that is served, and what a person would do about it."""

    def __init__(self, workspace: Workspace, log: Path) -> None:
        self.workspace, self.log = workspace, log

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "oncall_audit", "serve", "--workspace"]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [*command, str(self.workspace.root), *words],
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **_QUICK},
            )

    def told(self, words: str) -> bool:
        return words in self.log.read_text()

    @property
    def api(self) -> PrefectApi:
        url = served.address(self.workspace)
        assert url, self.log.read_text()
        return PrefectApi(url)

    def runs(self, flow: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.api.post(
            "flow_runs/filter", flows={"name": {"any_": [flow]}}, sort="START_TIME_ASC"
        )
        # The schedule goes on while one runs, and what comes too early is cancelled.
        return [it for it in found if it["start_time"] and it["state_type"] != "CANCELLED"]

    def pause(self, deployment: str) -> None:
        (it,) = self.api.post("deployments/filter", deployments={"name": {"any_": [deployment]}})
        self.api.post(f"deployments/{it['id']}/pause_deployment")

    def resolved(self, incident: str) -> None:
        event = {
            "id": str(uuid4()),
            "occurred": datetime.now(UTC).isoformat(),
            "event": "incident.resolved",
            "resource": {"prefect.resource.id": f"incident.{incident}"},
            "payload": {"incident_id": incident},
        }
        answer = requests.post(f"{self.api.url}/events", json=[event], timeout=20)
        answer.raise_for_status()

    def worker(self) -> int:
        """Return the process of the worker of this workspace."""
        mine = f"PREFECT_HOME={self.workspace.prefect}".encode()
        for process in Path("/proc").glob("[0-9]*"):
            try:
                words = (process / "cmdline").read_bytes().split(b"\0")
                if b"worker" in words and mine in (process / "environ").read_bytes().split(b"\0"):
                    return int(process.name)
            except OSError:
                continue
        raise AssertionError("there is no worker")


@pytest.fixture(scope="module")
def site(nights: Nights, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Last night's workspace, whose nightly audit of tonight is due every few seconds."""
    folder = tmp_path_factory.mktemp("served")
    workspace = nights.tonight(folder / "workspace")
    said = yaml.safe_load((REPOSITORY / "deployments" / "prefect.yaml").read_text())
    kept = []
    for it in said["deployments"]:
        if it["name"] == "nightly":
            window = {"since": nights.since.isoformat(), "until": nights.until.isoformat()}
            it["parameters"] |= window
            it["schedules"] = [{"interval": _EVERY_SECONDS}]
            it["concurrency_limit"] = {"limit": 1, "collision_strategy": "CANCEL_NEW"}
        if it["name"] in {"nightly", "incident"}:
            kept.append(it)
    said["deployments"] = kept
    (workspace.root / "prefect.yaml").write_text(yaml.safe_dump(said))
    return Site(workspace, folder / "serve.log")


@pytest.fixture(scope="module")
def proof(site: Site, nights: Nights) -> Iterator[Proof]:
    """Everything at once: see the tests below for what has to come of it."""
    # Of days that were audited: what is asked for beyond them is blind, which is a finding.
    ((incident,),) = rows(
        site.workspace,
        "select incident_id from incidents where ended_at is not null and started_at - interval 1"
        f" hour >= timestamp '{nights.since:%Y-%m-%d %H:%M}' order by started_at limit 1",
    )
    found = Proof(site.workspace, incident, digest(site.workspace.publication))
    enough = Event()
    process = site.start()
    try:
        with ThreadPoolExecutor(4) as readers:
            reading = [readers.submit(_read, site.workspace, enough) for _ in range(4)]
            try:
                _disturb(site, found, process)
            finally:
                enough.set()
            found.counts = [it.result() for it in reading]
        process.send_signal(signal.SIGTERM)
        found.status = process.wait(timeout=120)
        found.said = site.log.read_text()
        yield found
    finally:
        # Else what it started would go on.
        process.terminate()
        process.wait(timeout=200)


def _disturb(site: Site, found: Proof, process: subprocess.Popen[bytes]) -> None:
    eventually(lambda: site.told("Ctrl-C ends it") or process.poll() is not None, seconds=240)
    found.address = served.address(site.workspace)
    found.refused = subprocess.run(
        [sys.executable, "-m", "oncall_audit", "serve", "--workspace", str(site.workspace.root)],
        capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **_QUICK},
    )  # fmt: skip
    eventually(lambda: site.runs("build"), seconds=240)
    site.resolved(found.incident)
    (killed,) = site.runs("audit")
    for pid in (site.worker(), int(killed["infrastructure_pid"])):
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: _published(site.workspace), seconds=300)
    site.pause("nightly")
    eventually(lambda: _ended(site.runs("incident")), seconds=300)
    eventually(lambda: _ended(site.runs("audit")), seconds=300)
    found.states = {
        flow: [it["state_name"] for it in site.runs(flow)] for flow in ("audit", "incident")
    }


def _ended(runs: list[dict[str, Any]]) -> bool:
    return bool(runs) and all(it["end_time"] for it in runs)


def _published(workspace: Workspace) -> list[dict[str, Any]]:
    return [it for it in _runs(workspace)[1:] if it["published"] and not it["incident"]]


def _runs(workspace: Workspace) -> list[dict[str, Any]]:
    return [it for it in register.read(workspace.register) if it["kind"] == "run"]


def _read(workspace: Workspace, enough: Event) -> list[Count]:
    """Ask the published tables again and again; return what was answered, each answer once."""
    answers: list[Count] = []
    while not enough.is_set():
        with connect_published(workspace.published) as published:
            answer = published.execute(
                "select (select count(*) from findings), (select count(*) from sessions),"
                " (select count(*) from audit_runs)"
            ).fetchone()
        assert answer
        if answer not in answers:
            answers.append(answer)
        time.sleep(0.05)
    return answers


def test_it_says_what_runs_when_and_where_to_look(proof: Proof) -> None:
    first, *lines = proof.said.splitlines()
    if first.startswith("Port 4200 is taken"):
        first, *lines = lines

    assert first.startswith(f"Scheduled on {proof.workspace.root}, times of ")
    assert lines[0].split()[0] == "nightly"
    assert lines[1].split() == ["incident", "when", "asked", "for,", "or", "by", "event"]
    assert f"{proof.address}".removesuffix("/api") in lines[2]
    assert lines[-1] == "Stopping."


def test_what_was_killed_is_started_again_and_marked_and_the_next_run_heals(proof: Proof) -> None:
    assert "The worker was killed by signal 9; it starts again in 1 s." in proof.said
    assert "ended without a word; the next one makes up for it." in proof.said
    first, *others = proof.states["audit"]
    assert first == "Crashed"
    assert "Completed" in others


def test_the_night_is_published_whole(proof: Proof, nights: Nights) -> None:
    assert tables(proof.workspace) == nights.expected
    assert digest(proof.workspace.publication) != proof.before
    left = [it.name for it in proof.workspace.publications.iterdir() if it.name.startswith(".")]
    assert left == []


def test_the_register_is_whole_and_names_each_run_that_ended(proof: Proof) -> None:
    runs = _runs(proof.workspace)

    assert {it["published"] for it in runs} == {True}
    assert [it["incident"] for it in runs if it["incident"]] == [proof.incident]
    assert len({it["run_id"] for it in runs}) == len(runs)


def test_an_event_makes_the_report_of_its_incident(proof: Proof) -> None:
    (report,) = (proof.workspace.data / "incidents").rglob("report.html")

    assert proof.states["incident"] == ["Completed"]
    query = "select finding_id from findings"
    with connect_published(report.with_name("audit.duckdb")) as published:
        found = set(published.execute(query).fetchall())
    assert found <= set(rows(proof.workspace, query))


def test_four_readers_see_last_night_or_tonight_and_nothing_between(proof: Proof) -> None:
    assert len(proof.counts) == 4
    seen = {it for answers in proof.counts for it in answers}

    # Each further run that was published before the schedule was paused adds itself to audit_runs.
    assert len({it[:2] for it in seen}) == 2
    assert all(answers == sorted(answers, key=lambda it: it[2]) for answers in proof.counts)


def test_a_second_one_is_refused(proof: Proof) -> None:
    assert proof.refused
    assert proof.refused.returncode == 2
    assert f"runs already on {proof.workspace.root}" in proof.refused.stderr


def test_it_ends_cleanly_and_nothing_of_it_stays(proof: Proof) -> None:
    assert proof.status == 0
    assert served.address(proof.workspace) is None
    mine = f"PREFECT_HOME={proof.workspace.prefect}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            assert mine not in (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
