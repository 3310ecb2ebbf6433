"""`serve`: everything in `prefect.yaml` by schedule, on this machine, until it is stopped."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import click

from oncall_audit.cli.options import workspace_option
from oncall_audit.workspace import Workspace


@click.command()
@workspace_option
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="PORT",
    help="Where the server listens, on this machine alone; 4200 or a free one if not given.",
)
@click.option("--systemd", "as_unit", is_flag=True, help="Print a unit for systemd, and end.")
def serve(workspace: Workspace, port: int | None, as_unit: bool) -> None:
    """Run audits by schedule and after incidents, on this machine, until it is stopped.

    Starts a Prefect server and a worker, keeps both alive, and schedules what prefect.yaml says:
    that of the workspace if it has one, else the one that comes with oncall-audit.
    """
    if as_unit:
        click.echo(_unit(workspace), nl=False)
        return
    from oncall_audit.pipeline.serving import Service

    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    for it in (signal.SIGINT, signal.SIGTERM):
        signal.signal(it, ask_to_stop)
    Service(workspace, stop, click.echo, port).run()


def _unit(workspace: Workspace) -> str:
    import getpass
    import sys
    from importlib.resources import files
    from pathlib import Path

    text = (files("oncall_audit") / "templates" / "oncall-audit.service").read_text("utf-8")
    program = Path(sys.executable).with_name("oncall-audit")
    said = {"root": workspace.root, "user": getpass.getuser(), "program": program}
    for name, value in said.items():
        # A space or a percent sign means something to systemd.
        escaped = str(value).replace("%", "%%").replace(" ", "\\x20")
        text = text.replace(f"{{{{ {name} }}}}", escaped)
    return text
