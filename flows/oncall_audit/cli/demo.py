"""`demo`: an invented organisation with planted violations, audited and compared."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oncall_audit.cli.options import json_option
from oncall_audit.cli.output import print_json, print_table, progress
from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.pipeline.run import Outcome

_MARKER = Path(".oncall-audit") / "demo"
_COMPARED = "rule_id, engineer_id, account, system, resource_id, started_at, ended_at, summary"


@dataclass(frozen=True, slots=True)
class Tally:
    """How one rule did; one act may rightly be a finding of several rules."""

    rule: str
    planted: int
    findings: int
    missed: int
    false: int


@click.command()
@click.argument("folder", default="demo", type=click.Path(file_okay=False, path_type=Path))
@json_option
@click.pass_context
def demo(ctx: click.Context, folder: Path, as_json: bool) -> None:
    """Make a small organisation with planted violations and audit it.

    It is written to FOLDER, 'demo' if not given: a workspace like any other, with configuration and
    policy to look at. Ends with status 1 if the audit missed something planted, or found more.
    """
    began = time.monotonic()
    workspace = _cleared(folder)
    from oncall_audit.demo import score, write_demo
    from oncall_audit.pipeline.start import audit

    with progress() as show:
        show("demo", "writing the organisation's logs")
        answers = write_demo(workspace.root)
        outcome = audit(workspace.root, since=answers.since, until=answers.until, report=show)
    findings = _findings(workspace)
    result = score(answers, findings)
    tallies = _tallies(answers.planted, findings, result.missed, result.false)
    if as_json:
        print_json([asdict(tally) for tally in tallies])
    else:
        _tell(workspace, outcome, tallies, time.monotonic() - began)
    ctx.exit(1 if result.missed or result.false else 0)


def _cleared(folder: Path) -> Workspace:
    """Make the folder, or empty it if it is an earlier demo; nobody's own files are removed."""
    workspace = Workspace(folder.absolute())
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / _MARKER).exists():
            raise ConfigurationError(
                f"{folder} is not empty, and no earlier demo. Name another folder."
            )
        shutil.rmtree(folder)
    (folder / _MARKER).parent.mkdir(parents=True)
    (folder / _MARKER).write_text("Made by 'oncall-audit demo', which may remove this folder.\n")
    return workspace


def _findings(workspace: Workspace) -> list[dict[str, Any]]:
    from oncall_audit.warehouse.connection import connect_published

    with connect_published(workspace.published) as published:
        rows = published.execute(f"select {_COMPARED} from findings").fetchall()
    return [dict(zip(_COMPARED.split(", "), row, strict=True)) for row in rows]


def _tallies(*piles: Iterable[Any]) -> list[Tally]:
    counts = [Counter(_rule(it) for it in pile) for pile in piles]
    rules = sorted({rule for count in counts for rule in count})
    return [Tally(rule, *(count[rule] for count in counts)) for rule in rules]


def _rule(thing: Any) -> str:
    return str(thing["rule_id"] if isinstance(thing, dict) else thing.rule_id)


def _tell(workspace: Workspace, outcome: Outcome, tallies: list[Tally], seconds: float) -> None:
    from oncall_audit.cli.run import tell
    from oncall_audit.documents import display

    print_table([field.name for field in fields(Tally)], map(astuple, tallies))
    planted = sum(tally.planted for tally in tallies)
    found = planted - sum(tally.missed for tally in tallies)
    false = sum(tally.false for tally in tallies)
    click.echo(f"\nFound {found} of {planted} planted violations, and {false} that are none.")
    tell(outcome, as_json=False)
    root = display(workspace.root)
    click.echo(f"Took {seconds:.0f} s. Ask further: oncall-audit sql --workspace {root}")
