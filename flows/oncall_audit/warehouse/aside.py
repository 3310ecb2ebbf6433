"""dbt in a process of its own, which imports it while logs are read."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from oncall_audit.aside import Aside, Say, answer
from oncall_audit.bounds import Bounds
from oncall_audit.collection import without_collection
from oncall_audit.errors import AuditError, CheckFailed
from oncall_audit.warehouse import dbt, parsed
from oncall_audit.warehouse.project import project
from oncall_audit.workspace import Workspace

_waiting: list[Aside] = []


@cache
def warm() -> None:
    """Begin to import dbt beside other work, once, for a build that is to come."""
    if "dbt.cli.main" not in sys.modules:
        _waiting.append(Aside(__name__))


def build(
    workspace: Workspace,
    variables: Mapping[str, float | str],
    *,
    bounds: Bounds,
    extent: dbt.Extent,
    used: Collection[str],
    same: Collection[str] = (),
    geoip: Sequence[str] = (),
    on_model: Callable[[str], None] | None = None,
) -> None:
    """Build as `dbt.build` does, in the process that waits for it if there is one, or here."""
    told: dict[str, Any] = {"extent": extent, "used": sorted(used), "same": sorted(same)}
    told |= {"geoip": list(geoip), "variables": dict(variables)}
    if _waiting:
        process = _waiting.pop()
        place = {"workspace": str(workspace.root.resolve()), "bounds": bounds.plain()}
        found = process.ask({**place, "told": told}, on_model)
        if process.signal:
            raise AuditError(
                f"Signal {process.signal} ended dbt, as when the machine has no memory left."
                " Nothing was published. Lower `memory_limit` if so, then run again."
            )
        if found:
            if found["failure"]:
                raise CheckFailed(found["failure"])
            return
    dbt.build(workspace, bounds=bounds, on_model=on_model, **told)


def _without_schemas() -> None:
    """Have JSON schemas, which no build makes, imported by who makes one: a tenth of dbt's time."""
    name = "mashumaro.jsonschema"
    if spec := importlib.util.find_spec(name):
        module = importlib.util.module_from_spec(spec)

        def build_json_schema(*arguments: Any, **options: Any) -> Any:
            builder = importlib.import_module(f"{name}.builder")
            return builder.build_json_schema(*arguments, **options)

        vars(module)["build_json_schema"] = build_json_schema
        sys.modules[name] = module


def _main() -> None:
    # By name: `dbt` is this program's own here.
    with without_collection():
        _without_schemas()
        for name in ("dbt.adapters.duckdb", "dbt.cli.main"):
            importlib.import_module(name)
        parsed.warm(project(), "duckdb")

    def built(asked: Any, say: Say) -> dict[str, str | None]:
        workspace, bounds = Workspace(Path(asked["workspace"])), Bounds.of(asked["bounds"])
        try:
            dbt.build(workspace, bounds=bounds, on_model=say, **asked["told"])
        except CheckFailed as failed:
            return {"failure": str(failed)}
        return {"failure": None}

    answer(built)


if __name__ == "__main__":
    _main()
