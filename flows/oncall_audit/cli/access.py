"""`oncall-audit access`: who can reach what, who should, and the plan that makes them one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from oncall_audit.cli.access_apply import apply_plan, approve_plan, shifts, verify_plan
from oncall_audit.cli.access_providers import providers
from oncall_audit.cli.options import json_option, time_option, workspace_option
from oncall_audit.cli.output import print_json, print_table, progress, warn_if_stale
from oncall_audit.documents import display
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import custody
from oncall_audit.reports.published import Published, Row
from oncall_audit.reports.text import moment, plural, visible
from oncall_audit.workspace import Workspace

_MAP = """
    select access_map.engineer_id, engineers.name, resource_id, permission, can_access,
        should_access, on_shift, granted_via, last_used_at
    from access_map left join engineers on access_map.engineer_id = engineers.engineer_id
    order by engineers.name nulls last, access_map.engineer_id, resource_id, permission
"""


@click.group()
def access() -> None:
    """Show, plan, approve, apply and verify changes of access.

    Nothing is changed without a plan that somebody approved who is not its subject.
    """


@access.command("map")
@click.option("--engineer", help="Only of this person: the directory's key, or part of the name.")
@click.option("--resource", help="Only of this resource of the inventory.")
@click.option("--differing", is_flag=True, help="Only where what is and what should be differ.")
@click.option("--live", is_flag=True, help="Ask the systems, too, what is held at this moment.")
@json_option
@workspace_option
def show_map(
    engineer: str | None,
    resource: str | None,
    differing: bool,
    live: bool,
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Show what every engineer can reach against what they should, as of the last audit."""
    with Published(workspace.published) as published:
        warn_if_stale(workspace)
        rows = published.rows(_MAP)
    custody.note(workspace, "access map", ["access_map"])
    if live:
        rows = _with_live(workspace, rows)
    rows = [row for row in rows if _is_asked_for(row, engineer, resource, differing)]
    if as_json:
        print_json(rows)
        return
    columns = ("who", "resource", "permission", "can", "should", "on shift", "through", "last used")
    shown = [*columns, "holds now"] if live else columns
    print_table(shown, ([visible(cell) for cell in _line(row)] for row in rows))
    click.echo(plural(len(rows), "right"))


@access.command("plan")
@time_option("--at", "The instant to plan for: a date or an ISO 8601 time; now if not given.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Where to write it.")
@click.option(
    "--snapshot", is_flag=True, help="Go by the last snapshots, even where a system can be asked."
)
@json_option
@workspace_option
def plan(
    at: datetime | None, out: Path | None, snapshot: bool, as_json: bool, workspace: Workspace
) -> None:
    """Write a plan of the grants and revocations that are due. It changes nothing."""
    from oncall_audit.control import plans
    from oncall_audit.pipeline.access import plan as make

    with progress() as report:
        made, path = make(workspace, at=at, by_snapshot=snapshot, out=out, report=report)
    document = plans.document(made)
    if as_json:
        print_json({"path": str(path), **document})
        return
    tell_plan(document)
    click.echo(f"\nThe plan: {display(path)}")
    if made.changes:
        click.echo(f"Next: oncall-audit access approve {display(path)} --by WHO")
    elif any(it.limit == "snapshot" for it in made.held_back):
        click.echo(
            "What was read is too old to change anything by: 'oncall-audit run' reads it again."
            " To see what was due at an earlier time, name that with --at."
        )


@access.command("show")
@click.argument("path", metavar="PLAN", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@workspace_option
def show(path: Path, as_json: bool, workspace: Workspace) -> None:
    """Show a plan, and how far each of its changes has come."""
    from oncall_audit.control import plans, records

    document = plans.document(plans.load(path))
    last = records.last_steps(records.read(workspace), document["sha256"])
    for change in document["changes"]:
        change["step"] = last.get(change["change_id"], {}).get("step")
    if as_json:
        print_json(document)
        return
    tell_plan(document)


def tell_plan(document: dict[str, Any]) -> None:
    """Print a plan's changes, what its limits hold back, and how much it touches."""
    changes, held_back = document["changes"], document["held_back"]
    if changes:
        columns = ("do", "permission", "resource", "system", "account", "why", "closes", "step")
        print_table(columns, ([visible(cell) for cell in _change(it)] for it in changes))
    if held_back:
        click.echo("\nHeld back")
        headings = ("limit", "would", "permission", "resource", "account", "because")
        print_table(headings, ([visible(cell) for cell in _held_back(it)] for it in held_back))
    if document["unmet"]:
        click.echo("\nCannot be granted")
        names = ("who", "permission", "resource", "because")
        print_table(names, ([visible(cell) for cell in _unmet(it)] for it in document["unmet"]))
    radius = document["blast_radius"]
    people, resources = radius["people"], radius["resources"]
    click.echo(
        f"\n{plural(len(changes), 'change')}, {len(held_back)} held back: "
        f"{plural(people, 'person', 'people')}, {plural(resources, 'resource')}."
    )
    for it in radius["systems"]:
        click.echo(
            f"{visible(it['system'])}: {it['held']} managed rights held, {it['granted']} to grant,"
            f" {it['revoked']} to revoke ({it['revoked_percent']:g} %), {it['warned']} to warn of."
        )


def _with_live(workspace: Workspace, rows: list[Row]) -> list[Row]:
    from oncall_audit.control import looking, mapping
    from oncall_audit.pipeline.access import opened, systems

    found = systems(workspace)
    if not found:
        raise ConfigurationError(
            f"No system can be asked: name one under `control:` in {workspace.config.name}."
        )
    with progress() as report:
        report("map", "reading what is held")
        return mapping.with_live(opened(workspace, None), rows, looking.live(found))


def _is_asked_for(row: Row, engineer: str | None, resource: str | None, differing: bool) -> bool:
    who = (engineer or "").casefold()
    is_person = row["engineer_id"].casefold() == who or who in str(row["name"] or "").casefold()
    holds = row.get("holds_now")
    can = row["can_access"] if holds is None else holds
    is_different = can != row["should_access"]
    return is_person and resource in (None, row["resource_id"]) and (is_different or not differing)


def _line(row: Row) -> list[str]:
    now = {True: ["yes"], False: ["no"], None: [""]}[row["holds_now"]] if "holds_now" in row else []
    return [
        str(row["name"] or row["engineer_id"]),
        row["resource_id"],
        row["permission"],
        "yes" if row["can_access"] else "no",
        "yes" if row["should_access"] else "no",
        "yes" if row["on_shift"] else "no",
        row["granted_via"] or "",
        str(moment(row["last_used_at"]) or ""),
        *now,
    ]


def _change(it: dict[str, Any]) -> list[str]:
    closes = ", ".join(finding[:12] for finding in it["closes"])
    right = [it["permission"], it["resource_name"], it["system"], it["account"]]
    return [it["action"], *right, it["why"], closes, it.get("step") or ""]


def _held_back(it: dict[str, Any]) -> list[str]:
    right = [it["permission"], it["resource_name"], it["account"]]
    return [it["limit"], it["action"], *right, it["because"]]


def _unmet(it: dict[str, Any]) -> list[str]:
    return [it["engineer_id"], it["permission"], it["resource_id"], it["explanation"]]


for command in (approve_plan, apply_plan, verify_plan, shifts, providers):
    access.add_command(command)
