"""`oncall-audit notify`: tells people what is due, or shows what that would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, progress, warn_if_stale
from oncall_audit.errors import ConfigurationError
from oncall_audit.reports.text import plural, visible
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.notifications.delivery import Pending

_PATIENCE_SECONDS = 60.0
_NOT_DELIVERED = 4


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be sent, and send nothing.")
@json_option
@workspace_option
@click.pass_context
def notify(ctx: click.Context, workspace: Workspace, dry_run: bool, as_json: bool) -> None:
    """Tell people of new findings where an audit could not.

    An audit tells them by itself. Ends with status 4 if a channel did not take its messages.
    """
    from oncall_audit.notifications import delivery
    from oncall_audit.settings import load

    settings = load(workspace)
    if not settings.notify.channels:
        raise ConfigurationError(
            f"{workspace.config} names no channel; add one under 'notify: channels:'."
        )
    warn_if_stale(workspace)
    if dry_run:
        _preview(delivery.pending(workspace, settings), as_json=as_json)
        return
    from oncall_audit.pipeline.lock import exclusive

    with (
        progress() as show,
        exclusive(
            workspace,
            patience_seconds=_PATIENCE_SECONDS,
            on_wait=lambda words: show("wait", words),
        ),
    ):
        sent, undone = delivery.deliver(workspace, delivery.pending(workspace, settings))
    for sentence in undone:
        click.echo(sentence, err=True)
    if as_json:
        print_json({"sent": sent, "messages": undone})
    else:
        click.echo(f"Sent {plural(sent, 'message')}." if sent or undone else "Nothing is due.")
    ctx.exit(_NOT_DELIVERED if undone else 0)


def _preview(due: Pending, *, as_json: bool) -> None:
    from oncall_audit.notifications.wording import previewed

    messages = [message for of_channel in due.messages.values() for message in of_channel]
    if as_json:
        print_json(
            [
                {
                    "channel": message.channel_name,
                    "type": message.channel.type,
                    "to": message.to,
                    "content": previewed(message),
                }
                for message in messages
            ]
        )
        return
    for message in messages:
        to = f", to {visible(message.to)}" if message.to else ""
        click.echo(f"--- {message.channel_name} ({message.channel.type}{to})")
        click.echo(previewed(message))
    click.echo(f"{plural(len(messages), 'message')} would be sent.")
