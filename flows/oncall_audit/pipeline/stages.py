"""The stages of an audit as plain functions: flows and command line call nothing else."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from oncall_audit import landing
from oncall_audit.bounds import Bounds
from oncall_audit.connectors.base import Window
from oncall_audit.errors import AuditError, CheckFailed, SourceError
from oncall_audit.pipeline import backfilling, facts, journal, knowledge, measures, retaining
from oncall_audit.pipeline.run import Progress, Run
from oncall_audit.sources import Source

Done = Mapping[str, Mapping[str, Any]]
Result = dict[str, Any]
ExtractOne = Callable[[Run, str, Progress], Result]

# Below the workspace's data: what forbade the last publication.
FAILED_CHECKS = "failed-checks.json"
# What a source tells by the span it is asked for; the others tell what is now.
_OF_WINDOWS = ("logs", "schedules", "incidents")


def extract_source(run: Run, name: str, report: Progress) -> Result:
    """Land what one source recorded in the run's window; raise `SourceError` when it cannot.

    What it could not tell an earlier audit it is asked for again, as far as it still can.
    """
    source = next(source for source in run.settings.sources if source.name == name)
    connector = source.connector(run.workspace.root)

    def land(window: Window) -> landing.Landed:
        return landing.land(
            connector,
            source_name=source.name,
            system=source.system,
            window=window,
            folder=run.workspace.landing,
            now=run.started_at,
            bounds=run.bounds,
            progress=lambda words: report("extract", f"{name}: {_span(run, window)}{words}"),
        )

    if missed := _missed(run, source):
        longer = replace(run, window=Window(missed, run.window.until))
        try:
            return {"source": name, **backfilling.read(longer, name, source.kind, land).counts()}
        except SourceError as error:
            report("extract", f"{name}: nothing since {missed:%Y-%m-%d %H:%M} UTC, {error}")
    return {"source": name, **backfilling.read(run, name, source.kind, land).counts()}


def _missed(run: Run, source: Source) -> datetime | None:
    """Return since when a source was not read whole, if that was before the run's window."""
    if not run.goes_on or source.kind not in _OF_WINDOWS:
        return None
    since = landing.unread_since(run.workspace.landing, source.name)
    if since is None or since >= run.window.since:
        return None
    # As far back as a first audit: what is older has been told as blind for long enough.
    return max(since, run.window.until - timedelta(days=run.settings.first_window_days))


def _span(run: Run, window: Window) -> str:
    if window == run.window:
        return ""
    return f"{window.since:%Y-%m-%d} to {window.until:%Y-%m-%d}, "


def extract(run: Run, done: Done, report: Progress, one: ExtractOne = extract_source) -> Result:
    """Land every source; a source that fails is recorded as such and the others go on."""
    from oncall_audit.warehouse import aside

    # What reads leaves a core to dbt's imports.
    aside.warm()
    sources: list[Result] = []
    for source in run.settings.sources:
        report("extract", source.name)
        began = time.monotonic()
        try:
            read = one(run, source.name, report)
        except SourceError as error:
            read = {"source": source.name, "state": "failed", "message": str(error)}
        sources.append(measures.of_source(run, read, time.monotonic() - began))
        journal.note(run, "source", **{**sources[-1], "opened_days": None})
    if not sources:
        raise AuditError(f"{run.workspace.config} names no source; add one under `sources:`.")
    if all(source["state"] == "failed" for source in sources):
        raise SourceError("No source could be read: " + " ".join(s["message"] for s in sources))
    return {"sources": sources}


def build(run: Run, done: Done, report: Progress) -> Result:
    """Build the warehouse from what has landed since the last build, or from everything."""
    from oncall_audit import checks
    from oncall_audit.warehouse import aside

    report("build", "reading what has landed")
    retaining.retire_landed(run.workspace, run.settings.retention, run.started_at)
    prepared = knowledge.prepare(run, measures.sources(done))

    def begun(model: str) -> None:
        # Not before: by now dbt has done its own imports, and leaves a core to others.
        checks.warm()
        report("build", model)

    aside.build(
        run.workspace,
        prepared.variables,
        bounds=run.bounds,
        extent=prepared.extent,
        same=prepared.same,
        used=knowledge.used(run),
        geoip=[str(run.workspace.root / path) for path in run.settings.geoip],
        on_model=begun,
    )
    knowledge.confirm(run, prepared)
    return {"extent": prepared.extent}


