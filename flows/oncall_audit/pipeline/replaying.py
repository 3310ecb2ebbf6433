"""Reads a source's deliveries again and notes in the register that it did."""

from __future__ import annotations

from datetime import datetime

from oncall_audit import landing
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.pipeline.knowledge import code_version
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.pipeline.run import Progress, bounds
from oncall_audit.settings import load
from oncall_audit.validation import meant
from oncall_audit.workspace import Workspace

_PATIENCE_SECONDS = 3600.0


def replay(workspace: Workspace, name: str, now: datetime, report: Progress) -> landing.Replayed:
    """Land again what the source `name` has delivered, all of it or nothing.

    It waits for a run to end and holds off the next. Raises `ConfigurationError` for a source that
    is not configured or has landed nothing.
    """
    settings = load(workspace)
    source = next((it for it in settings.sources if it.name == name), None)
    if source is None:
        known = [it.name for it in settings.sources]
        raise ConfigurationError(f"{workspace.config} has no source '{name}'. {meant(name, known)}")
    with exclusive(
        workspace,
        patience_seconds=_PATIENCE_SECONDS,
        on_wait=lambda words: report("wait", words),
    ):
        outcome = landing.replay(
            source.connector(workspace.root),
            source_name=source.name,
            system=source.system,
            folder=workspace.landing,
            bounds=bounds(workspace, settings),
            progress=lambda words: report("replay", f"{name}: {words}"),
        )
        register.append(
            workspace.register,
            {
                "kind": "replay",
                "at": now.isoformat(),
                "source": name,
                "code_version": code_version(),
                **outcome.totals(),
                "kept": len(outcome.kept),
            },
        )
    return outcome
