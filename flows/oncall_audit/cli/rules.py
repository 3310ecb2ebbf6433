"""`rules`: what is looked for, from the rule folders themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import yaml

from oncall_audit.assets import asset
from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, print_markdown, print_table
from oncall_audit.errors import ConfigurationError
from oncall_audit.reports.published import Published
from oncall_audit.reports.text import visible
from oncall_audit.validation import meant
from oncall_audit.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as its folder describes it."""

    rule_id: str
    severity: str
    question: str
    controls: list[str]
    runbook: str


@click.group()
def rules() -> None:
    """List the rules, or show one with its runbook."""


@rules.command("list")
@json_option
@workspace_option
def list_rules(as_json: bool, workspace: Workspace) -> None:
    """List every rule, the question it answers, and whether it could in the last audit."""
    found, last = [*_rules()], _last_run(workspace)
    nothing = {"state": None, "why": None}
    if as_json:
        print_json([{**asdict(rule), **last.get(rule.rule_id, nothing)} for rule in found])
        return
    columns = ["rule", "severity", "question"]
    lines = [[rule.rule_id, rule.severity, rule.question] for rule in found]
    if last:
        columns.append("last audit")
        lines = [[*line, _told(last.get(line[0], nothing))] for line in lines]
    print_table(columns, lines)


def _last_run(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """Return the state of each rule in the workspace's last audit, if there is one."""
    if not workspace.published.exists():
        return {}
    with Published(workspace.published) as published:
        return {
            row["rule_id"]: {"state": row["state"], "why": row["why"]}
            for row in published.rows("select rule_id, state, why from rule_runs")
        }


def _told(run: dict[str, Any]) -> str:
    return f"{run['state']}: {visible(run['why'])}" if run["why"] else run["state"] or ""


@rules.command("show")
@click.argument("rule_id", metavar="RULE")
@json_option
def show_rule(rule_id: str, as_json: bool) -> None:
    """Show what RULE means, how to investigate it and how to put it right."""
    known = {rule.rule_id: rule for rule in _rules()}
    if rule_id not in known:
        raise ConfigurationError(f"There is no rule '{rule_id}'. {meant(rule_id, known)}")
    rule = known[rule_id]
    if as_json:
        print_json(asdict(rule))
        return
    controls = ", ".join(rule.controls) or "none"
    print_markdown(
        f"# {rule.rule_id}\n\n{rule.question} Severity: {rule.severity}.\n\n"
        f"{rule.runbook}\n\n## Controls\n\n{controls}"
    )


def _rules() -> Iterator[Rule]:
    folder = asset("dbt_project") / "models" / "rules"
    for path in sorted(folder.glob("*/*.yml")):
        if path.stem == path.parent.name:
            yield _rule(path)


def _rule(path: Path) -> Rule:
    models = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    model = next(model for model in models if model["name"] == path.stem)
    meta = model["config"]["meta"]
    runbook = path.with_suffix(".md")
    return Rule(
        rule_id=path.stem,
        severity=meta["severity"],
        question=meta["question"],
        controls=list(meta.get("controls", [])),
        runbook=_without_jinja(runbook.read_text(encoding="utf-8")) if runbook.exists() else "",
    )


def _without_jinja(text: str) -> str:
    # dbt reads the runbook as a docs block.
    return "\n".join(line for line in text.splitlines() if not line.startswith("{%")).strip()
