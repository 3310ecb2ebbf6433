"""Reads the little Markdown that runbooks are written in; anything else stays plain text."""

from __future__ import annotations

import re

Span = tuple[str, str]
Block = tuple[str, list[Span]]

_PARAGRAPH = re.compile(r"\n\s*\n")
_CODE = re.compile(r"`([^`]+)`")


def blocks(markdown: str | None) -> list[Block]:
    """Return headings, paragraphs and list items, each as spans of `text` and `code`."""
    found: list[Block] = []
    for part in _PARAGRAPH.split((markdown or "").strip()):
        for kind, text in _lines(part):
            if text:
                found.append((kind, _spans(text)))
    return found


def _lines(part: str) -> list[tuple[str, str]]:
    """Join the lines of a paragraph; a heading or a list item begins anew."""
    lines: list[tuple[str, str]] = []
    for line in part.splitlines():
        text = line.strip()
        if text.startswith("#"):
            lines.append(("heading", text.lstrip("# ")))
        elif text.startswith(("- ", "* ")):
            lines.append(("item", text[2:]))
        elif lines and lines[-1][0] != "heading":
            kind, before = lines[-1]
            lines[-1] = (kind, f"{before} {text}")
        else:
            lines.append(("paragraph", text))
    return lines


def _spans(text: str) -> list[Span]:
    # Splitting at a group gives plain text at even places and code at odd ones.
    parts = _CODE.split(text)
    return [("code" if place % 2 else "text", part) for place, part in enumerate(parts) if part]
