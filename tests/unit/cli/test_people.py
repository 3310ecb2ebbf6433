"""A person gets everything that is kept about them, and nothing that is about others alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from oncall_audit.cli.people import people
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register
from oncall_audit.reports.published import Published
from oncall_audit.workspace import Workspace


def _run(workspace: Workspace, folder: Path, *arguments: str) -> Result:
    words = ["export", *arguments, "--output", str(folder), "--workspace", str(workspace.root)]
    return CliRunner().invoke(people, words)


def _exported(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}


def test_every_row_about_somebody_is_in_it(workspace: Workspace, tmp_path: Path) -> None:
    result = _run(workspace, tmp_path / "out", "ben.costa@example.com")

    found = _exported(tmp_path / "out")
    with Published(workspace.published) as published:
        for table in published.tables:
            columns = {row[0] for row in published.connection.execute(f"describe {table}").fetchall()}  # fmt: skip
            if "engineer_id" in columns:
                count = published.value(f"select count(*) from {table} where engineer_id = 'e002'")
                assert len(found.get(table, [])) >= count, table
    assert sorted(result.output.split()) == sorted(map(str, (tmp_path / "out").iterdir()))
    assert {row["session_id"] for row in found["sessions"]} == {"s2"}
    assert {row["account"] for row in found["identities"]} == {"bcosta"}


def test_nothing_about_others_alone_is_in_it(workspace: Workspace, tmp_path: Path) -> None:
    _run(workspace, tmp_path / "out", "e002")

    assert "e001" not in json.dumps(_exported(tmp_path / "out"))


def test_what_the_register_has_of_them_is_in_it(workspace: Workspace, tmp_path: Path) -> None:
    for engineer in ("e001", "e002"):
        register.append(workspace.register, {"kind": "decision", "engineer": engineer})

    _run(workspace, tmp_path / "out", "e002")

    assert [it["engineer"] for it in _exported(tmp_path / "out")["register"]] == ["e002"]


def test_csv_is_a_file_a_table(workspace: Workspace, tmp_path: Path) -> None:
    result = _run(workspace, tmp_path / "out", "e002", "--format", "csv", "--json")

    assert {Path(it).name for it in json.loads(result.output)} >= {"sessions.csv", "findings.csv"}
    assert len((tmp_path / "out" / "sessions.csv").read_text().splitlines()) == 2


def test_it_is_noted_or_not_done(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _run(workspace, tmp_path / "first", "e002")
    (noted,) = register.read(workspace.custody)

    def refuse(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(register, "append", refuse)
    refused = _run(workspace, tmp_path / "second", "e002")

    assert (noted["verb"], noted["what"]) == ("people export", ["e002"])
    assert isinstance(refused.exception, ConfigurationError)
    assert not (tmp_path / "second").exists()


def test_nobody_is_told_of(workspace: Workspace, tmp_path: Path) -> None:
    result = _run(workspace, tmp_path / "out", "zed")

    assert str(result.exception).startswith("The directory has nobody with the id")
