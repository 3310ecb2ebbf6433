"""Makes hostile text harmless: hidden characters, spreadsheet formulas, Markdown."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_BREAKS, _SURROGATES = (0x09, 0x0A), (0xD800, 0xDFFF)
# Controls, bidirectional overrides, zero-width and filler characters: what a reader cannot see.
_RANGES = (
    *((0x00, 0x08), _BREAKS, (0x0B, 0x1F), (0x7F, 0x9F), (0xAD, 0xAD), (0x34F, 0x34F)),
    *((0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180E), (0x200B, 0x200F)),
    *((0x2028, 0x202E), (0x2060, 0x206F), (0x2800, 0x2800), (0x3164, 0x3164), _SURROGATES),
    *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF9, 0xFFFB), (0xFFFE, 0xFFFF)),
    *((0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
_HIDDEN = re.compile("[" + "".join(f"{chr(first)}-{chr(last)}" for first, last in _RANGES) + "]")
# The same in DuckDB's words, but for the line breaks and tabs that a quoted cell may have.
HIDDEN_CELL = (
    "["
    + "".join(
        rf"\x{{{first:x}}}-\x{{{last:x}}}"
        for first, last in _RANGES
        if (first, last) not in (_BREAKS, _SURROGATES)
    )
    + "]"
)
_FORMULA_START = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212"
# What spreadsheets take for a formula, also behind blanks; and what makes them split a cell.
FORMULA = rf"^[\s\p{{Z}}\p{{C}}]*[{_FORMULA_START}]|^[\t\r\n\x00]"
# Cells that are neither, without a look at the rest of Unicode: of ASCII, and most are.
PLAIN_CELL = r"([!-*,.-<>?A-~][\t\n -~]*)?"
_FORMULA = re.compile(
    rf"^[\s\x00-\x20\x7f-\xa0\u200b-\u200f\ufeff]*[{_FORMULA_START}]|^[\t\r\n\x00]"
)
_MARKDOWN = re.compile(r"([\\`*\[\]<>&|#!~@]|(?<!\w)_|_(?!\w)|:(?=//)|(?<=www)\.)")


def visible(text: str) -> str:
    """Show every hidden character as its code point."""
    # Most text is ASCII: this looks at a million cells of a workbook too.
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text)


def json_text(written: str) -> str:
    """Escape the hidden characters of JSON text: it means the same, and a terminal obeys none."""
    if written.isascii() and "\x7f" not in written:
        return written
    return _HIDDEN.sub(_json_escape, written)


def _json_escape(match: re.Match[str]) -> str:
    # Of the characters below a blank JSON itself has escaped all but the breaks of its own lines.
    return match[0] if match[0] == "\n" else json.dumps(match[0])[1:-1]


def csv_cell(value: Any) -> Any:
    """Put an apostrophe before text that a spreadsheet would run; leave all else as it is."""
    if isinstance(value, str) and _FORMULA.match(value):
        return f"'{value}"
    return value


def markdown(value: Any) -> str:
    """Escape text so that Markdown neither formats, links nor loads anything."""
    return _MARKDOWN.sub(r"\\\1", visible(str(value)))


def markdown_code(value: Any) -> str:
    """Write text as a Markdown code span that it cannot leave."""
    return "`" + visible(str(value)).replace("`", "'").replace("|", "¦") + "`"


def shortened(text: str, limit: int) -> str:
    """Cut long text and say how much is missing."""
    rest = len(text) - limit
    return text if rest <= 0 else f"{text[:limit]} … ({rest:,} more characters)"


def moment(value: Any) -> str:
    """Write a time as `20 Nov 2026 02:10`, with seconds only where they are not zero."""
    if isinstance(value, datetime):
        clock = value.strftime("%H:%M:%S" if value.second else "%H:%M")
        return f"{day(value)} {clock}"
    return "" if value is None else str(value)


def minute(value: Any) -> str:
    """Write a time as `20 Nov 2026 02:10`, whatever its seconds."""
    return moment(value.replace(second=0)) if isinstance(value, datetime) else moment(value)


def plain(value: Any) -> Any:
    """Write times as ISO 8601 in UTC; leave all else that a program can read."""
    if isinstance(value, datetime):
        return value.isoformat() + ("" if value.tzinfo else "Z")
    if isinstance(value, Decimal):
        return float(value)
    return value if value is None or isinstance(value, str | int | float) else str(value)


def day(value: date) -> str:
    """Write a date as `20 Nov 2026`."""
    return f"{value.day} {value.strftime('%b %Y')}"


def duration(seconds: float | None) -> str:
    """Write a length of time as `3 h 10 min`."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [f"{days} d"] if days else []
    parts += [f"{hours} h"] if hours else []
    parts += [f"{minutes} min"] if minutes and not days else []
    return " ".join(parts) or f"{rest} s"


def number(value: float | None) -> str:
    """Write a number with thousands apart and no needless decimals."""
    if value is None:
        return ""
    return f"{value:,.1f}".removesuffix(".0") if isinstance(value, float) else f"{value:,}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Write `1 finding` or `2 findings`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
