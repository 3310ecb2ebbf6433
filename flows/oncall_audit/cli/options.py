"""Options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from oncall_audit.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])

SEVERITIES = ("critical", "high", "medium", "low", "info")


def workspace_option(verb: F) -> F:
    """Add `--workspace DIR`; the verb gets `workspace: Workspace`."""
    return click.option(
        "--workspace",
        metavar="DIR",
        default=".",
        envvar="ONCALL_AUDIT_WORKSPACE",
        callback=_workspace,
        help="The workspace's folder; the current one if not given.",
    )(verb)


def json_option(verb: F) -> F:
    """Add `--json`; the verb gets `as_json: bool`."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(verb)


def window_options(verb: F) -> F:
    """Add `--since` and `--until`; the verb gets aware UTC times or None."""
    since = time_option("--since", "Begin of the audited window: a date or an ISO 8601 time.")
    until = time_option("--until", "End of the audited window, exclusive; UTC without a zone.")
    return since(until(verb))


def time_option(name: str, words: str) -> Callable[[F], F]:
    """Add an option for a time; the verb gets an aware UTC time or None."""
    return click.option(name, metavar="TIME", callback=_time, help=words)


def read_time(text: str) -> datetime:
    """Read an ISO 8601 time or date; without a zone it is UTC, a date is its midnight."""
    moment = datetime.fromisoformat(text.strip())
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _workspace(ctx: click.Context, param: click.Parameter, value: str) -> Workspace:
    root = Path(value).expanduser().absolute()
    if not root.is_dir():
        raise click.BadParameter(
            f"There is no folder {value}. Make a workspace with 'oncall-audit init {value}'."
        )
    workspace = Workspace(root)
    if workspace.manifest.exists():
        from oncall_audit.formats import check

        check(workspace.manifest)
    return workspace


def _time(ctx: click.Context, param: click.Parameter, value: str | None) -> datetime | None:
    if value is None:
        return None
    try:
        return read_time(value)
    except ValueError:
        raise click.BadParameter(
            f"'{value}' is no time. Write 2026-11-02, 2026-11-02T08:30 (UTC)"
            " or 2026-11-02T08:30+01:00."
        ) from None
