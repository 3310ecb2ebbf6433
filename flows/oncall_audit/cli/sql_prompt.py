"""The prompt of `oncall-audit sql`: history, completion, several lines, paging, ^C."""

from __future__ import annotations

import os
import re
import sys

import click
from prompt_toolkit import PromptSession
from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output.color_depth import ColorDepth
from pygments.lexers.sql import SqlLexer

from oncall_audit.cli.sql_commands import perform, statements
from oncall_audit.cli.sql_completion import Completion
from oncall_audit.cli.sql_history import BoundedHistory, history_file
from oncall_audit.cli.sql_pager import show
from oncall_audit.cli.sql_reader import Reader
from oncall_audit.errors import AuditError

_LEAVE = {"exit", "quit", ".exit", ".quit", "\\q"}
_WELCOME = "Published audit tables. End a query with ';'. '.help' tells more, 'quit' leaves."
# Text, names and comments: a semicolon in them ends nothing. The last ones are never closed.
_WHOLE = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|(\$\w*\$).*?\1", re.DOTALL
)
_UNCLOSED = re.compile(r"['\"]|/\*|\$\w*\$")


def prompt(reader: Reader) -> None:
    """Ask for queries and show their answers, until the end of the input or 'quit'."""
    reader.show = show
    click.echo(_WELCOME)
    session = _session(reader)
    while True:
        try:
            text = session.prompt()
        except KeyboardInterrupt:
            continue
        except EOFError:
            return
        if text.strip().rstrip(";").lower() in _LEAVE:
            return
        if text.strip():
            _answer(reader, text)


def is_complete(text: str) -> bool:
    """Say whether what is typed can be run: a command, or a query up to its semicolon."""
    typed = text.strip()
    if not typed or typed.startswith((".", "\\")) or typed.rstrip(";").lower() in _LEAVE:
        return True
    rest = _WHOLE.sub(" ", typed)
    return rest.rstrip().endswith(";") and not _UNCLOSED.search(rest)


def _session(reader: Reader) -> PromptSession[str]:
    keys = KeyBindings()

    @keys.add("enter", filter=Condition(lambda: is_complete(session.default_buffer.text)))
    def _run(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    session: PromptSession[str] = PromptSession(
        "sql> ",
        multiline=True,
        prompt_continuation=lambda width, _line, _wrapped: "… ".rjust(width),
        key_bindings=keys,
        history=BoundedHistory(history_file()),
        completer=Completion(reader),
        complete_while_typing=False,
        lexer=PygmentsLexer(SqlLexer),
        # Where the environment wants no colour there is none.
        color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
        enable_history_search=True,
    )
    return session


def _answer(reader: Reader, text: str) -> None:
    try:
        if reader.renew():
            click.echo("A newer audit has been published: its tables answer now.", err=True)
        is_command = text.lstrip().startswith(".")
        for statement in [text] if is_command else statements(reader, text):
            perform(reader, statement)
    except AuditError as error:
        click.echo(str(error), err=True)
    except KeyboardInterrupt:
        click.echo("The query was cancelled.", err=True)
    sys.stdout.flush()
