"""Cuts a file's text into records without ever holding more than one of them."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from oncall_audit.landing.bytes_in import Text

LONGEST = 16 * 1024 * 1024
DEEPEST = 64
_KEPT = 64 * 1024
_TOKEN = re.compile(rb'[{}\[\]]|"(?:[^"\\]|\\.)*+"|"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Raw:
    """The bytes of one record: `line` is its line in the file, `problem` why it is none."""

    line: int
    text: bytes
    problem: str | None = None


def lines(text: Text, *, blank: bool = False) -> Iterator[Raw]:
    """Yield each line, blank ones only if asked for; of one too long only the beginning."""
    number, rest, dropped = 1, b"", False
    for piece in _marked(text):
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield from _line(number, line, too_long=dropped, blank=blank)
            number, dropped = number + 1, False
        if len(rest) > LONGEST:
            rest, dropped = rest[:_KEPT], True
    if text.cut:
        yield Raw(number, (rest or text.rest)[:_KEPT], text.cut)
    else:
        yield from _line(number, rest, too_long=dropped, blank=blank and rest != b"")


def _marked(text: Text) -> Iterator[bytes]:
    """Take the byte order mark off."""
    is_first = True
    for piece in text:
        yield piece.removeprefix(codecs.BOM_UTF8) if is_first else piece
        is_first = False


def _line(number: int, line: bytes, *, too_long: bool, blank: bool) -> Iterator[Raw]:
    line = line.removesuffix(b"\r")
    if too_long or len(line) > LONGEST:
        yield Raw(number, line[:_KEPT], f"longer than {LONGEST} bytes")
    elif blank or line.strip(b" "):
        yield Raw(number, line)


def continued(physical: Iterable[Raw]) -> Iterator[Raw]:
    """Join lines that begin with a blank to the line before them."""
    head: Raw | None = None
    parts: list[bytes] = []
    size = 0
    for raw in physical:
        if head and raw.problem is None and head.problem is None and raw.text[:1] in {b" ", b"\t"}:
            size += len(raw.text)
            if size <= LONGEST:
                parts.append(raw.text)
            continue
        if head:
            yield _joined(head, parts, size)
        head, parts, size = raw, [], 0
    if head:
        yield _joined(head, parts, size)


def _joined(head: Raw, parts: list[bytes], size: int) -> Raw:
    if size > LONGEST:
        return Raw(head.line, head.text[:_KEPT], f"longer than {LONGEST} bytes")
    return Raw(head.line, b"\n".join([head.text, *parts]), head.problem) if parts else head


def is_too_deep(text: bytes) -> bool:
    """Say whether a JSON text nests deeper than anything that a system would write."""
    if text.count(b"{") + text.count(b"[") <= DEEPEST:
        return False
    level = 0
    for found in _TOKEN.finditer(text):
        level += {b"{": 1, b"[": 1, b"}": -1, b"]": -1}.get(found.group(), 0)
        if level > DEEPEST:
            return True
    return False


def rows(text: Text) -> Iterator[tuple[Raw, list[str]]]:
    """Yield each record of a CSV file with its cells."""
    csv.field_size_limit(LONGEST)
    taken: list[Raw] = []

    def physical() -> Iterator[str]:
        for raw in lines(text, blank=True):
            taken.append(raw)
            if not raw.problem:
                yield raw.text.decode("utf-8", "surrogateescape") + "\n"

    reader = csv.reader(physical(), strict=True)
    number = 0
    while True:
        taken.clear()
        problem, cells, is_over = None, [], False
        try:
            cells = next(reader)
        except StopIteration:
            is_over = True
        except csv.Error as error:
            problem = f"not a CSV record ({error})"
        problem = next((raw.problem for raw in taken if raw.problem), problem)
        if cells or problem:
            number += 1
            yield Raw(number, b"\n".join(raw.text for raw in taken), problem), cells
        if is_over:
            break


def numbered(physical: Iterable[Raw]) -> Iterator[Raw]:
    """Count records instead of lines."""
    for number, raw in enumerate(physical, start=1):
        yield Raw(number, raw.text, raw.problem)


def values(text: Text, *, depth: int) -> Iterator[Raw]:
    """Yield each JSON value at this depth of brackets.

    That is 0 for whole documents, 1 in an array, 2 in the list of an object.
    """
    splitter = _Splitter(depth)
    for piece in _marked(text):
        yield from splitter.feed(piece)
    yield from splitter.end(text)


class _Splitter:
    """Follows brackets and strings; what lies between values is commas and blanks."""

    def __init__(self, depth: int) -> None:
        self._inside = depth
        self._level = 0
        self._deepest = 0
        self._held = bytearray()
        self._from = 0
        self._at = 0
        self._number = 0
        self._is_dropping = False

    def feed(self, piece: bytes) -> Iterator[Raw]:
        """Take more bytes and yield the values that they complete."""
        self._held += piece
        while found := _TOKEN.search(self._held, self._at):
            token = found.group()
            if token == b'"':
                self._at = found.start()
                break
            self._at = found.end()
            if token in b"{[":
                yield from self._open(found.start())
                if self._level <= self._inside:
                    self._from = self._at
            elif token in b"}]":
                yield from self._close(found.end())
        else:
            self._at = len(self._held)
        self._trim()

    def _open(self, at: int) -> Iterator[Raw]:
        if self._level == self._inside:
            yield from self._between(at)
            self._deepest = 0
            self._is_dropping = False
        self._level += 1
        self._deepest = max(self._deepest, self._level - self._inside)

    def _close(self, at: int) -> Iterator[Raw]:
        if self._level == self._inside:
            yield from self._between(at - 1)
        self._level = max(0, self._level - 1)
        if self._level == self._inside:
            self._number += 1
            text = bytes(self._held[self._from : at])
            self._from = at
            yield self._judged(text)
        elif self._level < self._inside:
            self._from = at

    def _judged(self, text: bytes) -> Raw:
        too_long, self._is_dropping = self._is_dropping or len(text) > LONGEST, False
        if too_long:
            return Raw(self._number, text[:_KEPT], f"longer than {LONGEST} bytes")
        if self._deepest > DEEPEST:
            return Raw(self._number, text, f"nested deeper than {DEEPEST} levels")
        return Raw(self._number, text)

    def _between(self, at: int) -> Iterator[Raw]:
        """Yield what is no value but stands where one should."""
        stray = bytes(self._held[self._from : at]).strip(b" \t\r\n,\0")
        self._from = at
        for part in stray.split(b",") if stray else ():
            self._number += 1
            yield Raw(self._number, part.strip()[:_KEPT], "not a JSON object")

    def _trim(self) -> None:
        if len(self._held) - self._from > LONGEST:
            # Of a giant only the beginning is kept, and the brackets go on being counted.
            del self._held[self._from + _KEPT : self._at]
            self._at = min(self._at, self._from + _KEPT)
            self._is_dropping = True
            if len(self._held) - self._at > LONGEST:
                # An open string: of its end it matters only whether the next byte is escaped.
                escapes = len(self._held) - len(self._held.rstrip(b"\\"))
                self._held[self._at + 1 :] = b"\\" * (escapes % 2)
        elif self._from:
            del self._held[: self._from]
            self._at -= self._from
            self._from = 0

    def end(self, text: Text) -> Iterator[Raw]:
        """Yield what is left over."""
        rest = bytes(self._held[self._from :][:_KEPT])
        if text.cut or self._level > self._inside:
            yield Raw(self._number + 1, rest or text.rest, text.cut or "the record is cut off")
        elif self._level == self._inside:
            yield from self._between(len(self._held))
