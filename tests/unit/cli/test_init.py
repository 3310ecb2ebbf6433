from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from oncall_audit import schemas
from oncall_audit.__main__ import main
from oncall_audit.control import targets
from oncall_audit.policy import Policy, load_policy
from oncall_audit.settings import load
from oncall_audit.workspace import Workspace


def uncommented(text: str) -> str:
    """Return a template with its examples switched on and its prose left out."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    examples = [line.replace("  # ", "  ", 1) for line in lines if "---" not in line]
    return "\n".join(line for line in examples if line.strip() != "#")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    assert main(["init", str(tmp_path / "new")]) == 0
    return Workspace(tmp_path / "new")


def test_makes_a_workspace_that_loads(workspace: Workspace) -> None:
    settings, policy = load(workspace), load_policy(workspace)

    assert (settings.organisation, settings.sources) == ("Example", ())
    assert (policy.grace, policy.limits) == (Policy().grace, Policy().limits)
    assert sorted(it.name for it in workspace.root.iterdir()) == [
        ".env.example",
        ".gitignore",
        ".oncall-audit",
        "oncall-audit.yml",
        "policy.yml",
    ]


def test_its_commented_examples_are_right(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAGERDUTY_TOKEN", "a")
    monkeypatch.setenv("CONTROL_DB_PASSWORD", "b")
    monkeypatch.setenv("SLACK_WEBHOOK_URL", "https://hooks.example.com/services/a/b/c")
    monkeypatch.setenv("SIEM_SECRET", "c")
    monkeypatch.setenv("SMTP_PASSWORD", "d")
    for path in (workspace.config, workspace.policy):
        path.write_text(uncommented(path.read_text()))

    settings, policy = load(workspace), load_policy(workspace)

    assert len(settings.sources) == 11
    assert list(settings.notify.channels) == ["security", "siem", "engineers"]
    assert (len(policy.services), len(policy.resources), len(policy.roles)) == (2, 1, 2)
    assert (len(policy.shifts), len(policy.exceptions)) == (1, 1)
    assert policy.control.managed == ("postgresql:oncall_*",)
    assert [it.system for it in targets.load(workspace)] == ["postgresql"]


@pytest.mark.parametrize("name", ["oncall-audit.yml", "policy.yml"])
def test_editors_find_a_schema_that_accepts_the_examples(workspace: Workspace, name: str) -> None:
    path = workspace.root / name
    first, _, _ = path.read_text().partition("\n")
    schema = json.loads((workspace.root / first.rpartition("=")[2]).read_text())
    Draft202012Validator.check_schema(schema)
    content = json.loads(json.dumps(yaml.safe_load(uncommented(path.read_text())), default=str))

    mistakes = list(Draft202012Validator(schema).iter_errors(content))

    assert mistakes == []


def test_the_schema_knows_the_options_of_each_connector() -> None:
    validator = Draft202012Validator(schemas.configuration())

    def is_valid(**source: object) -> bool:
        return validator.is_valid({"organisation": "A", "sources": {"a": source}})

    assert is_valid(type="sshd", path="logs")
    assert not is_valid(type="sshd", pth="logs")
    assert not is_valid(type="sshd")
    assert not is_valid(type="shsd", path="logs")


def test_every_part_of_the_schemas_is_described() -> None:
    for schema in (schemas.configuration(), schemas.policy()):
        for part in (schema, *schema["$defs"].values()):
            undescribed = [
                name for name, it in part["properties"].items() if "description" not in it
            ]
            assert undescribed == []


def test_does_not_overwrite_without_force(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.policy.write_text("# mine\n")

    status = main(["init", str(workspace.root)])

    assert status == 2
    assert "already has oncall-audit.yml, policy.yml" in capsys.readouterr().err
    assert workspace.policy.read_text() == "# mine\n"


def test_overwrites_with_force(workspace: Workspace) -> None:
    workspace.policy.write_text("# mine\n")

    status = main(["init", "--force", str(workspace.root)])

    assert (status, workspace.policy.read_text().startswith("# yaml-language-server")) == (0, True)
