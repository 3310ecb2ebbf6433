"""Every mistake below `control:` is told with its line, and no secret is."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.control import targets
from oncall_audit.errors import ConfigurationError
from oncall_audit.workspace import Workspace

SECRET = "canary-7d1-password"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    return Workspace(tmp_path)


def written(workspace: Workspace, *lines: str) -> Workspace:
    text = "organisation: Example\ncontrol:\n" + "".join(f"  {line}\n" for line in lines)
    workspace.config.write_text(text)
    return workspace


def entry(**changed: str) -> str:
    said = {
        "type": "postgresql", "host": "db.example.com", "user": "control",
        "password": '"${DB_PASSWORD}"', "resource": "payments", **changed,
    }  # fmt: skip
    return "{" + ", ".join(f"{name}: {value}" for name, value in said.items() if value) + "}"


def test_a_target_makes_the_provider_of_its_system(workspace: Workspace) -> None:
    (target,) = targets.load(written(workspace, f"db: {entry(system='pg')}"))

    assert (target.name, target.system, target.provider().system) == ("db", "pg", "pg")
    assert SECRET not in repr(target) + repr(target.provider())


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["db: {type: postgres}"], "oncall-audit.yml:3: control.db.type: there is no provider"),
        ([f"db: {entry(host='')}"], "control.db.host: is missing; postgresql needs it."),
        ([f"db: {entry(hots='x')}"], "control.db.hots: is no option of postgresql."),
        ([f"db: {entry(password=SECRET)}"], "control.db.password: a secret must not stand"),
        ([f"db: {entry(port='many')}"], "oncall-audit.yml:3: control.db.port: input should be"),
        ([f"a: {entry()}", f"b: {entry()}"], "oncall-audit.yml:4: control.b: the system"),
    ],
)
def test_a_mistake_is_told_with_its_line(
    workspace: Workspace, lines: list[str], words: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        targets.load(written(workspace, *lines))

    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_without_the_section_nothing_can_be_changed(workspace: Workspace) -> None:
    workspace.config.write_text("organisation: Example\n")

    assert targets.load(workspace) == ()
