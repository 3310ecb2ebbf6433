from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from oncall_audit.__main__ import main
from oncall_audit.assets import asset
from oncall_audit.cli.options import SEVERITIES
from oncall_audit.cli.rules import rules
from oncall_audit.workspace import Workspace


def test_lists_every_rule_folder_with_its_question(capsys: pytest.CaptureFixture[str]) -> None:
    folders = sorted(it.name for it in (asset("dbt_project") / "models" / "rules").iterdir())

    status = main(["rules", "list", "--json"])

    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert [it["rule_id"] for it in found] == folders
    assert all(it["question"].endswith("?") for it in found)
    assert {it["severity"] for it in found} <= set(SEVERITIES)


def test_a_pipe_gets_the_whole_table(capsys: pytest.CaptureFixture[str]) -> None:
    main(["rules", "list"])

    lines = capsys.readouterr().out.splitlines()
    [line] = [line for line in lines if line.startswith("off_shift_access")]
    assert "high" in line
    assert "…" not in line


def test_shows_a_rule_with_its_runbook(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["rules", "show", "off_shift_access"])

    told = capsys.readouterr().out
    assert (status, told.startswith("# off_shift_access\n")) == (0, True)
    assert "{%" not in told
    for heading in ("What it means", "Investigate", "When it is nothing", "Put it right"):
        assert heading in told


def test_an_unknown_rule_is_answered_with_the_one_that_was_meant(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status = main(["rules", "show", "off_shift_acces"])

    assert status == 2
    assert "Did you mean 'off_shift_access'?" in capsys.readouterr().err


def test_says_what_a_rule_lacked_in_the_last_audit(workspace: Workspace) -> None:
    root = ["--workspace", str(workspace.root)]

    listed = json.loads(CliRunner().invoke(rules, ["list", "--json", *root]).output)
    table = CliRunner().invoke(rules, ["list", *root]).output

    states = {rule["rule_id"]: (rule["state"], rule["why"]) for rule in listed}
    assert states["off_shift_access"] == ("degraded", "no requests")
    assert states["log_gap"] == ("ran", None)
    assert states["unknown_identity"] == (None, None)
    assert "degraded: no requests" in " ".join(table.split())
