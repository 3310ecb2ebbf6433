"""What the verbs print: tables for people, JSON for programs, progress on a terminal only."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from oncall_audit.pipeline.status import staleness
from oncall_audit.reports.text import json_text, visible
from oncall_audit.workspace import Workspace

Progress = Callable[[str, str], None]


def print_json(value: Any) -> None:
    """Print `value` as JSON; times and paths as text."""
    click.echo(json_text(json.dumps(value, indent=2, ensure_ascii=False, default=str)))


def print_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Print rows as a table that fits a terminal, and is not cut in a pipe."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        # Text, not str: a name with square brackets is no markup.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = 200
    console.print(table)


def print_markdown(text: str) -> None:
    """Print Markdown: set for a terminal, as it is in a pipe."""
    if not sys.stdout.isatty():
        click.echo(text)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(text))


def warn_if_stale(workspace: Workspace) -> str | None:
    """Say on stderr, in one line, that the last run did not publish; return what was said."""
    stale = staleness(workspace)
    if stale:
        click.echo(" ".join(visible(stale).split()), err=True)
    return stale


@contextmanager
def progress() -> Iterator[Progress]:
    """Give a function that shows stage and detail on a terminal, and nothing in a pipe."""
    if not sys.stderr.isatty():
        yield lambda _stage, _detail: None
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(stderr=True).status("starting") as status:
        yield lambda stage, detail: status.update(f"[bold]{stage}[/bold] {escape(detail)}")
