"""`findings accept`, `remediate`, `reopen` and `false-positive`: what people decide."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import click

from oncall_audit.cli.options import json_option, read_time, workspace_option
from oncall_audit.cli.output import print_json, warn_if_stale
from oncall_audit.evidence import decisions, register
from oncall_audit.evidence.decisions import Decision
from oncall_audit.reports import decided
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import visible
from oncall_audit.workspace import Workspace

Find = Callable[[Published, str], Row]

_VERBS = {
    "accept": ("accepted", "Accept ID as a known risk until a last day; then it is open again."),
    "remediate": ("remediated", "Say that ID is put right; if it is found later, it is reopened."),
    "reopen": ("reopened", "Take back what was decided about ID."),
    "false-positive": ("false-positive", "Say that ID is none, and never was."),
}


def add_verbs(group: click.Group, find: Find) -> None:
    """Add a verb for each thing that can be decided; `find` gets a finding by its ID."""
    for name, (state, words) in _VERBS.items():
        group.add_command(_verb(name, state, words, find))


def _verb(name: str, state: str, words: str, find: Find) -> click.Command:
    @click.command(name, help=words)
    @click.argument("finding_id", metavar="ID")
    @click.option("--by", "who", required=True, help="Who decides: id or e-mail of the directory.")
    @click.option("--reason", required=True, help="Why, for those who read it in a year.")
    @json_option
    @workspace_option
    def verb(
        finding_id: str,
        who: str,
        reason: str,
        as_json: bool,
        workspace: Workspace,
        until: datetime | None = None,
    ) -> None:
        with Published(workspace.published) as published:
            warn_if_stale(workspace)
            decision, person = _decide(
                workspace, published, find(published, finding_id), who, state, reason, until
            )
        _tell(decision, person, as_json=as_json)

    if name == "accept":
        verb = click.option(
            "--until", metavar="DAY", required=True, callback=_last_day, help="The last day."
        )(verb)
    return verb


def _decide(
    workspace: Workspace,
    published: Published,
    row: Row,
    who: str,
    state: str,
    reason: str,
    until: datetime | None,
) -> tuple[Decision, Row]:
    now = datetime.now(UTC)
    made = decisions.decisions(register.read(workspace.register))
    (finding,) = decided.overlaid([row], made, now)
    person = decided.reviewer(published, who)
    about = {**finding, "people": decided.people(published, row["finding_id"])}
    decision = decisions.decide(
        workspace.register,
        about,
        person,
        state,
        reason=reason,
        now=now,
        until=until,
        run_id=workspace.publication.resolve().name,
    )
    return decision, person


def _tell(decision: Decision, person: Row, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(decision), "name": person["name"]})
        return
    until = f" until {decision.expires_at:%Y-%m-%d %H:%M} UTC" if decision.expires_at else ""
    name = visible(person["name"] or person["engineer_id"])
    click.echo(f"{decision.finding_id[:12]} is {decision.state}{until}, by {name}.")
    click.echo("It is in the register now, and in the published tables after the next run.")


def _last_day(ctx: click.Context, param: click.Parameter, value: str) -> Any:
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        pass
    else:
        # As in the policy: a last day is a whole one.
        return datetime.combine(day + timedelta(days=1), time.min, UTC)
    try:
        return read_time(value)
    except ValueError:
        raise click.BadParameter(
            f"'{value}' is no day. Write 2026-12-31, or 2026-12-31T18:00 (UTC)."
        ) from None
