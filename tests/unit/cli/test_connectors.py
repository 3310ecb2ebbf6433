from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from oncall_audit import connectors
from oncall_audit.__main__ import main
from oncall_audit.warehouse import systems

ROOT = Path(__file__).parents[3]


def loaded(path: Path) -> ModuleType:
    """Import a module by its file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_lists_every_connector_with_what_it_tells(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["connectors", "list", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [it["type"] for it in found] == sorted(connectors.names())
    assert all(it["summary"].endswith(".") for it in found)


def test_shows_the_options_of_a_connector_and_how_to_give_its_secrets(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["connectors", "show", "pagerduty"])

    told = capsys.readouterr().out
    assert (status, told.startswith("# pagerduty\n")) == (0, True)
    assert "- `token`: a secret, as ${NAME}, optional" in told
    assert "- `url`: str, default https://api.pagerduty.com" in told
    assert "- `pagerduty__schedule_entries`" in told


def test_an_unknown_connector_is_answered_with_the_known_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["connectors", "show", "pagerdty"])

    assert status == 2
    assert "Did you mean 'pagerduty'? Known: " in capsys.readouterr().err


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout without any connector."""
    for folder in ("connectors", "../../dbt_project/models/staging"):
        (tmp_path / "flows" / "oncall_audit" / folder).mkdir(parents=True)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "flows" / "oncall_audit" / "connectors" / "__init__.py").touch()
    return tmp_path


@pytest.mark.parametrize("name", ["x", "acme_gate", "a_system_of_a_long_name1"])
def test_a_new_connector_is_found_and_lands_its_example(
    name: str, checkout: Path, log_rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = main(["connectors", "new", name, "--into", str(checkout)])

    package = checkout / "flows" / "oncall_audit" / "connectors"
    monkeypatch.setattr(connectors, "__path__", [*connectors.__path__, str(package)])
    test = loaded(checkout / "tests" / "unit" / "connectors" / f"test_{name}.py")
    test.test_an_event_lands_with_its_fields(log_rows)
    assert status == 0
    assert systems.systems(checkout / "dbt_project")["events"] == [name]


@pytest.mark.parametrize("name", ["acme", "grafana_notes", "zebra"])
def test_a_new_connector_stands_in_the_overview(name: str, checkout: Path) -> None:
    overview = checkout / "docs" / "connectors" / "README.md"
    overview.parent.mkdir(parents=True)
    shutil.copy(ROOT / "docs" / "connectors" / "README.md", overview)

    main(["connectors", "new", name, "--into", str(checkout)])

    names = re.findall(r"^\| \[(\w+)\]\(\1\.md\) \|", overview.read_text(), re.MULTILINE)
    assert names == sorted([*connectors.names(), name])


def test_a_new_connector_is_clean_from_the_start(checkout: Path) -> None:
    for name in ("x", "acme_gate", "a_system_of_a_long_name1"):
        main(["connectors", "new", name, "--into", str(checkout)])

    for words in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *words, "."],
            check=False,
            cwd=checkout,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("Acme", "'Acme' cannot name a connector"),
        ("../acme", "cannot name a connector"),
        ("a_system_of_a_longer_name1", "cannot name a connector"),
        ("sshd", "There is a connector 'sshd' already"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_written(
    name: str, message: str, checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(checkout.rglob("*"))

    status = main(["connectors", "new", name, "--into", str(checkout)])

    assert (status, sorted(checkout.rglob("*"))) == (2, before)
    assert message in capsys.readouterr().err


def test_only_a_checkout_takes_a_new_connector(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["connectors", "new", "acme", "--into", str(tmp_path)])

    assert (status, list(tmp_path.iterdir())) == (2, [])
    assert "no checkout of oncall-audit: give its folder by --into" in capsys.readouterr().err
