"""Makes hostile text harmless: hidden characters, spreadsheet formulas, Markdown."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

# Controls, bidirectional overrides, zero-width and filler characters: what a reader cannot see.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_FORMULA_START = "=+\\-@\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212"
# What spreadsheets take for a formula, also behind blanks; and what makes them split a cell.
FORMULA = rf"^[\s\p{{Z}}\p{{C}}]*[{_FORMULA_START}]|^[\t\r\n\x00]"
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
