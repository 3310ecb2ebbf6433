"""`oncall-audit findings`: lists and shows what the audit found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click

from oncall_audit.cli.decisions import add_verbs
from oncall_audit.cli.options import SEVERITIES, json_option, workspace_option
from oncall_audit.cli.output import print_json, print_table, warn_if_stale
from oncall_audit.errors import AuditError
from oncall_audit.evidence import custody, decisions, register
from oncall_audit.evidence.decisions import STATES, UNDECIDED
from oncall_audit.reports import decided
from oncall_audit.reports.findings import ORDER, finding_facts
from oncall_audit.reports.json_files import parsed
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import moment, plain, plural, visible
from oncall_audit.warehouse.control import finding_states
from oncall_audit.workspace import Workspace

_SHORT_ID = 12

_LIST = f"""
    with chosen as (
        select findings.*, engineers.name from findings
        left join engineers on findings.engineer_id = engineers.engineer_id
        where list_contains($severities, findings.severity)
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
    ("policy", "policy_sha256"),
    ("local time", "start_local"),
    ("techniques", "attack"),
)


@click.group()
def findings() -> None:
    """List the findings of the last audit, show one with its evidence, or decide about it."""


@findings.command("list")
@click.option("--severity", "severities", type=click.Choice(SEVERITIES), multiple=True)
@click.option("--rule", help="Only of this rule, such as off_shift_access.")
@click.option("--engineer", help="Only of this person: the directory's key, or part of the name.")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, default=UNDECIDED)
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
    """List findings, the urgent first; the undecided ones if no --state is given."""
    with Published(workspace.published) as published:
        warn_if_stale(workspace)
        rows = published.rows(
            _LIST,
            severities=list(severities or SEVERITIES),
            rule=rule,
            engineer=engineer,
        )
    custody.note(workspace, "findings list", ["findings"])
    made = decisions.decisions(register.read(workspace.register))
    now = datetime.now(UTC)
    rows = [row for row in decided.overlaid(rows, made, now) if row["state"] in states]
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
    """Show one finding, its evidence and its history; the first letters of its ID are enough."""
    records = register.read(workspace.register)
    now = datetime.now(UTC)
    with Published(workspace.published) as published:
        warn_if_stale(workspace)
        found = published.rows(_SHOW, id=finding_id)
        row = _only(found or _gone(records, finding_id), finding_id)
    custody.note(workspace, "findings show", [row["finding_id"]])
    made = decisions.decisions(records)
    (row,) = decided.overlaid([row], made, now)
    history = decided.history(row, made, now)
    if as_json:
        print_json({**_as_json(row), "history": history})
    elif found:
        _show(row, history)
    else:
        click.echo(f"The last audit no longer finds {row['finding_id']}.\n")
        _pairs([("state", row["state"]), ("first seen by", row["first_detected_run"])])
        _print_history(history)


def find(published: Published, finding_id: str) -> Row:
    """Return the published finding whose ID begins so; raise `AuditError` unless there is one."""
    return _only(published.rows(_SHOW, id=finding_id), finding_id)


add_verbs(findings, find)


def _gone(records: list[dict[str, Any]], finding_id: str) -> list[Row]:
    """Return what the register alone knows: findings of earlier audits that are found no more."""
    return [
        {
            "finding_id": row[0],
            "state": row[1],
            "first_detected_run": row[2],
            "ended_at": None,
            "evidence": None,
        }
        for row in finding_states(records)
        if str(row[0]).startswith(finding_id)
    ]


def _show(row: Row, history: list[dict[str, Any]]) -> None:
    click.echo(f"{visible(row['summary'] or '')}\n")
    if row["question"]:
        click.echo(f"{visible(row['question'])}\n")
    known = [(label, moment(row[name])) for label, name in _FACTS if row[name] is not None]
    _pairs([("finding", row["finding_id"]), *known])
    click.echo("\nEvidence")
    _pairs(finding_facts(row["evidence"]))
    if row["raw_file"]:
        click.echo(f"\nRaw record: {visible(row['raw_file'])}:{row['raw_line']}")
    _print_history(history)
    click.echo(f"\nWhat to do: oncall-audit rules show {visible(row['rule_id'])}")


def _print_history(history: list[dict[str, Any]]) -> None:
    if history:
        click.echo("\nHistory")
        _pairs([(f"{it['at']:%Y-%m-%d %H:%M} UTC", _told(it)) for it in history])


def _told(entry: dict[str, Any]) -> str:
    by = f" by {entry['by']}" if entry["by"] else ""
    until = f" until {entry['until']:%Y-%m-%d %H:%M} UTC" if entry["until"] else ""
    return f"{entry['state']}{until}{by}: {entry['reason']}"


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
