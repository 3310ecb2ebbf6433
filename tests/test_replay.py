"""Sources read again before a night: the night finds what it would have found without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from audits import tables
from nights import Nights

from oncall_audit.__main__ import main
from oncall_audit.evidence import register

pytestmark = pytest.mark.slow


def test_a_night_after_replays_finds_the_same(
    nights: Nights, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = nights.tonight(tmp_path / "workspace")
    for source in ("hosts", "payments_db", "pagerduty", "directory", "iam"):
        capsys.readouterr()
        assert main(["replay", source, "--json", "--workspace", str(workspace.root)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["kept"] == []
        assert told["after"] == told["before"]
        assert told["after"]["landed"] > 0
    noted = [it["source"] for it in register.read(workspace.register) if it["kind"] == "replay"]
    assert noted == ["hosts", "payments_db", "pagerduty", "directory", "iam"]

    assert main(nights.run(workspace)) == 0

    assert tables(workspace) == nights.expected


def test_a_source_that_is_not_there_is_a_mistake(
    nights: Nights, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", "payment_db", "--workspace", str(nights.audited)]) == 2

    told = capsys.readouterr().err
    assert "has no source 'payment_db'. Did you mean 'payments_db'?" in told
