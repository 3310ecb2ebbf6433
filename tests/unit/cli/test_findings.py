from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from oncall_audit.cli.findings import findings
from oncall_audit.errors import AuditError
from oncall_audit.workspace import Workspace


def _run(workspace: Workspace, *arguments: str) -> Result:
    verb, *rest = arguments
    return CliRunner().invoke(findings, [verb, "--workspace", str(workspace.root), *rest])


def _listed(workspace: Workspace, *arguments: str) -> list[str]:
    rows = json.loads(_run(workspace, "list", "--json", *arguments).output)
    return [row["finding_id"] for row in rows]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["f-new", "f-old"]),
        (["--severity", "high"], ["f-new"]),
        (["--rule", "log_gap"], ["f-old"]),
        (["--engineer", "E002"], ["f-new"]),
        (["--engineer", "costa"], ["f-new"]),
        (["--state", "accepted"], ["f-done"]),
        (["--state", "open", "--state", "accepted"], ["f-new", "f-old", "f-done"]),
        (["--engineer", "x'; drop table findings; --"], []),
    ],
)
def test_lists_what_is_asked(
    workspace: Workspace, arguments: list[str], expected: list[str]
) -> None:
    assert _listed(workspace, *arguments) == expected


def test_prints_a_table_for_people(workspace: Workspace) -> None:
    output = _run(workspace, "list").output

    assert "Ben ⟨U+202E⟩Costa" in output
    assert output.endswith("2 findings\n")


def test_shows_one_with_its_evidence(workspace: Workspace) -> None:
    assert _run(workspace, "show", "f-n").output == (
        "Ben used payments-db.\n"
        "\n"
        "Who used production while not on call?\n"
        "\n"
        "  finding        f-new\n"
        "  rule           off_shift_access\n"
        "  severity       high\n"
        "  state          open\n"
        "  engineer       Ben ⟨U+202E⟩Costa\n"
        "  engineer id    e002\n"
        "  account        bcosta\n"
        "  system         linux\n"
        "  resource       payments-db\n"
        "  session        s2\n"
        "  from (UTC)     3 Apr 2026 02:00\n"
        "  until (UTC)    3 Apr 2026 02:30\n"
        "  score          80.0\n"
        "  first seen by  run-2\n"
        "\n"
        "Evidence\n"
        "  nearest shift  h1\n"
        "  client         <img src=x onerror=alert(1)>\n"
        "  hours          1, 2\n"
        "  link           javascript:alert(1)\n"
        "\n"
        "Raw record: auth.log:2\n"
        "\n"
        "What to do: oncall-audit rules show off_shift_access\n"
    )


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("f-", "More than one finding begins with 'f-'. Give more of the ID."),
        ("zz", "There is no finding 'zz'. See 'oncall-audit findings list --state open'."),
    ],
)
def test_asks_for_an_id_that_names_one(workspace: Workspace, identifier: str, message: str) -> None:
    result = _run(workspace, "show", identifier)

    assert isinstance(result.exception, AuditError)
    assert str(result.exception) == message
