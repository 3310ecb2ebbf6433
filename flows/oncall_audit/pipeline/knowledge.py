"""What the warehouse must know of the run, the policy and earlier runs before it is built."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import duckdb

from oncall_audit import connectors, landing
from oncall_audit.assets import asset
from oncall_audit.connectors.base import LogTable, Table
from oncall_audit.evidence import register
from oncall_audit.pipeline.run import Run
from oncall_audit.policy import history
from oncall_audit.warehouse import control, inputs, rows, systems
from oncall_audit.warehouse.connection import connect, literal
from oncall_audit.warehouse.dbt import Extent
from oncall_audit.warehouse.project import project

Variables = dict[str, float | str]
# What decides which rows are kept, and what the text of views.
Fingerprint = tuple[str, str]

# Of one file; its count is always whole.
_QUARANTINED_SHOWN = 1000
# Among the inputs: any model may read them.
_VARIABLES = "variables"


@cache
def code_version() -> str:
    """Return the package's version and a digest of its code, models and expectations."""
    digest = hashlib.sha256()
    for folder in (Path(__file__).parents[1], project(), asset("expectations")):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".sql", ".yml", ".csv"} and path.is_file():
                digest.update(path.name.encode() + path.read_bytes())
    try:
        number = version("oncall-audit")
    except PackageNotFoundError:
        number = "0"
    return f"{number}+{digest.hexdigest()[:12]}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """How much there is to build, what the models read, and what of it is as they last read it."""

    extent: Extent
    fingerprint: Fingerprint
    variables: Variables
    inputs: inputs.Digests
    same: frozenset[str]


def prepare(run: Run, read: Sequence[Mapping[str, Any]] = ()) -> Prepared:
    """Put control tables, policy and landing views in the warehouse; say how much to build.

    `read` is what this run measured of its sources.
    """
    with (
        landing.Manifest(run.workspace.manifest) as manifest,
        connect(run.workspace.warehouse, run.bounds) as warehouse,
    ):
        # As it is before anything is read: what changes under way is then made again.
        fingerprint = (_kept_by(run, manifest), _shaped_by(run))
        extent = _extent(run, fingerprint, _fingerprint(warehouse))
        before = inputs.recall(warehouse)
        if extent != "tables":
            # Until it is written again, whatever happens, the next build is as large.
            warehouse.execute("drop table if exists main.fingerprint")
            before = {}
        held = _policies(run)
        found = control.write(
            warehouse,
            {
                **_control(run, manifest),
                "policy_versions": [version.row for version in held],
                "run_metrics": control.run_metrics(
                    [
                        *register.read(run.workspace.register),
                        {"kind": "run", **run.plain(), "measures": read},
                    ]
                ),
            },
            history.rows(held, run.workspace.policies),
            before,
        )
        days = None if extent == "everything" else _visible_days(run, manifest)
        tables = {kind: connectors.tables(kind) for kind in sorted(systems.built(used(run)))}
        shown = landing.views(warehouse, manifest, tables, days)
        given = variables(run, warehouse)
    found |= {f"landing.{view}": inputs.digest(query) for view, query in shown.items()}
    found[_VARIABLES] = inputs.digest(json.dumps(given, sort_keys=True))
    if found[_VARIABLES] != before.get(_VARIABLES):
        before = {}
    of_days, is_quiet = _of_days(tables), bool(before) and not days
    same = {
        name
        for name, content in found.items()
        if (is_quiet if name in of_days else before.get(name) == content)
    }
    return Prepared(extent, fingerprint, given, found, frozenset(same))


def _of_days(tables: Mapping[str, Sequence[Table]]) -> set[str]:
    """Name what is read by the days that are opened: of none of it means that all is as it was."""
    logs = {
        f"landing.{kind}__{table.name}"
        for kind, declared in tables.items()
        for table in declared
        if isinstance(table, LogTable)
    }
    return {"landing.opened_days", *logs}


def used(run: Run) -> set[str]:
    """Return the types of all sources, and of those that once were and still have records."""
    with landing.Manifest(run.workspace.manifest) as manifest:
        landed = manifest.connectors() & set(connectors.names())
    return landed | {source.type for source in run.settings.sources}


def variables(run: Run, warehouse: duckdb.DuckDBPyConnection) -> Variables:
    """Return what the models take from policies, as the warehouse has them, and configuration."""
    return {
        **run.policy.thresholds,
        "sensitive_pattern": _sensitive_pattern(warehouse),
        "redact_pattern": "|".join(f"(?:{pattern})" for pattern in run.settings.redact),
    }


def _sensitive_pattern(warehouse: duckdb.DuckDBPyConnection) -> str:
    """Return the sensitive patterns of every version of the policy as one."""
    found = warehouse.execute(
        "select distinct pattern from policy.sensitive_commands order by all"
    ).fetchall()
    # What nothing matches: without a pattern nothing is sensitive.
    return "|".join(f"(?:{pattern})" for (pattern,) in found) or "a^"


def _extent(run: Run, now: Fingerprint, built: Fingerprint | None) -> Extent:
    if run.full_refresh or built is None or built[0] != now[0]:
        return "everything"
    return "tables" if built[1] == now[1] else "models"


def received_since(run: Run) -> date | None:
    """Return the first day with records that no nightly audit has published; None at the first."""
    published = [
        datetime.fromisoformat(it["started_at"])
        for it in register.read(run.workspace.register)
        if it["kind"] == "run" and it["published"] and not it.get("incident")
    ]
    if not published:
        return None
    with landing.Manifest(run.workspace.manifest) as manifest:
        return min(manifest.days(received_after=max(published)), default=None)


def confirm(run: Run, prepared: Prepared) -> None:
    """Remember that everything landed so far is built, and by which code and thresholds."""
    with (
        connect(run.workspace.warehouse, run.bounds) as warehouse,
        landing.Manifest(run.workspace.manifest) as manifest,
    ):
        warehouse.execute("create or replace table main.fingerprint (kept varchar, shaped varchar)")
        kept, shaped = map(literal, prepared.fingerprint)
        warehouse.execute(f"insert into main.fingerprint values ({kept}, {shaped})")
        inputs.remember(warehouse, prepared.inputs)
        manifest.mark_built()


def _kept_by(run: Run, manifest: landing.Manifest) -> str:
    # Whatever decides the rows that a nightly build keeps from earlier ones.
    limits = {
        k: v
        for k, v in run.policy.thresholds.items()
        if "session" in k or k.startswith(("hour_", "peer_", "volume_", "warm_up_"))
    }
    asked = sorted(str(it) for it in run.policy.sensitive_commands)
    gone, again = len(landing.retired_days(manifest)), landing.replays(manifest)
    return f"{code_version()} {sorted(limits.items())} {asked} {run.settings.redact} {gone} {again}"


def _shaped_by(run: Run) -> str:
    # Whatever decides the text of a view, or what its functions answer: while it stays, views
    # need not be made again.
    located = [_stamp(run.workspace.root / path) for path in run.settings.geoip]
    thresholds, made_by = sorted(run.policy.thresholds.items()), duckdb.__version__
    return f"{code_version()} {made_by} {thresholds} {sorted(used(run))} {located}"


def _stamp(path: Path) -> tuple[str, int, int]:
    found = path.stat()
    return str(path), found.st_size, found.st_mtime_ns


def _fingerprint(warehouse: duckdb.DuckDBPyConnection) -> Fingerprint | None:
    try:
        row = warehouse.execute("select kept, shaped from main.fingerprint").fetchone()
    except duckdb.Error:
        return None
    return (row[0], row[1]) if row else None


def _control(run: Run, manifest: landing.Manifest) -> dict[str, Iterable[rows.Row]]:
    records = register.read(run.workspace.register)
    window = (run.window.since, run.window.until)
    return {
        "run": [[run.run_id, *window, run.started_at, code_version(), run.policy.sha256]],
        "runs": control.runs(records),
        "sources": [
            [source.name, source.type, source.kind, source.system, source.silent_hours]
            for source in run.settings.sources
        ],
        "batches": manifest.batches(),
        "contents": [(c.source_name, c.path, c.sha256, c.is_whole) for c in manifest.contents()],
        "quarantined": manifest.quarantined_places(_QUARANTINED_SHOWN),
        "extractions": manifest.extractions(),
        "opened_days": manifest.opened_days(),
        "retired_days": landing.retired_days(manifest),
        "finding_states": control.finding_states(records),
        "actions": control.actions(records),
    }


def _policies(run: Run) -> list[history.Version]:
    """Keep this run's policy; return the versions that hold at some time, it among them."""
    history.keep(run.policy, run.workspace.policies)
    runs = [it for it in register.read(run.workspace.register) if it["kind"] == "run"]
    return history.versions([*runs, {**run.plain(), **history.record(run.policy)}])


def _visible_days(run: Run, manifest: landing.Manifest) -> set[date]:
    """Return the days a nightly build must see: those touched, and a session's reach around."""
    touched = [day for _, day in manifest.opened_days()]
    if not touched:
        return set()
    reach = timedelta(days=int(run.policy.thresholds["session_limit_days"]))
    first, last = min(touched) - reach, max(touched) + reach
    return {day for day in manifest.days() if first <= day <= last}
