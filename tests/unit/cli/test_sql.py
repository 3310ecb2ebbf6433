from __future__ import annotations

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result

from oncall_audit import queries
from oncall_audit.cli.sql import sql
from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.workspace import Workspace


def _run(workspace: Workspace, *arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(sql, ["--workspace", str(workspace.root), *arguments], input=typed)


def _refused(workspace: Workspace, query: str) -> str:
    result = _run(workspace, query)
    assert isinstance(result.exception, AuditError)
    assert result.exception.exit_code == 2
    return str(result.exception)


def test_prints_csv_in_a_pipe(workspace: Workspace) -> None:
    result = _run(
        workspace,
        "select account, kind, valid_from from identities order by kind desc, account limit 2",
    )

    assert result.output == (
        "account,kind,valid_from\n'=cmd|' /C calc'!A0,unknown,\naabel,human,2025-01-01T00:00:00Z\n"
    )


def test_prints_json_with_values_as_they_are(workspace: Workspace) -> None:
    result = _run(
        workspace,
        "--json",
        "select account, valid_from, 1.5 as ratio from audit.identities order by kind desc, account limit 2",
    )

    assert json.loads(result.output) == [
        {"account": "=cmd|' /C calc'!A0", "valid_from": None, "ratio": 1.5},
        {"account": "aabel", "valid_from": "2025-01-01T00:00:00Z", "ratio": 1.5},
    ]


def test_prints_no_rows_as_an_empty_list(workspace: Workspace) -> None:
    assert _run(workspace, "--json", "select 1 where false").output == "[]\n"


def test_prints_a_table_without_what_a_terminal_would_obey(workspace: Workspace) -> None:
    result = _run(workspace, "--format", "table", "select chr(27) || '[31m[red]x' as name")

    assert "⟨U+001B⟩[31m[red]x" in result.output
    assert "(1 row)" in result.output
    assert "\x1b" not in result.output


def test_reads_the_query_from_a_pipe(workspace: Workspace) -> None:
    assert _run(workspace, typed="select count(*) as n from findings").output == "n\n3\n"


def test_binds_values_whatever_stands_in_them(workspace: Workspace) -> None:
    hostile = "x' or '1'='1; drop table findings --"

    result = _run(
        workspace,
        "select $name as name, $n::int + 1 as n",
        *("--param", f"name={hostile}", "--param", "n=41"),
    )

    assert result.output == f"name,n\n{hostile},42\n"


def test_lists_the_saved_queries(workspace: Workspace) -> None:
    workspace.queries.mkdir()
    head = "-- title: Ours\n-- question: How many?\n-- parameters: {}\n"
    (workspace.queries / "ours.sql").write_text(f"{head}select count(*) as n from findings\n")

    listed = _run(workspace, "--saved").output
    described = json.loads(_run(workspace, "--saved", "--json").output)

    assert [line.split()[0] for line in listed.splitlines()[2:]] == [it["name"] for it in described]
    assert {"name": "ours", "question": "How many?"}.items() <= described[-1].items()
    assert _run(workspace, "--saved", "ours").output == "n\n3\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nobodys"], "There is no saved query 'nobodys'. There are: changes_between, "),
        (["who_can_reech"], "Did you mean 'who_can_reach'?"),
        (["who_can_reach"], "who_can_reach needs\n  resource=payments-db    Resource, as"),
        (["who_can_reach", "--param", "resorce=x"], "Did you mean 'resource'?"),
        (["who_can_reach", "--param", "resource"], "'resource' is no parameter: write name=value."),
        (
            ["who_can_reach", "--param", "resource=payment-db"],
            "No resource 'payment-db' in the published tables. Did you mean 'payments-db'?",
        ),
        (["never_used", "--param", "days=many"], "'many' is no whole number: write days=90"),
        (
            ["on_call_at", "--param", "at=noon"],
            "'noon' is no time (UTC, or with a zone): write at=",
        ),
    ],
)
def test_says_what_a_saved_query_needs(
    workspace: Workspace, words: list[str], message: str
) -> None:
    assert message in str(_run(workspace, "--saved", *words).exception)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("select 1", "should begin with comments that say title, question and parameters"),
        ("-- title: [\nselect 1", "cannot be read: while parsing"),
        (
            "-- title: T\n-- question: Q?\n-- parameters: {a: {type: blob}}\nselect $a",
            "parameter a should be described as {type: varchar, timestamp, bigint",
        ),
    ],
)
def test_says_what_a_saved_query_lacks(workspace: Workspace, text: str, message: str) -> None:
    workspace.queries.mkdir()
    (workspace.queries / "ours.sql").write_text(text)

    assert message in str(_run(workspace, "--saved").exception)


def test_a_time_with_a_zone_is_the_same_moment() -> None:
    query = queries.load()["on_call_at"]

    assert query.values({"at": "2026-04-03T01:30+02:00"}) == query.values(
        {"at": "2026-04-02 23:30"}
    )


@pytest.mark.parametrize(
    "statement",
    [
        "insert into findings from findings",
        "delete from findings",
        "create table mine (a int)",
        "drop table findings",
    ],
)
def test_refuses_to_write(workspace: Workspace, statement: str) -> None:
    assert "The published tables are read-only: " in _refused(workspace, statement)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "copy findings to '/tmp/stolen.csv'",
        "select 1; copy findings to '/tmp/stolen.csv'",
        "prepare theft as copy findings to '/tmp/stolen.csv'",
        "explain analyze copy findings to '/tmp/stolen.csv'",
        "attach '/tmp/other.duckdb'",
        "install httpfs",
        "set enable_external_access = true",
        "set memory_limit = '1GB'",
    ],
)
def test_reaches_nothing_but_the_published_tables(workspace: Workspace, statement: str) -> None:
    assert _refused(workspace, statement) == (
        "Only the published tables can be reached here: no other files, no extensions."
    )


def test_python_variables_are_no_tables(workspace: Workspace) -> None:
    assert "Table with name workspace does not exist" in _refused(
        workspace, "select * from workspace"
    )


def test_explains_a_mistake(workspace: Workspace) -> None:
    assert _refused(workspace, "selec 1") == (
        'Parser Error: syntax error at or near "selec"\nLINE 1: selec 1\n        ^'
    )
    assert _refused(workspace, " ") == 'There is no query. Try: oncall-audit sql "show tables"'


def test_says_what_to_do_before_the_first_audit(tmp_path_factory: pytest.TempPathFactory) -> None:
    root = tmp_path_factory.mktemp("empty")
    result = _run(Workspace(root), "select 1")

    assert isinstance(result.exception, ConfigurationError)
    assert str(result.exception) == (
        f"No audit is published in {root / 'data' / 'publication'}. Make one with 'oncall-audit run'."
    )


def test_loads_nothing_slow(workspace: Workspace) -> None:
    program = (
        "import sys; from oncall_audit.cli.sql import sql;"
        " sql(['--workspace', sys.argv[1], 'select 1 as one'], standalone_mode=False);"
        " print(sorted({'pandas', 'numpy', 'jinja2', 'rich', 'yaml', 'great_expectations'} & set(sys.modules)))"
    )
    output = subprocess.run(
        [sys.executable, "-c", program, str(workspace.root)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert output == "one\n1\n[]\n"
