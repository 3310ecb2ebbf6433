from __future__ import annotations

import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from terminals import Terminal, terminal

from oncall_audit.cli.sql_completion import Completion
from oncall_audit.cli.sql_history import BoundedHistory
from oncall_audit.cli.sql_prompt import is_complete
from oncall_audit.cli.sql_reader import Reader
from oncall_audit.workspace import Workspace

Prompt = Callable[..., AbstractContextManager[Terminal]]
FOREVER = (
    "select count(*) from range(10000000) a, range(10000000) b where a.range * b.range % 7 = 3;"
)


@pytest.fixture
def at_prompt(workspace: Workspace, tmp_path: Path) -> Prompt:
    def start(**environment: str) -> AbstractContextManager[Terminal]:
        words = [sys.executable, "-m", "oncall_audit", "sql", "--workspace", str(workspace.root)]
        return terminal(
            words,
            {"XDG_STATE_HOME": str(tmp_path / "state"), "PYTHONPATH": "flows", **environment},
        )

    return start


@pytest.fixture
def offered(workspace: Workspace) -> Iterator[Callable[[str], list[str]]]:
    with Reader(workspace, "table") as reader:
        completion = Completion(reader)
        yield lambda typed: [
            offer.text for offer in completion.get_completions(Document(typed), CompleteEvent())
        ]


def test_a_query_of_several_lines_is_answered_and_remembered(
    at_prompt: Prompt, tmp_path: Path
) -> None:
    with at_prompt() as screen:
        screen.shows("sql>")
        screen.press("select 40 + 2 as answer\r")
        screen.shows("…")
        screen.press("from resources limit 1;\r")
        screen.shows("(1 row)")
        assert "42" in screen.text
        screen.press("quit\r")

        with at_prompt() as later:
            later.shows("sql>")
            later.press("\x1b[A\x1b[A")
            later.shows("limit 1;")

    history = tmp_path / "state" / "oncall-audit" / "sql_history"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    assert [line for line in history.read_text().splitlines() if line.startswith("+")] == [
        "+select 40 + 2 as answer",
        "+from resources limit 1;",
        "+quit",
    ]


def test_control_c_ends_the_query_and_not_the_prompt(at_prompt: Prompt) -> None:
    with at_prompt() as screen:
        screen.shows("sql>")
        screen.press(f"{FOREVER}\r")
        screen.shows("= 3;")
        screen.press_until("\x03", "The query was cancelled.")
        screen.press("select 'still ' || 'here' as x;\r")

        assert "still here" in screen.shows("(1 row)")


def test_control_c_ends_what_is_typed(at_prompt: Prompt) -> None:
    with at_prompt() as screen:
        screen.shows("sql>")
        screen.press("selec\x03")
        screen.shows("sql>")
        screen.press("select 'not a ' || 'word more' as x;\r")

        assert "Error" not in screen.shows("not a word more")


def test_a_long_answer_goes_through_the_pager(at_prompt: Prompt) -> None:
    with at_prompt(PAGER="sed s/^/paged:/") as screen:
        screen.shows("sql>")
        screen.press("from range(40);\r")
        assert "paged:39" in screen.shows("paged:(40 rows)")
        screen.press("from range(3);\r")

        assert "paged:" not in screen.shows("(3 rows)")


def test_nothing_in_the_tables_moves_the_terminal(at_prompt: Prompt) -> None:
    shown = {"table": "⟨U+009B⟩2Jend", "csv": "⟨U+009B⟩2Jend", "json": "\\u009b2Jend"}
    for mode, told in shown.items():
        with at_prompt(PAGER="cat") as screen:
            screen.shows("sql>")
            screen.press(f".mode {mode}\r")
            screen.shows("sql>")
            screen.press("select chr(27) || '[31mred' || chr(155) || '2J' || 'end' as x;\r")
            screen.shows(told)

            assert b"\x1b[31mred" not in screen.raw
            assert b"\xc2\x9b" not in screen.raw


def test_commands_answer_and_mistakes_are_told(at_prompt: Prompt) -> None:
    with at_prompt() as screen:
        screen.shows("sql>")
        screen.press(".schema nothing\r")
        screen.shows("There is no table 'nothing'. .tables lists them.")
        screen.press(".run rights_of engineer=nobody\r")
        screen.shows("No engineer 'nobody' in the published tables.")
        screen.press("drop table findings;\r")
        screen.shows("The published tables are read-only: DROP is refused")


def test_a_newer_audit_answers_the_next_query(at_prompt: Prompt, workspace: Workspace) -> None:
    with at_prompt() as screen:
        screen.shows("sql>")
        screen.press("select count(*) as n from findings;\r")
        screen.shows("(1 row)")
        newer = workspace.publications / "run-3"
        newer.mkdir()
        (newer / "audit.duckdb").write_bytes(workspace.published.read_bytes())
        workspace.publication.unlink()
        workspace.publication.symlink_to("publications/run-3")
        screen.press("select count(*) as n from findings;\r")

        screen.shows("A newer audit has been published: its tables answer now.")
        screen.shows("(1 row)")


@pytest.mark.parametrize(
    ("typed", "is_whole"),
    [
        ("select 1", False),
        ("select 1;", True),
        ("select 1; -- done", True),
        ("select ';", False),
        ("select ';' as x", False),
        ("select 'it''s;' as x;", True),
        ("select 1 -- not yet;", False),
        ("select /* ; */ 1", False),
        ("select /* ;", False),
        ('select 1 as "a;', False),
        ("select $$;", False),
        ("select $$;$$;", True),
        (".tables", True),
        ("quit", True),
        ("", True),
    ],
)
def test_a_query_ends_with_its_semicolon_alone(typed: str, is_whole: bool) -> None:
    assert is_complete(typed) is is_whole


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("select * from fin", ["findings"]),
        ("select findings.rule", ["rule_id"]),
        ("select * from findings as f where f.rule", ["rule_id"]),
        ("select * from findings where sev", ["severity"]),
        ("select list_posit", ["list_position("]),
        ("select * from findings qual", ["qualify"]),
        (".sch", [".schema"]),
        (".schema entitlement_d", ["entitlement_drift"]),
        (".mode j", ["json"]),
        (".run rights", ["rights_of"]),
        (".run rights_of eng", ["engineer="]),
        (".run rights_of engineer=ada", ["ada.abel@example.com"]),
        ("select nothing_like_it", []),
    ],
)
def test_completion_offers_what_fits(
    offered: Callable[[str], list[str]], typed: str, first: list[str]
) -> None:
    assert offered(typed)[:1] == first


def test_history_is_bounded_and_forgets_what_begins_with_a_blank(tmp_path: Path) -> None:
    path = tmp_path / "history"
    history = BoundedHistory(path)
    for number in range(1_200):
        history.store_string(f"select {number};")
    history.store_string(" select 'not for the record';")

    kept = list(BoundedHistory(path).load_history_strings())

    assert kept == [f"select {number};" for number in range(1_199, 199, -1)]
    assert list(BoundedHistory(path).load_history_strings()) == kept
    assert "record" not in path.read_text()
    assert [it.name for it in tmp_path.iterdir()] == ["history"]
