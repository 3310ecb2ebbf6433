"""Keeps a Prefect server and a worker alive, so that what is scheduled happens on this machine."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import requests

from oncall_audit.errors import AuditError
from oncall_audit.pipeline import deploying, lateness, live_runs, served, server
from oncall_audit.pipeline.children import Child
from oncall_audit.pipeline.prefect_api import PrefectApi
from oncall_audit.policy import load_policy
from oncall_audit.settings import Settings, load
from oncall_audit.workspace import Workspace

Say = Callable[[str], None]

PORT = 4200
_NO_TELEMETRY = {"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"}
_START_SECONDS = 180.0
_TICK_SECONDS = 1.0
_SETTLE_TICKS, _ALARM_TICKS = 15, 300
# What a run needs to note that it was stopped, and Prefect to take it.
_LAST_WORDS_SECONDS = 60.0


@dataclass
class Service:
    """One `serve`: its workspace, how it is told to stop, and whom it tells."""

    workspace: Workspace
    stop: threading.Event
    say: Say
    port: int | None = None
    _children: list[Child] = field(default_factory=list)

    def run(self) -> None:
        """Serve until told to stop; raise `AuditError` if it cannot start."""
        settings = load(self.workspace)
        self.workspace.prefect.mkdir(mode=0o700, parents=True, exist_ok=True)
        # A policy that lets nothing happen by itself would make every run of it fail.
        idle = set() if load_policy(self.workspace).control.automatic else {"shifts"}
        with served.alone(self.workspace) as announce:
            deployments = deploying.prepare(self.workspace, settings.time_zone, asked_alone=idle)
            url, is_own = self._address()
            environment = self._environment(url)
            if is_own:
                words = server.words(int(url.split(":")[2].partition("/")[0]))
                self._add("server", words, environment)
            words = ["worker", "start", "--pool", deployments.pool, "--type", "process"]
            api = PrefectApi(url)
            try:
                if is_own and not self._until(lambda: server.answers(url)):
                    return
                if is_own:
                    # Of a serve that was killed: whoever waits for them would wait for ever.
                    live_runs.settle(api, "The process had ended.", timedelta())
                self._add("worker", words, environment)
                self._tend()
                log = self.workspace.prefect / "deploy.log"
                deploying.deploy(deployments, api, environment, log)
                announce(url)
                self._tell(api, deployments, settings, url)
                self._watch(api, settings, is_own=is_own)
            finally:
                self._end(api, is_own=is_own)

    def _address(self) -> tuple[str, bool]:
        """Return the API's address, and whether the server is ours to start."""
        url = os.environ.get("PREFECT_API_URL")
        if url and server.answers(url):
            return url, False
        if url:
            self.say(f"The Prefect server at {url} does not answer; starting one here.")
        wanted = PORT if self.port is None else self.port
        port = server.free_port(wanted)
        if port != wanted:
            if self.port is not None:
                raise AuditError(f"Port {wanted} is taken. Give another one with --port.")
            self.say(f"Port {wanted} is taken; using {port}.")
        return server.address(port), True

    def _environment(self, url: str) -> dict[str, str]:
        return {
            **os.environ,
            **_NO_TELEMETRY,
            "PREFECT_HOME": str(self.workspace.prefect),
            "PREFECT_API_URL": url,
            "PREFECT_CLI_PROMPT": "false",
            # Else its pages are unpacked beside the program, which may not be ours to write.
            "PREFECT_UI_STATIC_DIRECTORY": str(self.workspace.prefect / "pages"),
            "ONCALL_AUDIT_WORKSPACE": str(self.workspace.root),
            # What runs for the worker is what runs here.
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }

    def _add(self, name: str, words: list[str], environment: dict[str, str]) -> None:
        log = self.workspace.prefect / f"{name}.log"
        self._children.append(Child(name, words, environment, log))

    def _tend(self) -> None:
        for child in self._children:
            if told := child.tend():
                self.say(told)

    def _until(self, holds: Callable[[], bool]) -> bool:
        """Wait until it holds; return False if told to stop first."""
        deadline = time.monotonic() + _START_SECONDS
        while not self.stop.is_set():
            self._tend()
            if holds():
                return True
            if time.monotonic() > deadline:
                log = self.workspace.prefect / "server.log"
                raise AuditError(f"Prefect's server does not start; see {log}.")
            self.stop.wait(0.2)
        return False

    def _tell(
        self, api: PrefectApi, deployments: deploying.Deployments, settings: Settings, url: str
    ) -> None:
        deadline = time.monotonic() + _START_SECONDS
        planned = deploying.next_runs(
            api,
            deployments,
            patience=lambda: time.monotonic() < deadline and not self.stop.wait(0.5),
        )
        zone = ZoneInfo(settings.time_zone)
        self.say(f"Scheduled on {self.workspace.root}, times of {settings.time_zone}:")
        for name in deployments.names:
            at = planned.get(name)
            when = (
                f"{at.astimezone(zone):%a %Y-%m-%d %H:%M}" if at else "when asked for, or by event"
            )
            self.say(f"  {name:<12} {when}")
        self.say(f"Runs and their logs: {url.removesuffix('/api')} (this machine only)")
        self.say(f"Report: {self.workspace.publication / 'report.html'}")
        self.say("Ctrl-C ends it; what is scheduled then waits for the next start.")

    def _watch(self, api: PrefectApi, settings: Settings, *, is_own: bool) -> None:
        began = datetime.now(UTC)
        looks = count()
        while not self.stop.wait(_TICK_SECONDS):
            self._tend()
            look = next(looks)
            if is_own and look % _SETTLE_TICKS == 0:
                self._settle(api)
            if look % _ALARM_TICKS == 0:
                for sentence in lateness.alarm(self.workspace, settings, began, self._wait):
                    self.say(sentence)

    def _settle(self, api: PrefectApi) -> None:
        with contextlib.suppress(requests.RequestException):
            for name in live_runs.settle(api, "The process had ended."):
                self.say(f"Run {name} ended without a word; the next one makes up for it.")

    def _wait(self, seconds: float) -> None:
        self.stop.wait(seconds)

    def _end(self, api: PrefectApi, *, is_own: bool) -> None:
        self.say("Stopping.")
        children = {it.name: it for it in self._children}
        worker = children.get("worker")
        if worker and worker.process:
            # First it takes no more; then the runs are told, who still need the server.
            worker.process.terminate()
        with contextlib.suppress(requests.RequestException):
            for name in live_runs.tell_to_stop(api) if is_own else ():
                self.say(f"Run {name} is told to stop.")
        deadline = time.monotonic() + _LAST_WORDS_SECONDS
        with contextlib.suppress(requests.RequestException):
            while is_own and live_runs.processes(api) and time.monotonic() < deadline:
                time.sleep(0.5)
            if is_own and worker:
                live_runs.kill(api)
                live_runs.settle(api, "'oncall-audit serve' was stopped.", timedelta())
        for child in reversed(self._children):
            child.stop(_LAST_WORDS_SECONDS)
