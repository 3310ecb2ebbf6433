"""The verbs of `oncall-audit access` that change something, each under the workspace's lock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from oncall_audit.cli.access_opening import opened, systems
from oncall_audit.cli.options import json_option, time_option, workspace_option
from oncall_audit.cli.output import print_json, print_table, progress
from oncall_audit.errors import ControlError, VerificationFailed
from oncall_audit.pipeline.lock import exclusive
from oncall_audit.reports.text import plural, visible
from oncall_audit.workspace import Workspace

if TYPE_CHECKING:
    from oncall_audit.control.knowledge import Knowledge
    from oncall_audit.control.model import Plan

_PLAN = click.argument("path", metavar="PLAN", type=click.Path(dir_okay=False, path_type=Path))
_BY = "Who approves it: an id or e-mail of the directory, of nobody whose access the plan changes."
_PATIENCE_SECONDS = 600


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    def told(message: str) -> None:
        click.echo(message, err=True)

    with exclusive(workspace, patience_seconds=_PATIENCE_SECONDS, on_wait=told):
        yield


@click.command("approve")
@_PLAN
@click.option("--by", required=True, metavar="WHO", help=_BY)
@workspace_option
def approve_plan(path: Path, by: str, workspace: Workspace) -> None:
    """Approve exactly this plan, by its hash. It changes nothing yet."""
    from oncall_audit.control import approval, plans

    plan = plans.load(path)
    with _alone(workspace):
        now = datetime.now(UTC)
        approver = approval.approve(workspace, opened(workspace, now), plan, by, now)
    click.echo(f"{visible(approver)} approved {plural(len(plan.changes), 'change')}.")
    click.echo(f"Next: oncall-audit access apply {path}")


@click.command("apply")
@_PLAN
@click.option("--by", metavar="WHO", help="Approve it too. " + _BY)
@json_option
@workspace_option
def apply_plan(path: Path, by: str | None, as_json: bool, workspace: Workspace) -> None:
    """Carry out an approved plan; one that nobody approved is only shown.

    What was interrupted goes on where it stopped, and what failed is tried again. Ends with status
    4 if a change could not be made.
    """
    from oncall_audit.control import approval, plans, records

    plan = plans.load(path)
    with _alone(workspace), progress() as report:
        now = datetime.now(UTC)
        knowledge = opened(workspace, now)
        if by:
            approval.approve(workspace, knowledge, plan, by, now)
        elif approval.approval_of(records.read(workspace), plans.sha256(plan)) is None:
            _show(plan, path, as_json)
            return
        result = _carry_out(workspace, knowledge, plan, report)
        reminders = _remind(workspace, knowledge, plan, result.steps)
    if as_json:
        print_json({**asdict(result), "reminders": [str(it) for it in reminders]})
    else:
        print_table(("change", "step"), sorted(result.steps.items()))
        for reminder in reminders:
            click.echo(f"Reminder to send: {reminder}")
    if result.problems:
        raise ControlError(
            f"{plural(len(result.problems), 'change')} could not be made: "
            + " ".join(result.problems)
            + " Run it again to try them once more."
        )


@click.command("verify")
@click.option("--snapshot", is_flag=True, help="Go by the last snapshots, without asking systems.")
@json_option
@workspace_option
def verify_plan(snapshot: bool, as_json: bool, workspace: Workspace) -> None:
    """Prove every change that was made: by what the systems say now, else by the last snapshot.

    The findings that a change was to close are closed by the proof. Ends with status 5 if somebody
    has undone a change, with 4 if one was tried and not made.
    """
    from oncall_audit.control import looking
    from oncall_audit.control.verifying import verify

    with _alone(workspace), progress() as report:
        report("verify", "reading what is held")
        now = datetime.now(UTC)
        knowledge = opened(workspace, now)
        seen = looking.seen_in_snapshots(knowledge)
        if not snapshot:
            seen |= looking.seen_live(looking.live(systems(workspace)), now)
        desired = looking.desired_at(knowledge)
        result = verify(workspace, seen, by="oncall-audit", at=now, desired=desired)
    if as_json:
        print_json(asdict(result))
    else:
        rows = [
            [word, it["action"], it["permission"], it["resource_name"], it["account"]]
            for word, found in asdict(result).items()
            for it in found
        ]
        print_table(("proof", "was to", "permission", "resource", "account"), rows)
    if result.undone:
        raise VerificationFailed(
            f"{plural(len(result.undone), 'change')} was undone by somebody; the findings are open"
            " again. Make a new plan with 'oncall-audit access plan'."
        )
    if result.unmade:
        raise ControlError(
            f"{plural(len(result.unmade), 'change')} was not made. Apply the plan again, or make a"
            " new one."
        )


@click.command("shifts")
@time_option("--at", "Show only what would be done at this instant.")
@json_option
@workspace_option
def shifts(at: datetime | None, as_json: bool, workspace: Workspace) -> None:
    """Make the changes that the policy lets happen by themselves, as shifts begin and end.

    Whatever is due by now is done, however late. Says when the next change is due; status 4 if the
    schedule is not known well enough, or a change could not be made.
    """
    from oncall_audit.control import looking, shifting

    if at:
        live = looking.live(systems(workspace))
        plan = shifting.automatic_plan(workspace, opened(workspace, at), live)
        _show(plan, None, as_json)
        return
    with _alone(workspace), progress() as report:
        knowledge = opened(workspace, None)
        done = shifting.run(workspace, knowledge, systems(workspace), report=report)
    next_at = f"{done.next_at:%Y-%m-%d %H:%M} UTC" if done.next_at else None
    if as_json:
        print_json({**asdict(done.applied), "next_at": done.next_at, "alarms": done.alarms})
    else:
        print_table(("change", "step"), sorted(done.applied.steps.items()))
        click.echo(f"Next change: {next_at or 'none is known of'}")
    if done.alarms:
        raise ControlError(" ".join(done.alarms))


def _carry_out(workspace: Workspace, knowledge: Knowledge, plan: Plan, report: Any) -> Any:
    from oncall_audit.control import looking
    from oncall_audit.control.applying import Application

    providers = systems(workspace)
    obstacle = looking.obstacle(knowledge, providers)
    return Application(workspace, knowledge.policy, providers, obstacle, report).apply(plan)


def _remind(
    workspace: Workspace, knowledge: Knowledge, plan: Plan, steps: dict[str, str]
) -> list[Path]:
    from oncall_audit.control.warning import reminder

    written = []
    for change in plan.changes:
        if steps.get(change.change_id) == "warned":
            path = workspace.plans / f"reminder-{change.change_id}.txt"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(reminder(knowledge, change), encoding="utf-8")
            written.append(path)
    return written


def _show(plan: Plan, path: Path | None, as_json: bool) -> None:
    from oncall_audit.cli.access import tell_plan
    from oncall_audit.control import plans

    document = plans.document(plan)
    if as_json:
        print_json(document)
        return
    tell_plan(document)
    if path:
        click.echo(
            "\nNobody has approved this plan, so nothing was changed."
            f" Next: oncall-audit access approve {path} --by WHO"
        )
