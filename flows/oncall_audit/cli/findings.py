"""`oncall-audit findings`: lists and shows what the audit found."""

from __future__ import annotations

from typing import Any

import click

from oncall_audit.cli.options import SEVERITIES, json_option, workspace_option
from oncall_audit.cli.output import print_json, print_table, warn_if_stale
from oncall_audit.errors import AuditError
from oncall_audit.reports.findings import ORDER, finding_facts
from oncall_audit.reports.json_files import parsed
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import moment, plain, plural, visible
from oncall_audit.workspace import Workspace

STATES = ("open", "accepted", "remediated", "false-positive")
_SHORT_ID = 12

_LIST = f"""
    with chosen as (
        select findings.*, engineers.name from findings
        left join engineers on findings.engineer_id = engineers.engineer_id
        where list_contains($severities, findings.severity)
            and list_contains($states, findings.state)
            and coalesce(findings.rule_id = $rule, true)
            and coalesce($engineer is null
                or lower(findings.engineer_id) = lower($engineer)
                or contains(lower(engineers.name), lower($engineer)), false)
    )
    select * from chosen order by {ORDER}
"""
_SHOW = """
    select findings.*, engineers.name, rules.title, rules.question from findings
    left join engineers on findings.engineer_id = engineers.engineer_id
    left join rules on findings.rule_id = rules.rule_id
    where starts_with(finding_id, $id) order by finding_id limit 2
"""
_FACTS = (
    ("rule", "rule_id"),
    ("severity", "severity"),
    ("state", "state"),
    ("engineer", "name"),
    ("engineer id", "engineer_id"),
    ("account", "account"),
    ("system", "system"),
    ("resource", "resource_id"),
    ("session", "session_id"),
    ("from (UTC)", "started_at"),
    ("until (UTC)", "ended_at"),
    ("score", "score"),
    ("also matched", "also_matched"),
    ("first seen by", "first_detected_run"),
)


@click.group()
def findings() -> None:
    """List the findings of the last audit, or show one with its evidence."""


@findings.command("list")
@click.option("--severity", "severities", type=click.Choice(SEVERITIES), multiple=True)
@click.option("--rule", help="Only of this rule, such as off_shift_access.")
@click.option("--engineer", help="Only of this person: the directory's key, or part of the name.")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, default=("open",))
@json_option
@workspace_option
def list_findings(
    severities: tuple[str, ...],
    rule: str | None,
    engineer: str | None,
    states: tuple[str, ...],
    as_json: bool,
    workspace: Workspace,
) -> None:
    """List findings, the urgent first; the open ones if no --state is given."""
    with Published(workspace.published) as published:
        warn_if_stale(workspace)
        rows = published.rows(
            _LIST,
            severities=list(severities or SEVERITIES),
            states=list(states),
            rule=rule,
            engineer=engineer,
        )
    if as_json:
        print_json([_as_json(row) for row in rows])
        return
    columns = ("finding", "severity", "rule", "who", "resource", "begin (UTC)", "state", "summary")
    print_table(columns, ([visible(cell) for cell in _line(row)] for row in rows))
    click.echo(plural(len(rows), "finding"))


@findings.command("show")
@click.argument("finding_id", metavar="ID")
@json_option
@workspace_option
def show(finding_id: str, as_json: bool, workspace: Workspace) -> None:
    """Show one finding with its evidence; the first letters of its ID are enough."""
    with Published(workspace.published) as published:
        warn_if_stale(workspace)
        row = _only(published.rows(_SHOW, id=finding_id), finding_id)
    if as_json:
        print_json(_as_json(row))
        return
    click.echo(f"{visible(row['summary'] or '')}\n")
    if row["question"]:
        click.echo(f"{visible(row['question'])}\n")
    known = [(label, moment(row[name])) for label, name in _FACTS if row[name] is not None]
    _pairs([("finding", row["finding_id"]), *known])
    click.echo("\nEvidence")
    _pairs(finding_facts(row["evidence"]))
    if row["raw_file"]:
        click.echo(f"\nRaw record: {visible(row['raw_file'])}:{row['raw_line']}")
    click.echo(f"\nWhat to do: oncall-audit rules show {visible(row['rule_id'])}")


def _only(rows: list[Row], finding_id: str) -> Row:
    if len(rows) == 1 or (rows and rows[0]["finding_id"] == finding_id):
        return rows[0]
    if rows:
        raise AuditError(f"More than one finding begins with '{finding_id}'. Give more of the ID.")
    raise AuditError(
        f"There is no finding '{finding_id}'. See 'oncall-audit findings list --state open'."
    )


def _line(row: Row) -> list[str]:
    return [
        row["finding_id"][:_SHORT_ID],
        row["severity"],
        row["rule_id"],
        row["name"] or row["engineer_id"] or row["account"] or "",
        row["resource_id"] or "",
        moment(row["started_at"]),
        row["state"],
        row["summary"] or "",
    ]


def _as_json(row: Row) -> dict[str, Any]:
    dated = {
        name: plain(value) if hasattr(value, "isoformat") else value for name, value in row.items()
    }
    return {**dated, "evidence": parsed(row["evidence"])}


def _pairs(pairs: list[tuple[str, Any]]) -> None:
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        click.echo(f"  {visible(name):<{width}}  {visible(str(value))}")
