"""How answers of `oncall-audit sql` are written: as a table, CSV or JSON; errors in our words."""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from io import TextIOBase
from itertools import islice
from typing import IO, Any

import click
import duckdb

from oncall_audit.reports.text import csv_cell, json_text, plain, visible

_ON_SCREEN = 1_000

Row = Sequence[Any]
Writer = Callable[[Sequence[str], Iterator[Row]], None]


class Harmless(TextIOBase):
    """A stream to a terminal, on which no character of the data does anything."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write text with every hidden character but line ends shown as its code point."""
        self._stream.write("\n".join(map(visible, text.split("\n"))))
        return len(text)

    def flush(self) -> None:
        """Pass on what was written."""
        self._stream.flush()


def write(mode: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
    """Write an answer to standard output; on a terminal so that it obeys nothing in it."""
    if mode != "table" and sys.stdout.isatty():
        with redirect_stdout(Harmless(sys.stdout)):
            WRITERS[mode](columns, rows)
        return
    WRITERS[mode](columns, rows)


def _write_csv(columns: Sequence[str], rows: Iterator[Row]) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow([csv_cell(name) for name in columns])
    for row in rows:
        writer.writerow(["" if cell is None else csv_cell(plain(cell)) for cell in row])


def _write_json(columns: Sequence[str], rows: Iterator[Row]) -> None:
    # Row by row: a result may be larger than memory.
    separator = "[\n"
    for row in rows:
        named = dict(zip(columns, row, strict=True))
        written = json.dumps(named, ensure_ascii=False, default=plain)
        click.echo(separator + json_text(written), nl=False)
        separator = ",\n"
    click.echo("[]" if separator == "[\n" else "\n]")


def _write_table(columns: Sequence[str], rows: Iterator[Row]) -> None:
    from oncall_audit.cli.output import print_table

    shown = cells(rows)
    print_table([visible(name) for name in columns], shown)
    click.echo(counted(shown, rows, "--format csv gives all"))


WRITERS: dict[str, Writer] = {"csv": _write_csv, "json": _write_json, "table": _write_table}


def cells(rows: Iterator[Row], limit: int = _ON_SCREEN) -> list[list[str]]:
    """Return the cells of the first rows as a terminal may show them."""
    return [[_cell(cell) for cell in row] for row in islice(rows, limit)]


def counted(shown: Sequence[Row], rest: Iterator[Row], remedy: str) -> str:
    """Say how many rows were shown, and what gives those that are left."""
    if next(rest, None) is not None:
        return f"(first {len(shown):,} rows; {remedy})"
    return f"({len(shown):,} rows)" if len(shown) != 1 else "(1 row)"


def _cell(value: Any) -> str:
    # Names come from logs: an escape sequence in one must not reach the terminal.
    return "" if value is None else visible(str(value))


def explained(error: duckdb.Error) -> str:
    """Say what DuckDB refused in the words of this program."""
    text = str(error)
    if "read-only mode" in text:
        kind = re.search(r'of type "(\w+)"', text)
        return (
            f"The published tables are read-only: {kind[1] if kind else 'writing'} is refused,"
            " for every audit makes them anew."
        )
    if isinstance(error, duckdb.PermissionException) or "has been locked" in text:
        return "Only the published tables can be reached here: no other files, no extensions."
    return visible_lines(text)


def visible_lines(text: str) -> str:
    """Make each line of a message safe for a terminal."""
    return "\n".join(visible(line) for line in text.splitlines() if line.strip())
