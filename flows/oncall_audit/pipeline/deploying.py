"""Puts what `prefect.yaml` says on a Prefect server, in the workspace's time zone."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import yaml

from oncall_audit.assets import asset
from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.pipeline.prefect_api import PrefectApi
from oncall_audit.workspace import Workspace

Plain = dict[str, Any]

OWN_FILE = "prefect.yaml"
_PATIENCE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Deployments:
    """What is to be put on the server, and the one pool that all of it runs in."""

    path: Path
    pool: str
    names: tuple[str, ...]


def prepare(workspace: Workspace, time_zone: str, *, asked_alone: set[str]) -> Deployments:
    """Write the deployments with the workspace's time zone, or take those of its `prefect.yaml`.

    Those `asked_alone` get neither schedule nor trigger, unless that file says so.
    """
    own = workspace.root / OWN_FILE
    path = own if own.exists() else asset("deployments") / OWN_FILE
    content = _read(path)
    if path != own:
        for deployment in content["deployments"]:
            if deployment["name"] in asked_alone:
                deployment |= {"schedules": [], "triggers": []}
            for schedule in deployment.get("schedules") or ():
                schedule["timezone"] = time_zone
    pools = {str((it.get("work_pool") or {}).get("name")) for it in content["deployments"]}
    if len(pools) != 1 or "None" in pools:
        raise ConfigurationError(
            f"{path}: every deployment needs the same work_pool, for one worker runs them all."
        )
    # Said once in the file by means of its own, which a reader of what is written need not know.
    content.pop("definitions", None)
    written = workspace.prefect / "deployments.yaml"
    written.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    names = tuple(it["name"] for it in content["deployments"])
    return Deployments(written, pools.pop(), names)


def deploy(
    deployments: Deployments, api: PrefectApi, environment: Mapping[str, str], log: Path
) -> None:
    """Make or renew the deployments, once the worker has made their pool."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not _exists(api, f"work_pools/{deployments.pool}"):
        if time.monotonic() > deadline:
            raise AuditError(f"The worker does not start; see {log.with_name('worker.log')}.")
        time.sleep(0.2)
    words = ["--no-prompt", "deploy", "--all", "--prefect-file", str(deployments.path)]
    with log.open("wb") as written:
        done = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-m", "prefect", *words],
            env=environment,
            cwd=deployments.path.parent,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise AuditError(f"The deployments of {OWN_FILE} cannot be made; see {log}.")


def next_runs(
    api: PrefectApi, deployments: Deployments, *, patience: Callable[[], bool]
) -> dict[str, datetime | None]:
    """Return when each deployment runs next, None if not by itself.

    Asks again while a schedule has no run yet and `patience` says so.
    """
    while True:
        found = api.post("deployments/filter", limit=200)
        ours = (it for it in found if it["work_pool_name"] == deployments.pool)
        known = {it["name"]: it for it in ours if it["name"] in deployments.names}
        planned = {name: _next(api, it["id"]) for name, it in known.items()}
        scheduled = [n for n, it in known.items() if any(s["active"] for s in it["schedules"])]
        if all(planned[name] for name in scheduled) or not patience():
            return planned


def _next(api: PrefectApi, deployment: str) -> datetime | None:
    now = datetime.now(UTC).isoformat()
    found = api.post(
        "flow_runs/filter",
        deployments={"id": {"any_": [deployment]}},
        flow_runs={
            "state": {"type": {"any_": ["SCHEDULED"]}},
            "expected_start_time": {"after_": now},
        },
        sort="EXPECTED_START_TIME_ASC",
        limit=1,
    )
    return datetime.fromisoformat(found[0]["expected_start_time"]) if found else None


def _exists(api: PrefectApi, path: str) -> bool:
    try:
        api.get(path)
    except requests.RequestException:
        return False
    return True


def _read(path: Path) -> Plain:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}") from None
    listed = isinstance(content, dict) and content.get("deployments")
    if not isinstance(listed, list) or not all(isinstance(it, dict) for it in listed):
        raise ConfigurationError(f"{path} names no deployments.")
    return dict(content)
