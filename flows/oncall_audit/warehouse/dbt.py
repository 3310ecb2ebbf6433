"""dbt in this process: the one place that runs it and lets go of the warehouse file afterwards."""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from oncall_audit.bounds import Bounds
from oncall_audit.collection import without_collection
from oncall_audit.errors import CheckFailed
from oncall_audit.warehouse import parsed, systems
from oncall_audit.warehouse.project import project as find_project
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

# `everything` forgets what earlier builds kept; `tables` trusts the views that stand.
Extent = Literal["everything", "models", "tables"]
_EXTENTS: dict[Extent, list[str]] = {
    "everything": ["--full-refresh"],
    "models": [],
    "tables": ["--select", f"tag:{parsed.DUE}"],
}

_LOG_BYTES = 10_000_000
_QUIET = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DO_NOT_TRACK": "1",
}


def build(
    workspace: Workspace,
    variables: Mapping[str, float | str],
    *,
    bounds: Bounds,
    extent: Extent,
    used: Collection[str],
    same: Collection[str] = (),
    geoip: Sequence[str] = (),
    on_model: Callable[[str], None] | None = None,
) -> None:
    """Build models as far as `extent` says; raise `CheckFailed` with those that could not be.

    Of the systems it builds those that are `used`, and of tables those that read more than inputs
    (`schema.name`) that are the `same` as at the last build.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    options = bounds.options("build", workspace.warehouse.with_suffix(".spill"))
    environment = {
        "ONCALL_AUDIT_WAREHOUSE": str(workspace.warehouse),
        "ONCALL_AUDIT_THREADS": str(options["threads"]),
        "ONCALL_AUDIT_MEMORY": str(options["memory_limit"]),
        "ONCALL_AUDIT_SPILL": str(options["temp_directory"]),
        "ONCALL_AUDIT_GEOIP": json.dumps(list(geoip)),
    }
    if geoip:
        variables = {**variables, "is_located_by_file": True}
    folders = (workspace.dbt_target, workspace.dbt_logs)
    try:
        with _environment(environment):
            build_on("duckdb", folders, variables, extent, used, same, on_model)
    finally:
        # Without this the file stays locked for as long as the process lives.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]


def build_on(
    target: str,
    folders: tuple[Path, Path],
    variables: Mapping[str, float | str],
    extent: Extent,
    used: Collection[str],
    same: Collection[str] = (),
    on_model: Callable[[str], None] | None = None,
    around: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
) -> None:
    """Build on a target of the profile, with dbt's own files in two folders: target and logs.

    What is `around` holds while models are built.
    """
    log = folders[1] / "dbt.log"
    where = ["--target", target]
    where += ["--target-path", str(folders[0]), "--log-path", str(folders[1])]
    project = find_project()

    def given(united: systems.Systems) -> list[str]:
        return ["--vars", json.dumps({**variables, "systems": united}, sort_keys=True)]

    # dbt keeps nearly all that it makes until it is done: looking through it for garbage again and
    # again takes a quarter of the time of parsing.
    with _environment(_QUIET), without_collection(), _log(log) as write:
        report = _reporter(write, on_model)

        def parse() -> Manifest:
            parsing = ["parse", "--no-partial-parse", *where, *given(systems.systems(project))]
            return cast("Manifest", _invoke(project, parsing, report, log).result)

        read = parsed.manifest(project, parse, systems.left_out(project, used), target)
        if extent == "tables":
            parsed.keep_due(read, same)
        parsed.flatten(read)
        building = ["build", *where, *_EXTENTS[extent], *given(systems.systems(project, used))]
        with around(), parsed.on_trust():
            _invoke(project, building, report, log, read)


def _invoke(
    project: Path,
    arguments: list[str],
    report: Callable[[Any], None],
    log: Path,
    read: Manifest | None = None,
) -> dbtRunnerResult:
    from dbt.cli.main import dbtRunner

    # Nobody reads dbt's own account of a build; its log is written here, without the noise.
    flags = ["--log-level", "none", "--log-level-file", "none", "--no-write-json"]
    folders = ["--project-dir", str(project), "--profiles-dir", str(project)]
    result = dbtRunner(manifest=read, callbacks=[report]).invoke([*flags, *arguments, *folders])
    failures = _failures(result)
    if failures:
        raise CheckFailed(
            "The warehouse could not be built, so nothing was published: "
            + "; ".join(failures)
            + f". The full log is {log}."
        )
    if not result.success:
        # dbt ends so, without a failure to name, when it was interrupted.
        raise KeyboardInterrupt
    return result


def _reporter(
    write: Callable[[str], object], on_model: Callable[[str], None] | None
) -> Callable[[Any], None]:
    def report(event: Any) -> None:
        if event.info.level != "debug":
            write(f"{event.info.ts.ToJsonString()} [{event.info.level}] {event.info.msg}")
        if on_model and event.info.name == "LogStartLine":
            on_model(str(event.data.node_info.node_name))

    return report


@contextlib.contextmanager
def _log(path: Path) -> Iterator[Callable[[str], object]]:
    # dbt's own log puts every debug line together before it drops it, thousands a build.
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=5, encoding="utf-8")
    try:
        yield lambda line: handler.handle(logging.makeLogRecord({"msg": line}))
    finally:
        handler.close()


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
