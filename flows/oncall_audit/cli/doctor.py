"""`doctor`: is everything there that a run needs? One line a check, with the remedy."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.cli.check import Check

_MARKS = {"ok": ("ok  ", "green"), "note": ("note", "yellow"), "fail": ("FAIL", "red")}


@click.command()
@workspace_option
@json_option
@click.pass_context
def doctor(ctx: click.Context, workspace: Workspace, as_json: bool) -> None:
    """Check configuration, sources, secrets, disk and clock.

    Ends with status 2 if a run would fail.
    """
    from oncall_audit.cli import diagnosis

    checks = list(diagnosis.examine(workspace))
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        _tell(checks)
    ctx.exit(2 if any(check.state == "fail" for check in checks) else 0)


def _tell(checks: list[Check]) -> None:
    width = max(len(check.subject) for check in checks)
    for check in checks:
        mark, colour = _MARKS[check.state]
        first, *rest = check.text.splitlines()
        click.echo(f"{click.style(mark, fg=colour)}  {check.subject:<{width}}  {first}")
        for line in rest:
            click.echo(f"{'':{width + 8}}{line}")
    failed = sum(check.state == "fail" for check in checks)
    click.echo(
        f"{failed} of {len(checks)} checks failed: mend them, then 'oncall-audit doctor' again."
        if failed
        else "Ready. Next: oncall-audit run"
    )
