"""Flow runs and the processes that they are: one whose process is gone must not seem to run."""

from __future__ import annotations

import contextlib
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from oncall_audit.pipeline.prefect_api import PrefectApi

FlowRun = dict[str, Any]

# One that waits for a person is a process, too.
_BEGUN = ("RUNNING", "CANCELLING", "PAUSED")
_ABOUT_TO_BEGIN = "PENDING"
# From a worker's taking of a run until that has a process, on a machine that does much else.
_PATIENCE = timedelta(minutes=5)


def settle(api: PrefectApi, reason: str, patience: timedelta = _PATIENCE) -> list[str]:
    """Mark runs whose process is gone as crashed; return their names.

    Only for a server whose workers are all on this machine: else the processes are elsewhere.
    """
    gone = [it for it in _live(api) if not _has_process(it, patience)]
    for it in gone:
        for each in (it, *_subflows(api, it)):
            state = {"type": "CRASHED", "name": "Crashed", "message": reason}
            # Not by force, which would leave the run's place in its deployment's limit taken.
            api.post(f"flow_runs/{each['id']}/set_state", state=state)
    return [it["name"] for it in gone]


def tell_to_stop(api: PrefectApi) -> list[str]:
    """Ask the process of each run to end, which records that it was stopped; return their names."""
    told = [it for it in _live(api) if it["state_type"] in _BEGUN and _has_process(it)]
    for it in told:
        with contextlib.suppress(ProcessLookupError):
            os.kill(_pid(it), signal.SIGTERM)
    return [it["name"] for it in told]


def processes(api: PrefectApi) -> list[int]:
    """Return the processes of the runs that have one."""
    return [_pid(it) for it in _live(api) if it["infrastructure_pid"] and _is_alive(_pid(it))]


def kill(api: PrefectApi) -> None:
    """End the process of each run at once."""
    for pid in processes(api):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _live(api: PrefectApi) -> list[FlowRun]:
    """Return the runs of deployments that have begun or are about to."""
    states = {"type": {"any_": [*_BEGUN, _ABOUT_TO_BEGIN]}}
    found: list[FlowRun] = api.post("flow_runs/filter", flow_runs={"state": states})
    return [it for it in found if it["deployment_id"] and not it["parent_task_run_id"]]


def _subflows(api: PrefectApi, parent: FlowRun) -> list[FlowRun]:
    tasks = api.post("task_runs/filter", flow_runs={"id": {"any_": [parent["id"]]}})
    ids = {"any_": [it["id"] for it in tasks]}
    states = {"type": {"any_": [*_BEGUN, _ABOUT_TO_BEGIN]}}
    asked = {"parent_task_run_id": ids, "state": states}
    found: list[FlowRun] = api.post("flow_runs/filter", flow_runs=asked)
    return found


def _has_process(run: FlowRun, patience: timedelta = _PATIENCE) -> bool:
    if not run["infrastructure_pid"]:
        since = datetime.fromisoformat(run["state"]["timestamp"])
        return datetime.now(UTC) - since < patience
    return _is_alive(_pid(run))


def _pid(run: FlowRun) -> int:
    # Some of Prefect's versions put the machine's name before it.
    return int(str(run["infrastructure_pid"]).rpartition(":")[2])


def _is_alive(pid: int) -> bool:
    words = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        # The number may have gone to another process since; one that has ended says nothing.
        return words.exists() and b"prefect" in words.read_bytes()
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
