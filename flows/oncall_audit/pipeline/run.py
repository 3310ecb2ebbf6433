"""One audit as plain values: what is asked for, where it works, and what came of it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from oncall_audit.bounds import Bounds
from oncall_audit.connectors.base import Window
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.policy import Policy, load_policy
from oncall_audit.settings import Settings, load
from oncall_audit.workspace import Workspace

Progress = Callable[[str, str], None]
SEVERITIES = ("critical", "high", "medium", "low", "info")


def silent(_stage: str, _detail: str) -> None:
    """Report progress to nobody."""


@dataclass(frozen=True)
class Run:
    """An audit under way; its settings are read again wherever it is picked up, never passed on.

    One that `goes_on` from the last published audit asks a source, too, for what it missed since.
    """

    workspace: Workspace
    run_id: str
    window: Window
    started_at: datetime
    full_refresh: bool = False
    incident: str | None = None
    goes_on: bool = False

    @cached_property
    def settings(self) -> Settings:
        """The workspace's validated configuration."""
        return load(self.workspace)

    @cached_property
    def policy(self) -> Policy:
        """The workspace's validated policy."""
        return load_policy(self.workspace)

    @cached_property
    def bounds(self) -> Bounds:
        """How much of the machine the run may take."""
        return bounds(self.workspace, self.settings)

    @property
    def prepared(self) -> Path:
        """Where the publication grows until it is switched in."""
        return self.workspace.publications / f".{self.run_id}"

    def plain(self) -> dict[str, Any]:
        """Return the run as JSON-plain values, fit for a flow's parameters."""
        return {
            "workspace": str(self.workspace.root),
            "run_id": self.run_id,
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat(),
            "started_at": self.started_at.isoformat(),
            "full_refresh": self.full_refresh,
            "incident": self.incident,
            "goes_on": self.goes_on,
        }


def bounds(workspace: Workspace, settings: Settings) -> Bounds:
    """Return how much of the machine a workspace's work may take, and make its `spill` folder.

    Raises `ConfigurationError` if that cannot be made.
    """
    if not settings.spill:
        return Bounds(settings.threads, settings.memory_limit)
    # Several workspaces may spill to one folder.
    place = hashlib.sha256(str(workspace.root).encode()).hexdigest()[:12]
    spill = workspace.root / settings.spill / place
    try:
        spill.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{workspace.config}: spill: {spill} cannot be made ({error.strerror})."
        ) from error
    return Bounds(settings.threads, settings.memory_limit, spill)


def restore(plain: dict[str, Any]) -> Run:
    """Make a run again from its plain values."""
    return Run(
        workspace=Workspace(Path(plain["workspace"])),
        run_id=plain["run_id"],
        window=Window(
            datetime.fromisoformat(plain["since"]), datetime.fromisoformat(plain["until"])
        ),
        started_at=datetime.fromisoformat(plain["started_at"]),
        full_refresh=plain["full_refresh"],
        incident=plain["incident"],
        goes_on=plain["goes_on"],
    )


@dataclass(frozen=True)
class Outcome:
    """What an audit came to. `findings` counts the open ones by severity."""

    run_id: str
    window: Window
    state: str
    publication: Path
    findings: dict[str, int] = field(default_factory=dict)
    new_findings: int = 0
    messages: list[str] = field(default_factory=list)
    stage_seconds: dict[str, float] = field(default_factory=dict)
    through_prefect: bool = False

    def exit_code(self, fail_on: str | None = None) -> int:
        """Return the exit status: 4 when a source was not read whole, 1 for findings that bad."""
        if self.state == "with exceptions":
            return 4
        if fail_on and any(
            self.findings.get(s) for s in SEVERITIES[: SEVERITIES.index(fail_on) + 1]
        ):
            return 1
        return 0


def plan(
    root: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    full_refresh: bool = False,
    incident: str | None = None,
) -> Run:
    """Settle what one audit covers; by default everything since the last published one."""
    workspace = Workspace(root.resolve())
    settings = load(workspace)
    now = datetime.now(UTC)
    until = until or now
    goes_on = since is None and incident is None
    since = since or _last_until(workspace) or until - timedelta(days=settings.first_window_days)
    if since >= until:
        raise ConfigurationError(
            f"The window is empty: it would begin at {since:%Y-%m-%d %H:%M} and end at "
            f"{until:%Y-%m-%d %H:%M} UTC. Give --since and --until so that the first is earlier."
        )
    run_id = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}"
    return Run(workspace, run_id, Window(since, until), now, full_refresh, incident, goes_on)


def _last_until(workspace: Workspace) -> datetime | None:
    ended = [
        datetime.fromisoformat(record["until"])
        for record in register.read(workspace.register)
        if record["kind"] == "run" and record["published"] and not record.get("incident")
    ]
    return max(ended, default=None)
