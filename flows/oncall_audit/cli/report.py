"""`oncall-audit report`: renders the published tables again, in seconds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from oncall_audit import settings
from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, warn_if_stale
from oncall_audit.documents import display
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import custody, pseudonym_key, register
from oncall_audit.evidence.decisions import decisions
from oncall_audit.reports import FORMATS, render
from oncall_audit.reports.published import connect
from oncall_audit.reports.text import visible
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.reports.people_pages import Subject


@click.command()
@click.option(
    "--format",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    help="May be given more than once; all of them if not given.",
)
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to write to; data/reports/RUN_ID if not given.",
)
@click.option(
    "--pseudonymised/--names",
    "is_pseudonymised",
    default=None,
    help="Whether to name nobody; as oncall-audit.yml says if not given.",
)
@click.option("--for", "engineer", metavar="ENGINEER", help="Only what is about one engineer.")
@click.option("--team", metavar="TEAM", help="Only what is about the members of one team.")
@click.option(
    "--resolve",
    metavar="PSEUDONYM",
    help="Print what a pseudonym, or a finding of such a report, stands for. It is noted.",
)
@json_option
@workspace_option
def report(
    formats: tuple[str, ...],
    output: Path | None,
    is_pseudonymised: bool | None,
    engineer: str | None,
    team: str | None,
    resolve: str | None,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Write the report again from the published tables.

    With --for or --team it is a page, html and md, of shifts, use, rights, findings and what is to
    be given back, with a reminder that is ready to be sent.
    """
    if resolve is not None:
        _resolve(workspace, resolve, as_json=as_json)
        return
    subject = _subject(workspace, engineer, team)
    if is_pseudonymised is None:
        is_pseudonymised = settings.is_pseudonymised(workspace)
    folder = output or _folder(workspace, is_pseudonymised)
    refuse_publication(workspace, folder)
    stale = warn_if_stale(workspace)
    notices = [stale] if stale else []
    key = pseudonym_key.of_workspace(workspace) if is_pseudonymised else None
    if subject:
        paths = _pages(workspace, folder, formats, subject, notices, key)
    else:
        paths = render(
            workspace.published, folder, formats or FORMATS, notices=notices, pseudonym_key=key
        )
        custody.note(workspace, "report", formats or FORMATS)
    if as_json:
        print_json([str(path) for path in paths])
        return
    for path in paths:
        click.echo(display(path))


def _pages(
    workspace: Workspace,
    folder: Path,
    formats: tuple[str, ...],
    subject: Subject,
    notices: list[str],
    key: pseudonym_key.PseudonymKey | None,
) -> list[Path]:
    from oncall_audit.reports.people_pages import FORMATS as PAGES
    from oncall_audit.reports.people_pages import write_pages

    paths = write_pages(
        workspace.published, folder, formats or PAGES, subject, notices=notices, pseudonym_key=key
    )
    verb = "report --team" if subject.is_team else "report --for"
    custody.note(workspace, verb, [subject.name])
    return paths


def _subject(workspace: Workspace, engineer: str | None, team: str | None) -> Subject | None:
    if engineer is None and team is None:
        return None
    if engineer is not None and team is not None:
        raise ConfigurationError("A page is for an engineer or for a team: --for or --team.")
    from oncall_audit.reports.people_pages import Subject

    return Subject(
        name=(team or engineer or "").strip(),
        is_team=team is not None,
        made=tuple(decisions(register.read(workspace.register))),
        report=settings.report_url(workspace)
        or str(workspace.publication.resolve() / "report.html"),
    )


def _resolve(workspace: Workspace, pseudonym: str, *, as_json: bool) -> None:
    from oncall_audit.reports.pseudonymised import resolved

    with connect(workspace.published, "original") as connection:
        found = resolved(connection, pseudonym_key.of_workspace(workspace), pseudonym)
    # Before it is shown: nobody learns a name unseen.
    custody.insist(workspace, "report --resolve", [pseudonym])
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        click.echo(f"{name}: {visible(value)}")


def _folder(workspace: Workspace, is_pseudonymised: bool) -> Path:
    """Name the folder after the published run; only its letters, digits, dots and dashes."""
    query = "select run_id from audit_runs order by started_at desc nulls last, run_id desc limit 1"
    with connect(workspace.published) as connection:
        row = connection.execute(query).fetchone()
    name = "".join(
        letter for letter in str(row[0] if row else "") if letter.isalnum() or letter in "-_"
    )
    suffix = "-pseudonymised" if is_pseudonymised else ""
    return workspace.data / "reports" / f"{name or 'report'}{suffix}"


def refuse_publication(workspace: Workspace, folder: Path) -> None:
    """Keep what was published as it was: its hashes are evidence."""
    target, kept = folder.resolve(), workspace.publications.resolve()
    if target == kept or kept in target.parents:
        raise ConfigurationError(
            f"{display(folder)} belongs to a publication, which never changes."
            " Choose another folder with --output."
        )
