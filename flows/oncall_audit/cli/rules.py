"""`rules`: what is looked for, from the rule folders themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import yaml

from oncall_audit.assets import asset
from oncall_audit.cli.options import json_option
from oncall_audit.cli.output import print_json, print_markdown, print_table
from oncall_audit.errors import ConfigurationError
from oncall_audit.validation import meant


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
def list_rules(as_json: bool) -> None:
    """List every rule with its severity and the question it answers."""
    found = [*_rules()]
    if as_json:
        print_json([asdict(rule) for rule in found])
        return
    print_table(
        ("rule", "severity", "question"),
        ((rule.rule_id, rule.severity, rule.question) for rule in found),
    )


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
