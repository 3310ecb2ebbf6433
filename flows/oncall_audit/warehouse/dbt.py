"""dbt in this process: the one place that runs it and lets go of the warehouse file afterwards."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from oncall_audit.assets import asset
from oncall_audit.errors import CheckFailed
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

# `everything` forgets what earlier builds kept; `tables` trusts the views that stand.
Extent = Literal["everything", "models", "tables"]
_EXTENTS: dict[Extent, list[str]] = {
    "everything": ["--full-refresh"],
    "models": [],
    "tables": ["--select", "config.materialized:table", "config.materialized:incremental"],
}

_QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
}


def build(
    workspace: Workspace,
    variables: Mapping[str, float],
    *,
    threads: int,
    memory_limit: str,
    extent: Extent,
    on_model: Callable[[str], None] | None = None,
) -> None:
    """Build models as far as `extent` says; raise `CheckFailed` with those that could not be."""
    environment = {
        **_QUIET,
        "ONCALL_AUDIT_WAREHOUSE": str(workspace.warehouse),
        "ONCALL_AUDIT_THREADS": str(threads),
        "ONCALL_AUDIT_MEMORY": memory_limit,
    }
    with _environment(environment):
        result = _invoke(_arguments(workspace, variables, extent), on_model)
    failures = _failures(result)
    if failures:
        raise CheckFailed(
            "The warehouse could not be built, so nothing was published: "
            + "; ".join(failures)
            + f". The full log is {workspace.dbt_logs / 'dbt.log'}."
        )
    if not result.success:
        # dbt ends so, without a failure to name, when it was interrupted.
        raise KeyboardInterrupt


def _arguments(workspace: Workspace, variables: Mapping[str, float], extent: Extent) -> list[str]:
    project = str(asset("dbt_project"))
    arguments = ["--log-level", "none", "--log-level-file", "info", "build"]
    arguments += ["--project-dir", project, "--profiles-dir", project]
    arguments += ["--target-path", str(workspace.dbt_target), "--log-path", str(workspace.dbt_logs)]
    # Unit tests prove the models where they are made; a night needs only the models.
    arguments += ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "test"]
    arguments += ["--vars", json.dumps(dict(variables), sort_keys=True)]
    return [*arguments, *_EXTENTS[extent]]


def _invoke(arguments: list[str], on_model: Callable[[str], None] | None) -> dbtRunnerResult:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    def report(event: Any) -> None:
        if on_model and event.info.name == "LogStartLine":
            on_model(str(event.data.node_info.node_name))

    try:
        return dbtRunner(callbacks=[report]).invoke(arguments)
    finally:
        # Without this the file stays locked for as long as the process lives.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        _close_logs()


def _close_logs() -> None:
    # dbt opens its log anew for every build and leaves the last one open.
    from dbt_common.events.event_manager_client import cleanup_event_logger, get_event_manager

    for logger in get_event_manager().loggers:
        for handler in getattr(getattr(logger, "_python_logger", None), "handlers", ()):
            handler.close()
    cleanup_event_logger()


def _failures(result: dbtRunnerResult) -> list[str]:
    if result.success:
        return []
    if result.exception:
        return [" ".join(str(result.exception).split())]
    nodes = getattr(result.result, "results", [])
    return [
        f"{node.node.name}: {' '.join(str(node.message).split())}"
        for node in nodes
        if str(node.status) in {"error", "fail"}
    ]


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
