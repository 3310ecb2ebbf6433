"""`oncall-audit review`: weeks, months and quarters over the audits, and who signed them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, print_markdown, print_table, warn_if_stale
from oncall_audit.documents import display
from oncall_audit.evidence import custody
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.evidence.reviews import Signature
    from oncall_audit.evidence.standing import Standing

_PATIENCE_SECONDS = 10.0
_OUTPUT = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to, if not the usual one below data/.",
)


@click.group()
def review() -> None:
    """Review a week, a month or a quarter, sign it, and pack its evidence.

    PERIOD is written 2026-W47, 2026-11 or 2026-Q4.
    """


@review.command("list")
@json_option
@workspace_option
def list_reviews(as_json: bool, workspace: Workspace) -> None:
    """List the last periods of each kind: running, due, overdue, or signed by whom."""
    from oncall_audit.pipeline.reviews import desk

    warn_if_stale(workspace)
    found = desk(workspace).listed(datetime.now(UTC))
    if as_json:
        print_json([it.as_dict() for it in found])
        return
    rows = [(it.period.name, it.period.kind, *_span(it), it.sentence) for it in reversed(found)]
    print_table(("period", "kind", "from (UTC)", "until (UTC)", "review"), rows)


@review.command()
@click.argument("period", required=False)
@_OUTPUT
@json_option
@workspace_option
def show(period: str | None, output: Path | None, as_json: bool, workspace: Workspace) -> None:
    """Show the review of PERIOD, and write it as HTML, Markdown and JSON.

    Without PERIOD it is the last week that was reviewed; one that is running is shown so far.
    """
    from oncall_audit.cli.report import refuse_publication
    from oncall_audit.pipeline import reviews
    from oncall_audit.reports import review_pages
    from oncall_audit.reports.published import Published

    folder = output or workspace.data / "reports" / reviews.FOLDER
    refuse_publication(workspace, folder)
    warn_if_stale(workspace)
    place = reviews.desk(workspace)
    asked = place.period(period)
    with Published(workspace.published) as published:
        page = reviews.again(place, published, asked, datetime.now(UTC))
    custody.note(workspace, "review show", [asked.name])
    paths = review_pages.write(page, folder)
    if as_json:
        click.echo(review_pages.as_json(page), nl=False)
        return
    print_markdown(review_pages.markdown(page))
    for path in paths:
        click.echo(display(path))


@review.command()
@click.argument("period")
@click.option("--by", "who", required=True, help="Who signs: id or e-mail of the directory.")
@click.option("--statement", help="What is acknowledged, if not the usual sentence.")
@click.option(
    "--despite-gaps",
    metavar="REASON",
    help="Sign although hours are blind or no audit covers them, and say why.",
)
@json_option
@workspace_option
def sign(
    period: str,
    who: str,
    statement: str | None,
    despite_gaps: str | None,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Acknowledge the review of PERIOD as it is now, by name.

    The register gets the hash of its figures: if they change, the signature is for others. Who has
    a finding about themselves in it may sign too, but then somebody else has to as well.
    """
    from oncall_audit.evidence import signing_off
    from oncall_audit.pipeline.reviews import desk
    from oncall_audit.reports import decided
    from oncall_audit.reports.published import Published

    warn_if_stale(workspace)
    place, now = desk(workspace), datetime.now(UTC)
    asked = place.period(period)
    with Published(workspace.published) as published:
        person = decided.reviewer(published, who)
    signature = signing_off.sign(
        workspace,
        place.standing(asked, now),
        person,
        place.policy.reviews.duty(asked.kind),
        now=now,
        statement=statement,
        despite_gaps=despite_gaps,
    )
    after = desk(workspace).standing(asked, now)
    if as_json:
        print_json({**signature.as_dict(), "name": person["name"], "review": after.as_dict()})
        return
    _tell(signature, after, person["name"] or person["engineer_id"])


@review.command()
@click.argument("period")
@_OUTPUT
@json_option
@workspace_option
def pack(period: str, output: Path | None, as_json: bool, workspace: Workspace) -> None:
    """Write the signed evidence pack of PERIOD: its review, signatures, findings and audits."""
    from oncall_audit.cli.report import refuse_publication
    from oncall_audit.pipeline import review_pack
    from oncall_audit.pipeline.lock import exclusive
    from oncall_audit.pipeline.reviews import desk

    if output:
        refuse_publication(workspace, output)
    with exclusive(workspace, patience_seconds=_PATIENCE_SECONDS, on_wait=click.echo):
        place = desk(workspace)
        path, manifest, unstamped = review_pack.write(place, place.period(period), output)
    custody.note(workspace, "review pack", [place.period(period).name])
    if as_json:
        told = {"pack": str(path), "manifest_sha256": manifest.sha256}
        print_json({**told, "messages": [unstamped] if unstamped else []})
        return
    if unstamped:
        click.echo(unstamped, err=True)
    click.echo(display(path))
    click.echo(f"Check it with: oncall-audit verify {display(path)}")


def _span(it: Standing) -> tuple[str, str]:
    return f"{it.period.since:%Y-%m-%d %H:%M}", f"{it.period.until:%Y-%m-%d %H:%M}"


def _tell(signature: Signature, after: Standing, name: str) -> None:
    from oncall_audit.reports.text import plural, visible

    click.echo(f"{visible(name)} signed {signature.period}, figures {signature.sha256[:16]}.")
    if signature.own_findings:
        own = ", ".join(it[:12] for it in signature.own_findings[:5])
        count = plural(len(signature.own_findings), "finding")
        click.echo(f"It has {count} about {visible(name)} ({own}), which is noted with it.")
    if after.needs_another:
        click.echo("Somebody without these findings has to sign too: until then it is not signed.")
    click.echo("It is in the register now. Next: oncall-audit review pack " + signature.period)
