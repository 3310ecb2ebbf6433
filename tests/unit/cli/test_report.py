from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oncall_audit.cli.report import report
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace


def _run(workspace: Workspace, *arguments: str) -> Result:
    return CliRunner().invoke(report, ["--workspace", str(workspace.root), *arguments])


def test_writes_every_format_beside_the_publications(workspace: Workspace) -> None:
    result = _run(workspace, "--json")

    folder = workspace.data / "reports" / "run-2"
    written = {Path(path) for path in json.loads(result.output)}
    assert {
        folder / name
        for name in ("report.html", "report.md", "report.xlsx", "findings.json", "summary.json")
    } <= written
    assert folder / "csv" / "findings.csv" in written
    assert all(path.is_file() for path in written)


def test_writes_what_is_asked_where_it_is_asked(workspace: Workspace, tmp_path: Path) -> None:
    result = _run(workspace, "--format", "md", "--output", str(tmp_path / "here"))

    assert result.exit_code == 0
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["report.md"]


def test_leaves_a_publication_as_it_was(workspace: Workspace) -> None:
    result = _run(workspace, "--output", str(workspace.publication))

    assert isinstance(result.exception, ConfigurationError)
    assert str(result.exception).endswith(
        "belongs to a publication, which never changes. Choose another folder with --output."
    )
    assert [path.name for path in workspace.publication.iterdir()] == ["audit.duckdb"]


def test_names_the_formats_there_are(workspace: Workspace) -> None:
    result = _run(workspace, "--format", "docx")

    assert result.exit_code == 2
    assert (
        "'docx' is not one of 'html', 'csv', 'json', 'md', 'xlsx', 'ocsf', 'oscal', 'pdf'."
        in result.output
    )


def test_names_nobody_where_that_is_asked_or_configured(workspace: Workspace) -> None:
    workspace.config.write_text("organisation: Example\nreports: {pseudonymised: true}\n")

    asked, named = _run(workspace, "--format", "md"), _run(workspace, "--format", "md", "--names")

    folder = workspace.data / "reports"
    assert (asked.exit_code, named.exit_code) == (0, 0)
    assert "Ben" not in (folder / "run-2-pseudonymised" / "report.md").read_text()
    assert "Ben" in (folder / "run-2" / "report.md").read_text()


def test_resolves_a_pseudonym_and_notes_it(workspace: Workspace) -> None:
    _run(workspace, "--format", "json", "--pseudonymised")
    written = workspace.data / "reports" / "run-2-pseudonymised" / "findings.json"
    pseudonym = json.loads(written.read_text())[0]["engineer_id"]

    result = _run(workspace, "--resolve", pseudonym)

    assert result.output.startswith("engineer_id: e002\nname: Ben ⟨U+202E⟩Costa\nemail: ben.costa@")
    noted = json.loads(workspace.custody.read_text().splitlines()[-1])
    assert (noted["verb"], noted["what"]) == ("report --resolve", [pseudonym])


def test_resolves_nothing_that_cannot_be_noted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    _run(workspace, "--format", "json", "--pseudonymised")
    written = workspace.data / "reports" / "run-2-pseudonymised" / "findings.json"
    pseudonym = json.loads(written.read_text())[0]["engineer_id"]
    monkeypatch.setattr(register, "append", refuse)

    result = _run(workspace, "--resolve", pseudonym)

    assert isinstance(result.exception, ConfigurationError)
    assert "Ben" not in result.output


def test_writes_a_page_for_an_engineer_or_a_team_and_notes_whom(workspace: Workspace) -> None:
    engineer = _run(workspace, "--for", "e002", "--json")
    team = _run(workspace, "--team", "platform", "--format", "md", "--json")

    written = [Path(it).name for run in (engineer, team) for it in json.loads(run.output)]
    assert written == ["e002.html", "e002.md", "team-platform.md"]
    noted = [json.loads(line) for line in workspace.custody.read_text().splitlines()]
    assert [(it["verb"], it["what"]) for it in noted] == [
        ("report --for", ["e002"]),
        ("report --team", ["platform"]),
    ]


def test_a_page_is_for_one_of_both(workspace: Workspace) -> None:
    result = _run(workspace, "--for", "e002", "--team", "platform")

    assert str(result.exception) == "A page is for an engineer or for a team: --for or --team."
