"""A long span of a log, read month by month: a killed backfill goes on where it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from oncall_audit import landing
from oncall_audit.connectors.base import Kind, Window
from oncall_audit.errors import SourceError
from oncall_audit.pipeline.run import Run

# What a night or an incident asks for is shorter, and is asked for in one.
_LONG = timedelta(days=45)
# Until then a vendor may still deliver what happened.
_SETTLED = timedelta(days=1)


def read(
    run: Run, source_name: str, kind: Kind, land: Callable[[Window], landing.Landed]
) -> landing.Landed:
    """Land the run's window of a source: of a long one of a log the months not yet read whole.

    It stops at the first month that cannot be read whole. Raises `SourceError` if it read nothing.
    """
    parts = _missing(run, source_name) if kind == "logs" else [run.window]
    total = landing.Landed()
    for number, part in enumerate(parts):
        try:
            total.merge(land(part))
        except SourceError as error:
            if not number:
                raise
            total.state, total.message = "incomplete", str(error)
        if total.state != "complete":
            if len(parts) > 1:
                total.message = (
                    f"It is read up to {part.since:%Y-%m-%d}; a run of the same window goes on"
                    f" from there. {total.message}"
                )
            break
    return total


def months(window: Window) -> list[Window]:
    """Cut a long window at the beginnings of months, in UTC; leave a short one whole."""
    if window.until - window.since <= _LONG:
        return [window]
    parts, since = [], window.since.astimezone(UTC)
    while since < window.until:
        first = datetime(since.year + since.month // 12, since.month % 12 + 1, 1, tzinfo=UTC)
        parts.append(Window(since, min(first, window.until)))
        since = first
    return parts


def _missing(run: Run, source_name: str) -> list[Window]:
    parts = months(run.window)
    if len(parts) == 1:
        return parts
    with landing.Manifest(run.workspace.manifest) as manifest:
        whole = {
            (since.replace(tzinfo=UTC), until.replace(tzinfo=UTC))
            for name, since, until, state, _, read_at in manifest.extractions()
            if name == source_name and state == "complete" and read_at >= until + _SETTLED
        }
    return [part for part in parts if (part.since, part.until) not in whole]
