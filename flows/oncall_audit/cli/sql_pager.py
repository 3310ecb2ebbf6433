"""Long answers at the prompt go through a pager, as people have set it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout, suppress
from typing import IO

import click
from rich.cells import cell_len

from oncall_audit.cli.sql_output import WRITERS, Harmless, Row, cells, counted
from oncall_audit.reports.text import visible

_IN_PAGER = 10_000


def show(mode: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
    """Show an answer whole where it fits the terminal, else through the pager."""
    if mode != "table":
        with _paged(is_wide=False) as pager, redirect_stdout(Harmless(pager)):
            WRITERS[mode](columns, rows)
        return
    lines = _lines(columns, rows)
    size = shutil.get_terminal_size()
    is_wide = max(map(cell_len, lines)) > size.columns
    if not is_wide and len(lines) < size.lines:
        click.echo("\n".join(lines))
        return
    with _paged(is_wide) as pager:
        pager.write("\n".join(lines) + "\n")


def _lines(columns: Sequence[str], rows: Iterator[Row]) -> list[str]:
    """Set the rows in columns as wide as what is in them."""
    names, shown = [visible(name) for name in columns], cells(rows, _IN_PAGER)
    widths = [max(map(cell_len, them)) for them in zip(names, *shown, strict=True)]
    lines = [
        "   ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in (names, *shown)
    ]
    rule = "─" * (sum(widths) + 3 * (len(widths) - 1))
    return [lines[0], rule, *lines[1:], counted(shown, rows, ".mode csv gives all")]


@contextmanager
def _paged(is_wide: bool) -> Iterator[IO[str]]:
    command = _pager(is_wide)
    if command is None:
        yield sys.stdout
        return
    # A shell from within the pager would be one of whoever may read the tables.
    environment = {**os.environ, "LESSSECURE": "1"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=environment) as process:  # noqa: S603
        assert process.stdin is not None  # noqa: S101 - for the type checker
        try:
            with suppress(BrokenPipeError):
                yield process.stdin
        finally:
            # All is made: from here on ^C is the pager's.
            before = signal.signal(signal.SIGINT, signal.SIG_IGN)
            try:
                with suppress(BrokenPipeError):
                    process.stdin.close()
                process.wait()
            finally:
                signal.signal(signal.SIGINT, before)


def _pager(is_wide: bool) -> list[str] | None:
    """Return the command of $PAGER, or of less: it ends by itself where one screen shows all."""
    words = shlex.split(os.environ.get("PAGER", ""))
    if not words or words == ["less"]:
        words = ["less", "-RSX" if is_wide else "-FRSX"]
    return words if words != ["cat"] and shutil.which(words[0]) else None
