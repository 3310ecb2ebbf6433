"""docs/sql.md tells what there is, its examples run, and what is said of keys is true."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from audits import Audited, rows
from click.testing import CliRunner
from er_picture import PICTURE, picture, tables
from tables_page import ROOT

from oncall_audit import queries
from oncall_audit.cli.sql import sql
from oncall_audit.cli.sql_commands import COMMANDS
from oncall_audit.workspace import Workspace

PAGE = (ROOT / "docs" / "sql.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_the_picture_is_as_the_models_are() -> None:
    assert PICTURE.read_text(encoding="utf-8") == picture(), "renew it: python tests/er_picture.py"


@pytest.mark.parametrize("table", [it for it in tables() if it.key], ids=lambda it: it.name)
def test_a_key_makes_a_row_unique(audited: Audited, table: object) -> None:
    key = ", ".join(table.key)  # type: ignore[attr-defined]

    twice = rows(
        audited.workspace,
        f"select {key} from {table.name} group by all having count(*) > 1",  # type: ignore[attr-defined]
    )

    assert twice == []


@pytest.mark.parametrize(
    ("table", "column", "reference"),
    [
        (it.name, column, reference)
        for it in tables()
        for column, reference in it.references.items()
    ],
)
def test_a_reference_leads_to_a_row(
    audited: Audited, table: str, column: str, reference: str
) -> None:
    target, _, key = reference.partition(".")

    lost = rows(
        audited.workspace,
        f"select {column} from {table} where {column} not in"
        f" (select {key} from {target} where {key} is not null)",
    )

    assert lost == []


def test_every_table_and_column_is_described_in_the_file(audited: Audited) -> None:
    ours = "database_name = 'published' and schema_name = 'audit'"

    assert (
        rows(
            audited.workspace,
            f"select table_name, null from duckdb_tables() where {ours} and comment is null"
            f" union all select view_name, null from duckdb_views() where {ours} and comment is null"
            f" union all select table_name, column_name from duckdb_columns()"
            f" where {ours} and comment is null",
        )
        == []
    )
    assert rows(
        audited.workspace,
        f"select count(*) > 20 from (select distinct table_name from duckdb_columns() where {ours})",
    ) == [(True,)]


def test_every_saved_query_is_in_the_table_as_it_describes_itself() -> None:
    found = re.findall(r"^\| `(\w+)` \| (.*\?) \| (.*) \|$", PAGE, re.MULTILINE)

    assert found == [
        (
            name,
            query.question,
            " ".join(
                f"`{it.name}`" if it.is_required else f"[`{it.name}`]" for it in query.parameters
            )
            or "none",
        )
        for name, query in queries.load().items()
    ]


def test_every_command_of_the_prompt_is_in_the_table() -> None:
    named = re.findall(r"^\| `(\.\w+)", PAGE, re.MULTILINE)

    assert named == list(COMMANDS)


def test_the_example_of_an_own_query_runs(audited: Audited, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.queries.mkdir()
    workspace.data.symlink_to(audited.workspace.data)
    (workspace.queries / "long_sessions.sql").write_text(blocks("sql")[0])

    result = CliRunner().invoke(
        sql,
        ["--workspace", str(tmp_path), "--saved", "long_sessions", "--param", "system=teleport"],
    )

    assert result.exception is None
    assert len(result.stdout.splitlines()) > 1


@pytest.mark.parametrize("program", blocks("python"), ids=["notebook", "superset"])
def test_the_examples_in_python_run_where_the_workspace_is(audited: Audited, program: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=audited.workspace.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
    assert re.search(r"\d", done.stdout)
