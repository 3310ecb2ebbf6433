"""The checks of `doctor`: each says what it found and, if it is wrong, what to do."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from oncall_audit import documents, variables
from oncall_audit.cli import certificates, condition
from oncall_audit.cli.check import Check
from oncall_audit.documents import display
from oncall_audit.errors import AuditError
from oncall_audit.evidence import register
from oncall_audit.pipeline import lateness
from oncall_audit.pipeline.status import staleness
from oncall_audit.policy import Policy, load_policy
from oncall_audit.settings import Settings, Source, load
from oncall_audit.workspace import Workspace

_SPARE_BYTES = 512 * 1024**2


def examine(workspace: Workspace) -> Iterator[Check]:
    """Yield every check, cheap ones first."""
    settings: Settings | None = None
    try:
        settings = load(workspace)
        yield _configured(workspace, settings)
    except AuditError as error:
        yield Check("configuration", "fail", str(error))
    yield from _policy(workspace)
    yield from _secrets(workspace)
    for source in settings.sources if settings else ():
        yield _source(workspace, source)
    if settings:
        yield from certificates.examine(workspace.root, settings)
    yield from _channels(workspace, settings)
    yield _writable(workspace)
    yield _disk(workspace, settings)
    yield _clock(workspace)
    yield _time_zones()
    yield _duckdb()
    yield from condition.examine(workspace, settings)
    yield _publication(workspace, settings)
    yield from _reviews(workspace)


def _configured(workspace: Workspace, settings: Settings) -> Check:
    if not settings.sources:
        text = f"{display(workspace.config)} names no source. Add one below 'sources:'."
        return Check("configuration", "fail", text)
    return Check("configuration", "ok", f"{len(settings.sources)} sources, {settings.organisation}")


def _is_changed(workspace: Workspace, policy: Policy) -> bool:
    with contextlib.suppress(AuditError):
        seen = [it.get("policy_sha256") for it in register.read(workspace.register)]
        known = [sha256 for sha256 in seen if sha256]
        return bool(known) and known[-1] != policy.sha256
    return False


def _policy(workspace: Workspace) -> Iterator[Check]:
    try:
        policy = load_policy(workspace)
    except AuditError as error:
        yield Check("policy", "fail", str(error))
        return
    if not (policy.services and policy.resources):
        text = f"{display(workspace.policy)} names no service or no resource yet."
        yield Check("policy", "note", f"{text} Add them, or every access stands without an owner.")
    else:
        text = f"{len(policy.services)} services, {len(policy.resources)} resources"
        yield Check("policy", "ok", f"{text}, sha256 {policy.sha256[:12]}")
    if since := policy.effective_from:
        text = f"effective_from: every change of the policy counts from {since:%Y-%m-%d %H:%M} UTC."
        yield Check("policy", "note", f"{text} Take the line out once it is as it should be.")
    elif _is_changed(workspace, policy):
        text = "It was changed since the last run and holds from the next one on."
        yield Check(
            "policy", "note", f"{text} 'effective_from: <day>' in it judges the past by it."
        )
    for it in policy.expired(datetime.now(UTC)):
        text = f"The exception of {it.engineer} on {it.resource} ended {it.expires:%Y-%m-%d}."
        yield Check("policy", "note", f"{text} {it.owner} should renew or remove it.")


def _secrets(workspace: Workspace) -> Iterator[Check]:
    try:
        names = sorted(set(variables.references(documents.read(workspace.config).content)))
        unset = [name for name in names if name not in variables.variables(workspace)]
    except AuditError:
        return  # The configuration's own check has said why.
    if unset:
        yield Check("secrets", "fail", f"Not set: {', '.join(unset)}. Set them in .env.")
    elif names:
        yield Check("secrets", "ok", f"{len(names)} variables are set")
    if workspace.secrets.exists() and workspace.secrets.stat().st_mode & stat.S_IROTH:
        path = display(workspace.secrets)
        yield Check(
            "secrets", "note", f"Everybody on this machine may read {path}: chmod 600 {path}"
        )


def _source(workspace: Workspace, source: Source) -> Check:
    subject = f"source {source.name}"
    connector = source.connector(workspace.root)
    probe = getattr(connector, "probe", None)
    try:
        # A folder that is a copy of a bucket says nothing of the bucket.
        path = getattr(connector, "path", None)
        if path and not getattr(connector, "bucket", None):
            found = _files(Path(path))
            size = sum(file.stat().st_size for file in found)
            return Check(subject, "ok", f"{len(found)} files, {size / 1e6:.1f} MB")
        if probe is None:
            return Check(subject, "note", f"{source.type} cannot be tried out; a run will tell.")
        return Check(subject, "ok", str(probe() or "answers, and accepts the credential"))
    except AuditError as error:
        return Check(subject, "fail", str(error))
    except OSError as error:
        where = error.filename or getattr(connector, "path", "")
        return Check(subject, "fail", f"{where}: {error.strerror}. Make it readable for this user.")


def _files(path: Path) -> list[Path]:
    from oncall_audit.connectors.files import find_files

    found = find_files(path)
    for file in found:
        if not os.access(file, os.R_OK):
            raise PermissionError(13, "may not be read", str(file))
    return found


def _channels(workspace: Workspace, settings: Settings | None) -> Iterator[Check]:
    from oncall_audit.notifications.record import last_records

    last: dict[str, Mapping[str, Any]] = {}
    with contextlib.suppress(AuditError):
        last = last_records(workspace)
    for name in settings.notify.channels if settings else ():
        found, subject = last.get(name), f"channel {name}"
        if found is None:
            yield Check(subject, "note", "was never told anything: oncall-audit notify --dry-run")
        elif found["state"] == "failed":
            text = f"was not told of run {found['run_id']}: {found['reason']}."
            yield Check(subject, "note", f"{text} Mend that, then: oncall-audit notify")
        else:
            yield Check(subject, "ok", f"knows of run {found['run_id']}")


def _writable(workspace: Workspace) -> Check:
    folder = next(it for it in (workspace.data, workspace.root) if it.is_dir())
    try:
        with tempfile.TemporaryFile(dir=folder):
            return Check("write access", "ok", display(workspace.data))
    except OSError as error:
        text = f"{folder} cannot be written: {error.strerror}. Give this user the right to."
        return Check("write access", "fail", text)


def _disk(workspace: Workspace, settings: Settings | None) -> Check:
    warehouse = workspace.warehouse.stat().st_size if workspace.warehouse.exists() else 0
    read = sum(_size(workspace, source) for source in settings.sources) if settings else 0
    # Landed Parquet is smaller than what was read; the publication is a second warehouse.
    needed = _SPARE_BYTES + read + 2 * warehouse
    free = shutil.disk_usage(workspace.root).free
    text = f"{free / 1e9:.1f} GB free, a run may need {needed / 1e9:.1f} GB"
    if free < needed:
        return Check("disk", "fail", f"{text}. Make room, or move the workspace.")
    return Check("disk", "ok", text)


def _size(workspace: Workspace, source: Source) -> int:
    try:
        path = getattr(source.connector(workspace.root), "path", None)
        return sum(file.stat().st_size for file in _files(Path(path))) if path else 0
    except (AuditError, OSError):
        return 0


def _clock(workspace: Workspace) -> Check:
    now = datetime.now(UTC)
    paths = (workspace.config, workspace.policy, workspace.warehouse, workspace.register)
    newest = max((it.stat().st_mtime for it in paths if it.exists()), default=0.0)
    if newest > now.timestamp() + 300:
        text = f"It is {now:%Y-%m-%d %H:%M} UTC here, before files of this workspace were written."
        return Check("clock", "fail", f"{text} Set the clock (timedatectl set-ntp true).")
    return Check("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def _time_zones() -> Check:
    # A zone with daylight saving time: a database without its rules answers UTC's offset.
    summer = datetime(2026, 7, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    winter = datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")).utcoffset()
    if summer == winter:
        return Check("time zones", "fail", "The zone data has no daylight saving. Install tzdata.")
    return Check("time zones", "ok", "known, with daylight saving")


def _duckdb() -> Check:
    found = version("duckdb")
    if not found.startswith("1.5."):
        return Check(
            "duckdb", "fail", f"{found} is installed, 1.5 is needed. Install it by 'make'."
        )
    return Check("duckdb", "ok", found)


def _publication(workspace: Workspace, settings: Settings | None) -> Check:
    if not workspace.published.exists():
        return Check("publication", "note", "Nothing is published yet. Next: oncall-audit run")
    if stale := staleness(workspace):
        return Check("publication", "note", f"{stale} Mend that, then run again.")
    if late := settings and lateness.late(workspace, settings):
        return Check("publication", "note", f"{late} Run again, or schedule it: oncall-audit serve")
    age = datetime.now(UTC).timestamp() - workspace.published.stat().st_mtime
    text = f"{workspace.published.resolve().parent.name}, {age / 3600:.0f} hours old"
    return Check("publication", "ok", text)


def _reviews(workspace: Workspace) -> Iterator[Check]:
    from oncall_audit.pipeline.reviews import desk

    try:
        place, now = desk(workspace), datetime.now(UTC)
        found = place.outstanding(now)
    except AuditError:
        return  # What is wrong has been said above.
    for it in found:
        text = f"{it.sentence}. Read it: oncall-audit review show {it.period.name}"
        yield Check(f"review {it.period.name}", "note", text)
