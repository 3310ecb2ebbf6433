"""What a system's models may be read by, so that a workspace without it can do without them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from oncall_audit import connectors
from oncall_audit.assets import asset
from oncall_audit.warehouse import systems

MODELS = asset("dbt_project") / "models"
_REF = re.compile(r"ref\('((?:stg|int)_(\w+?)__\w+)'\)")
STAGED = sorted(path.name for path in (MODELS / "staging").iterdir())


def readers(system: str) -> list[tuple[str, str]]:
    """Return each model of another system that names a model of this one, and which."""
    return [
        (path.stem, model)
        for path in sorted(MODELS.rglob("*.sql"))
        if not re.match(rf"(?:stg|int)_{system}__", path.stem)
        for model, owner in _REF.findall(path.read_text(encoding="utf-8"))
        if owner == system
    ]


@pytest.mark.parametrize("system", sorted(set(STAGED) - systems.built(()) - {"control", "policy"}))
def test_models_of_a_system_are_named_by_no_other(system: str) -> None:
    assert readers(system) == [], "tell it in int_<system>__<part>, which of_systems unites"


def test_every_connector_is_staged_under_its_own_name() -> None:
    assert set(STAGED) == {*connectors.names(), "control", "policy"}


def test_every_part_has_the_columns_that_it_is_united_by() -> None:
    told = (asset("dbt_project") / "macros" / "part_columns.sql").read_text(encoding="utf-8")

    assert set(re.findall(r"^    '(\w+)':", told, re.MULTILINE)) == set(
        systems.systems(MODELS.parent)
    )


def test_all_systems_are_united_where_nothing_is_left_out() -> None:
    found = systems.systems(MODELS.parent)

    assert {"aws_cloudtrail", "postgresql", "sshd", "teleport"} <= set(found["events"])
    assert "aws_iam" in found["granted"]
    assert "generic" not in found["events"]


def test_what_is_not_used_is_left_out() -> None:
    found = systems.systems(MODELS.parent, {"sshd"})

    assert found["events"] == ["aws_cloudtrail", "sshd", "teleport"]
    assert found["granted"] == []
    left_out = systems.left_out(MODELS.parent, {"sshd"})
    for name in ("stg_postgresql__log", "int_postgresql__events", "int_aws_iam__granted"):
        assert left_out.fullmatch(name)
    for name in ("stg_sshd__log", "int_teleport__events", "int_sshd__marks", "int_events__unioned"):
        assert not left_out.fullmatch(name)


def test_nothing_is_left_out_where_all_is_used() -> None:
    left_out = systems.left_out(MODELS.parent, connectors.names())

    assert not any(left_out.fullmatch(path.stem) for path in MODELS.rglob("*.sql"))


def test_a_folder_without_intermediate_models_tells_nothing(tmp_path: Path) -> None:
    (tmp_path / "models" / "staging" / "acme").mkdir(parents=True)

    assert not any(systems.systems(tmp_path).values())
