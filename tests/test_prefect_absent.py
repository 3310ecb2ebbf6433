"""What becomes of an audit whose Prefect server does not answer."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audits import Organisation

from oncall_audit.errors import ConfigurationError, SourceError
from oncall_audit.evidence import register
from oncall_audit.pipeline.start import audit
from oncall_audit.workspace import Workspace

# Nobody answers there: the port of "discard".
DEAD = "http://127.0.0.1:9/api"


@pytest.fixture
def unreadable(organisation: Organisation, tmp_path: Path) -> Workspace:
    """A workspace with nothing but a source that is not there."""
    shutil.copy(organisation.root / "policy.yml", tmp_path)
    source = "requests: {type: generic, kind: requests, path: nowhere}"
    (tmp_path / "oncall-audit.yml").write_text(f"organisation: Example\nsources:\n  {source}\n")
    return Workspace(tmp_path)


def test_it_is_told_and_the_audit_goes_on_in_this_process(
    unreadable: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", DEAD)
    told: list[tuple[str, str]] = []

    with pytest.raises(SourceError, match="No source could be read"):
        audit(unreadable.root, report=lambda *said: told.append(said))

    assert told[0] == ("start", "the Prefect server does not answer; going on in this process")
    assert [it["state"] for it in register.read(unreadable.register)] == ["failed"]


def test_what_is_not_there_is_looked_for_only_once(
    unreadable: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    told: list[tuple[str, str]] = []

    with pytest.raises(SourceError, match="No source could be read"):
        audit(unreadable.root, report=lambda *said: told.append(said))

    assert [said for said in told if "once more" in said[1]] == []


def test_it_is_refused_if_prefect_is_insisted_on(
    unreadable: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", DEAD)

    with pytest.raises(ConfigurationError, match="does not answer; start it"):
        audit(unreadable.root, prefect=True)

    assert not unreadable.register.exists()
