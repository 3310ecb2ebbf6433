"""The key of pseudonyms is its owner's alone, and shown to nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import pseudonym_key
from oncall_audit.workspace import Workspace


def test_it_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    made = pseudonym_key.of_workspace(workspace)

    assert pseudonym_key.of_workspace(workspace) == made
    assert workspace.pseudonym_key.stat().st_mode & 0o777 == 0o600
    assert workspace.pseudonym_key.parent.stat().st_mode & 0o777 == 0o700
    assert repr(made) == "PseudonymKey()"


def test_another_may_be_given_by_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    workspace.config.write_text("organisation: Example\npseudonym_key: ${PSEUDONYM_KEY}\n")
    monkeypatch.setenv("PSEUDONYM_KEY", "0f" * 32)

    assert pseudonym_key.of_workspace(workspace).secret == b"\x0f" * 32
    assert not workspace.pseudonym_key.exists()


@pytest.mark.parametrize("text", ["canary", "0f" * 31, ""])
def test_what_is_no_key_is_refused_and_not_shown(tmp_path: Path, text: str) -> None:
    path = tmp_path / "pseudonyms.key"
    path.write_text(text)

    with pytest.raises(ConfigurationError, match="is no pseudonym key") as refused:
        pseudonym_key.kept(path)

    assert "canary" not in str(refused.value)


def test_it_must_not_stand_in_the_configuration(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.config.write_text(f"organisation: Example\npseudonym_key: {'0f' * 32}\n")

    with pytest.raises(ConfigurationError, match="a secret must not stand in this file"):
        pseudonym_key.of_workspace(workspace)
