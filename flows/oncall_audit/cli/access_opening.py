"""What the verbs of `oncall-audit access` open first."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from oncall_audit.errors import CheckFailed
from oncall_audit.pipeline.status import staleness
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.control.knowledge import Knowledge
    from oncall_audit.control.providers.base import Provider


def opened(workspace: Workspace, at: datetime | None) -> Knowledge:
    """Return what is published, as of `at` or now; raise `CheckFailed` while that is stale."""
    from oncall_audit.control.knowledge import know
    from oncall_audit.policy import load_policy

    if stale := staleness(workspace):
        raise CheckFailed(f"Nothing is planned or changed by an old audit. {stale}")
    return know(workspace, load_policy(workspace), at or datetime.now(UTC))


def systems(workspace: Workspace) -> dict[str, Provider]:
    """Return the provider of every system that the configuration lets be changed."""
    from oncall_audit.control import looking, targets

    return looking.providers(targets.load(workspace))
