"""The checks of `doctor` on what runs have left: who runs, and what is kept is whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oncall_audit.cli.check import Check
from oncall_audit.documents import display
from oncall_audit.errors import AuditError
from oncall_audit.evidence import register
from oncall_audit.formats import FORMAT
from oncall_audit.pipeline import lock, server
from oncall_audit.settings import Settings
from oncall_audit.workspace import Workspace

_LONG = timedelta(hours=6)
_AHEAD = timedelta(minutes=5)


def examine(workspace: Workspace, settings: Settings | None) -> Iterator[Check]:
    """Yield every check that has something to look at."""
    yield _lock(workspace)
    yield from _chains(workspace)
    yield from _key(workspace, settings)
    if workspace.manifest.exists():
        yield from _landed(workspace)
    if workspace.warehouse.exists():
        yield _warehouse(workspace)
    if settings:
        yield from _retention(workspace, settings)
    if url := os.environ.get("PREFECT_API_URL"):
        yield _prefect(url)


def _lock(workspace: Workspace) -> Check:
    held = lock.holder(workspace)
    if held is None:
        return Check("lock", "ok", "no run is under way")
    if not held:
        return Check("lock", "note", "A run is under way.")
    text = f"Process {held['pid']} on {held['host']} runs since {held['since']}."
    if datetime.now(UTC) - datetime.fromisoformat(held["since"]) > _LONG:
        text += " If its log stands still, stop it; the next run goes on from what has landed."
    return Check("lock", "note", text)


def _chains(workspace: Workspace) -> Iterator[Check]:
    for subject, path in (("register", workspace.register), ("custody", workspace.custody)):
        if path.exists():
            try:
                text = f"{len(register.read(path)):,} lines, the chain is whole"
                yield Check(subject, "ok", text)
            except AuditError as error:
                yield Check(subject, "fail", str(error))


def _key(workspace: Workspace, settings: Settings | None) -> Iterator[Check]:
    if settings is None:
        return
    if not (settings.signing_key or workspace.signing_key.exists()):
        yield Check("signing key", "note", "There is none yet; the first run makes one.")
        return
    from oncall_audit.pipeline.evidence import signing_key

    try:
        found = signing_key(workspace, settings).public.fingerprint
        yield Check("signing key", "ok", f"readable, fingerprint {found[:16]}")
    except AuditError as error:
        yield Check("signing key", "fail", str(error))


def _landed(workspace: Workspace) -> Iterator[Check]:
    try:
        with closing(sqlite3.connect(f"file:{workspace.manifest}?mode=ro", uri=True)) as manifest:
            parts = [Path(path) for (path,) in manifest.execute("select path from parts")]
            read = [Path(path) for (path,) in manifest.execute("select distinct path from seen")]
            cursors = manifest.execute("select source_name, occurred_at from cursors").fetchall()
    except sqlite3.Error as error:
        text = f"{display(workspace.manifest)} cannot be read ({error}). Restore it from a backup."
        yield Check("landing", "fail", text)
        return
    yield Check("format", "ok", f"{FORMAT}, which this program writes")
    yield _parts(workspace, parts)
    yield _raw(workspace, read)
    yield from _ahead(cursors)


def _parts(workspace: Workspace, parts: list[Path]) -> Check:
    lost = [path for path in parts if not (workspace.landing / path).exists()]
    if not lost:
        return Check("landing", "ok", f"{len(parts):,} landed files are there")
    text = f"{len(lost):,} of {len(parts):,} landed files are gone, among them {lost[0]}."
    return Check("landing", "fail", f"{text} Restore data/landing from a backup.")


def _raw(workspace: Workspace, read: list[Path]) -> Check:
    gone = [path for path in read if not (workspace.root / path).exists()]
    if not gone:
        return Check("raw files", "ok", f"{len(read):,} that were read are still there")
    text = f"{len(gone):,} of {len(read):,} that were read are gone, among them {gone[0]}."
    return Check("raw files", "note", f"{text} What landed of them stays; keep them with the logs.")


def _ahead(cursors: list[tuple[str, str]]) -> Iterator[Check]:
    now = datetime.now(UTC)
    for source, text in cursors:
        newest = datetime.fromisoformat(text)
        newest = newest.replace(tzinfo=newest.tzinfo or UTC)
        if newest > now + _AHEAD:
            said = f"Its newest record is of {newest:%Y-%m-%d %H:%M} UTC, which is still to come."
            remedy = "Compare the clocks of both machines, and the source's `time_zone`."
            yield Check(f"clock of {source}", "note", f"{said} {remedy}")


def _warehouse(workspace: Workspace) -> Check:
    import duckdb

    try:
        with duckdb.connect(str(workspace.warehouse), read_only=True) as warehouse:
            built = warehouse.execute("select kept from main.fingerprint").fetchone()
    except duckdb.CatalogException:
        return Check("warehouse", "note", "It is not built whole; the next run builds all of it.")
    except duckdb.Error as error:
        if lock.holder(workspace) is not None:
            return Check("warehouse", "ok", "a run is writing it")
        reason = str(error).splitlines()[0]
        text = f"It cannot be opened: {reason} Remove {display(workspace.warehouse.parent)}"
        return Check("warehouse", "fail", f"{text}; the next run builds it from what has landed.")
    return Check("warehouse", "ok", f"built by {built[0].split()[0] if built else 'nobody'}")


def _retention(workspace: Workspace, settings: Settings) -> Iterator[Check]:
    import duckdb

    from oncall_audit.pipeline.retaining import planned

    try:
        due = planned(workspace, settings.retention, datetime.now(UTC))
    except (AuditError, OSError, duckdb.Error):
        return  # What cannot be read has been told above.
    if due:
        parts = ", ".join(sorted({it.part for it in due}))
        text = f"{len(due):,} are kept longer than they should be, of {parts}."
        yield Check("retention", "note", f"{text} The next run removes them: oncall-audit retain")


def _prefect(url: str) -> Check:
    if server.answers(url):
        return Check("prefect", "ok", f"{url} answers")
    text = f"{url} does not answer. Start the server; until then runs go on without it."
    return Check("prefect", "note", text)