def check(run: Run, done: Done, report: Progress) -> Result:
    """Hold the built tables against their expectations; raise `CheckFailed` when one blocks."""
    from oncall_audit import checks, reports

    report("check", "expectations")
    # Another process checks, so this one has time.
    reports.warm()
    copying, bounds = None, run.bounds
    with ThreadPoolExecutor(1) as beside:
        if done["build"]["extent"] == "tables":
            # What a night adds is little, and to copy it in vain costs less than to wait for it.
            bounds = run.bounds.half()
            copying = beside.submit(_copy_tables, run, bounds)
        found = checks.check(run.workspace.warehouse, bounds)
    run.prepared.mkdir(parents=True, exist_ok=True)
    (run.prepared / "checks.json").write_text(json.dumps(found.as_dict(), indent=1, default=str))
    if found.blocking_failures:
        shutil.copy(run.prepared / "checks.json", run.workspace.data / FAILED_CHECKS)
        raise CheckFailed(
            "Nothing was published, because the data cannot be right: "
            + " ".join(failure.sentence() for failure in found.blocking_failures)
            + f" The rows are in {run.workspace.data / FAILED_CHECKS}."
        )
    return {
        "checked": len(found.outcomes),
        "warnings": [failure.sentence() for failure in found.failures],
        "rows": copying.result() if copying else None,
    }


def _copy_tables(run: Run, bounds: Bounds) -> int:
    """Write the new `audit.duckdb`, which nobody sees yet, and return its rows."""
    from oncall_audit.warehouse import publication

    run.prepared.mkdir(parents=True, exist_ok=True)
    database = run.prepared / "audit.duckdb"
    database.unlink(missing_ok=True)
    kept_since: dict[str, datetime] = {
        table: run.started_at - timedelta(days=days)
        for table, days in run.settings.retention.tables.items()
    }
    return publication.copy_audit(
        run.workspace.warehouse,
        database,
        run.window if run.incident else None,
        kept_since,
        home=None if run.incident else run.workspace.publications.resolve() / run.run_id,
        before=run.workspace.publication.resolve(),
        bounds=bounds,
    )


def publish(run: Run, done: Done, report: Progress) -> Result:
    """Write the new `audit.duckdb`, its reports and evidence, and switch to them in one step."""
    from oncall_audit import reports
    from oncall_audit.evidence import pseudonym_key
    from oncall_audit.pipeline import evidence, reviews
    from oncall_audit.warehouse import publication

    report("publish", "tables")
    rows = done["check"]["rows"]
    if rows is None:
        rows = _copy_tables(run, run.bounds)
    database = run.prepared / "audit.duckdb"
    key = evidence.signing_key(run.workspace, run.settings)
    found = {**facts.facts(run, database, done), "signing_key": key.public.as_dict()}
    if not run.incident:
        report("publish", "reviews")
        is_whole = run.full_refresh or done["build"]["extent"] == "everything"
        reviews.prepare(run, evidence.scope(run).since, is_whole=is_whole)
        found["reviews"] = reviews.notices(run)
    (run.prepared / "run.json").write_text(json.dumps(found, indent=1, default=str))
    report("publish", "reports")
    # Notifications and the evidence lead to the page and the summary.
    wanted = {"html", "md", *run.settings.reports.formats}
    formats = [name for name in reports.FORMATS if name in wanted]
    named = not run.settings.reports.pseudonymised
    secret = None if named else pseudonym_key.of_workspace(run.workspace)
    since = None if run.incident else evidence.scope(run).since
    reports.render(database, run.prepared, formats, pseudonym_key=secret, since=since)
    report("publish", "evidence")
    found["messages"] = [*found["messages"], *evidence.add_pack(run, key, found)]
    if run.incident:
        final = publication.shelve(run.workspace, run.prepared, run.incident)
    else:
        final = publication.switch(run.workspace, run.prepared, run.run_id)
    return {**found, "publication": str(final), "rows": rows}


# One list feeds the command line and the flows.
STAGES: dict[str, Callable[[Run, Done, Progress], Result]] = {
    "extract": extract,
    "build": build,
    "check": check,
    "publish": publish,
}
