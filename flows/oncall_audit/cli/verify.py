"""`oncall-audit verify`: checks an evidence pack, offline and without a workspace."""

from __future__ import annotations

from pathlib import Path

import click

from oncall_audit.cli.options import json_option
from oncall_audit.evidence import keys
from oncall_audit.evidence.keys import PublicKey
from oncall_audit.evidence.time_stamp import certificates
from oncall_audit.evidence.verification import Verdict
from oncall_audit.evidence.verification import verify as verified

_FAILED = 5
_FILE = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("pack", type=_FILE, metavar="PACK")
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file of the key that should have signed it, from another hand than the pack.",
)
@click.option("--previous", type=_FILE, help="The pack of the audit before: nothing lies between.")
@click.option(
    "--time-stamp-root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="PEM file with the root certificate of the authority that should have stamped it.",
)
@json_option
@click.pass_context
def verify(
    ctx: click.Context,
    pack: Path,
    public_key: Path | None,
    previous: Path | None,
    time_stamp_root: Path | None,
    as_json: bool,
) -> None:
    """Check an evidence pack: its files, its signature, its time stamp and what it follows.

    PACK is evidence.zip, or the folder that somebody unpacked it to. Nothing else is needed: no
    workspace, no database and no network. The exit status is 5 if anything was touched.
    """
    roots = certificates(time_stamp_root) if time_stamp_root else ()
    verdict = verified(pack, _loaded(public_key), previous, roots)
    if as_json:
        from oncall_audit.cli.output import print_json

        print_json(verdict.as_dict())
    else:
        _tell(verdict)
    ctx.exit(0 if verdict.is_good else _FAILED)


def _loaded(path: Path | None) -> PublicKey | None:
    return keys.public_key(path.read_bytes(), str(path)) if path else None


def _tell(verdict: Verdict) -> None:
    from oncall_audit.cli.output import print_table
    from oncall_audit.reports.text import visible

    if verdict.problems:
        rows = [(it.file or "the pack", it.what) for it in verdict.problems]
        print_table(("file", "what is wrong"), ([visible(cell) for cell in row] for row in rows))
    print_table(("check", "result"), ((name, visible(it)) for name, it in verdict.checks.items()))
    click.echo(visible(_sentence(verdict)))
    if verdict.trust == "unknown" and verdict.is_good:
        click.echo(
            "The signature proves that the pack is whole, but not who signed it: anybody could have"
            " made another pack with a key of their own. Give --public-key FILE to prove that too."
        )


def _sentence(verdict: Verdict) -> str:
    if not verdict.is_good:
        return f"Not verified: {verdict.pack} is not as it was published."
    said = verdict.as_dict()
    run = said["run"]
    about = f"incident {run['incident']}" if run["incident"] else "audit"
    if run.get("period"):
        about = f"review of {run['period']}"
    return (
        f"Verified: {about}, run {run['run_id']}, {said['since']} to {said['until']},"
        f" {run['state']}; signed by {verdict.signed_by}."
    )
