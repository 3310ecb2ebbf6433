"""Connectors of other packages: found by entry point, with their models, or refused by name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from oncall_audit import connectors, landing
from oncall_audit.cli import scaffold
from oncall_audit.connectors.base import Window
from oncall_audit.errors import ConfigurationError
from oncall_audit.warehouse import systems
from oncall_audit.warehouse.project import project

Install = Callable[..., Path]


@pytest.fixture
def site_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages on the path of this process."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    forget()
    yield folder
    forget()
    for name in [name for name in sys.modules if name.startswith("oncall_acme")]:
        del sys.modules[name]


def forget() -> None:
    """Look for entry points anew, as another process would."""
    connectors._plugged_in.cache_clear()
    connectors._loaded.cache_clear()


@pytest.fixture
def install(site_packages: Path, tmp_path: Path) -> Install:
    """Install a package with the connector `acme`, as the scaffold writes it, and its models."""

    def installed(points: str = "acme = oncall_acme.connector:Acme", broken: str = "") -> Path:
        (tmp_path / "checkout" / "flows" / "oncall_audit").mkdir(parents=True)
        scaffold.write("acme", tmp_path / "checkout")
        written = tmp_path / "checkout"
        package = site_packages / "oncall_acme"
        package.mkdir()
        (package / "__init__.py").touch()
        module = (written / "flows/oncall_audit/connectors/acme.py").read_text()
        (package / "connector.py").write_text(broken or module)
        (written / "dbt_project" / "models").rename(package / "models")
        information = site_packages / "oncall_acme-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(
            "Metadata-Version: 2.1\nName: oncall-acme\nVersion: 1.0\n"
        )
        (information / "entry_points.txt").write_text(f"[oncall_audit.connectors]\n{points}\n")
        forget()
        return package

    return installed


def test_a_connector_of_another_package_is_found(install: Install) -> None:
    install()

    assert "acme" in connectors.names()
    assert connectors.find("acme").__module__ == "oncall_acme.connector"
    assert [table.name for table in connectors.tables("acme")] == ["events"]


def test_what_it_lands_is_called_by_its_type(install: Install, tmp_path: Path) -> None:
    install()
    example = Path(__file__).parents[3] / "flows/oncall_audit/templates/connector"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "events.jsonl").write_text((example / "fixture.jsonl.txt").read_text())
    now = datetime(2024, 1, 10, tzinfo=UTC)

    landed = landing.land(
        connectors.find("acme")(path=tmp_path / "in"),  # type: ignore[call-arg]
        source_name="gate",
        system="acme",
        window=Window(now - timedelta(days=1), now),
        folder=tmp_path / "landing",
        now=now,
    )

    with landing.Manifest(tmp_path / "landing" / "manifest.sqlite") as manifest:
        assert (landed.landed, manifest.connectors()) == (4, {"acme"})


def test_its_models_are_built_with_ours(install: Install) -> None:
    package = install()

    folder = project()

    added = folder / "models" / "intermediate" / "int_acme__events.sql"
    assert added.read_text() == (package / "models/intermediate/int_acme__events.sql").read_text()
    assert (folder / "models" / "marts" / "findings.sql").is_file()
    assert "acme" in systems.systems(folder)["events"]
    assert project() == folder


def test_changed_models_make_another_project(install: Install) -> None:
    package = install()
    before = project()

    with (package / "models" / "intermediate" / "int_acme__events.sql").open("a") as model:
        model.write("-- changed\n")

    assert project() != before


@pytest.mark.parametrize(
    "place",
    ["marts/acme.sql", "intermediate/int_events__unioned.sql", "staging/sshd/stg_sshd__more.sql"],
)
def test_models_that_are_not_its_own_are_refused(install: Install, place: str) -> None:
    added = install() / "models" / place
    added.parent.mkdir(parents=True, exist_ok=True)
    added.write_text("select 1 as one")

    with pytest.raises(ConfigurationError, match=f"The connector acme brings {place}"):
        project()


def test_without_plug_ins_the_project_is_our_own(site_packages: Path) -> None:
    assert project().name == "dbt_project"


def test_one_of_ours_is_not_replaced(install: Install) -> None:
    install("sshd = oncall_acme.connector:Acme")

    assert connectors.find("sshd").__module__ == "oncall_audit.connectors.sshd"
    assert project().name == "dbt_project"


@pytest.mark.parametrize(
    ("points", "broken", "message"),
    [
        ("acme = oncall_acme.nowhere:Acme", "", "of the package oncall-acme cannot be loaded"),
        ("acme = oncall_acme.connector:Acme", "1 / 0", "ZeroDivisionError.*update or remove"),
        ("acme = oncall_acme.connector:Path", "", "is no connector"),
        ("acme = oncall_acme.connector:EVENTS", "", "is no connector"),
    ],
)
def test_a_broken_package_is_named(
    install: Install, points: str, broken: str, message: str
) -> None:
    install(points, broken)

    with pytest.raises(ConfigurationError, match=message):
        connectors.find("acme")
