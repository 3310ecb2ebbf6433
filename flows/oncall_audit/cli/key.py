"""`oncall-audit key`: the key that signs evidence packs, for those who verify them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json
from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import Workspace

_PATIENCE_SECONDS = 10.0


def _alone(workspace: Workspace) -> AbstractContextManager[None]:
    """Hold off a run, which would go on to sign with the key that it has read."""
    from oncall_audit.pipeline.lock import exclusive

    return exclusive(workspace, patience_seconds=_PATIENCE_SECONDS, on_wait=click.echo)


@click.group()
def key() -> None:
    """Show the key that signs evidence packs, or replace it."""


@key.command()
@click.option("--pem", is_flag=True, help="Print the public key as a PEM file, and nothing else.")
@json_option
@workspace_option
def show(pem: bool, as_json: bool, workspace: Workspace) -> None:
    """Show the public key and its fingerprint; the first use makes the key.

    Give it to whoever verifies your packs by another way than the packs themselves.
    """
    from oncall_audit.pipeline.evidence import signing_key
    from oncall_audit.settings import load

    with _alone(workspace):
        public = signing_key(workspace, load(workspace)).public
    if as_json:
        print_json(public.as_dict())
    elif pem:
        click.echo(public.pem.decode(), nl=False)
    else:
        click.echo(f"fingerprint  {public.fingerprint}\npublic key   {public.text}")


@key.command()
@click.option(
    "--new",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the private key that follows; made here if not given.",
)
@workspace_option
def rotate(new: Path | None, workspace: Workspace) -> None:
    """Replace the key that signs; the old one signs the new one in the register.

    Whoever has the old public key can then verify packs of the new one too. A key that
    oncall-audit.yml gives is replaced by one that --new names, and then there.
    """
    from oncall_audit.evidence import keys
    from oncall_audit.pipeline.evidence import signing_key
    from oncall_audit.settings import load

    settings = load(workspace)
    if bool(new) != bool(settings.signing_key):
        raise ConfigurationError(
            "oncall-audit.yml gives the signing_key: name the one that follows with --new FILE,"
            " then give that one there."
            if settings.signing_key
            else "The workspace makes its own key: leave --new out, or give a signing_key in"
            " oncall-audit.yml."
        )
    now = datetime.now(UTC)
    with _alone(workspace):
        old = signing_key(workspace, settings)
        if new:
            public = keys.private_key(new.read_bytes(), str(new)).public
            keys.hand_over(workspace.register, old, public, now)
        else:
            public = keys.replace(workspace.signing_key, workspace.register, old, now)
    click.echo(f"From now on {public.fingerprint} signs; {old.public.fingerprint} vouches for it.")
