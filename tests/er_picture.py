"""Draws docs/tables.svg: the published tables, their keys, and which refers to which.

python tests/er_picture.py
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tables_page import ROOT, models

PICTURE = ROOT / "docs" / "tables.svg"
# From left to right; what says no theme comes last.
THEMES = ("people", "duty", "use", "rights", "judgement", "other")
_COLOURS = [
    "#1b66c9",
    "#c2410c",
    "#15803d",
    "#9333ea",
    "#b45309",
    "#0e7490",
    "#be123c",
    "#4d7c0f",
    "#6d28d9",
    "#a16207",
    "#0f766e",
    "#9f1239",
    "#475569",
    "#7c2d12",
    "#1e40af",
    "#166534",
]
_WIDTH, _ROW, _HEAD, _GAP, _LANE, _TOP = 190, 17, 24, 22, 9, 30


@dataclass
class Table:
    """A table as a box: its keys and references, and how many more columns it has."""

    name: str
    theme: str
    key: list[str]
    references: dict[str, str]
    columns: int
    x: float = 0
    y: float = 0
    rows: list[str] = field(default_factory=list)

    @property
    def height(self) -> int:
        return _HEAD + _ROW * (len(self.rows) + 1) + 4

    def middle(self, column: str) -> float:
        """Return how far down the row of a column is."""
        return self.y + _HEAD + _ROW * (self.rows.index(column) + 0.5) + 2


def tables() -> list[Table]:
    """Return every published table with what its yml says of keys."""
    return [_table(model) for model in models()]


def picture() -> str:
    """Return the picture as SVG."""
    found = {table.name: table for table in tables()}
    targets = sorted(
        {it.partition(".")[0] for table in found.values() for it in table.references.values()}
    )
    colours = {name: _COLOURS[number % len(_COLOURS)] for number, name in enumerate(targets)}
    height = _place([*found.values()], targets)
    lines = [_lines(found, name, colours[name], targets) for name in targets]
    boxes = [_box(table, colours) for table in found.values()]
    width = max(table.x for table in found.values()) + _WIDTH + _gutter(targets) + 10
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}"'
        f' width="{width:.0f}" height="{height:.0f}"'
        ' font-family="system-ui, sans-serif" font-size="12">'
    )
    title = "<title>The published tables, their keys, and which refers to which</title>"
    paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join([head, title, paper, *lines, *boxes, "</svg>"]) + "\n"


def _table(model: dict[str, Any]) -> Table:
    meta = model["config"].get("meta", {})
    described = {it["name"]: it.get("config", {}).get("meta", {}) for it in model["columns"]}
    references = {name: it["references"] for name, it in described.items() if "references" in it}
    key = meta.get("key", [])
    table = Table(model["name"], meta.get("theme", "other"), key, references, len(described))
    table.rows = [name for name in described if name in key or name in references]
    return table


def _place(found: list[Table], targets: list[str]) -> float:
    """Stack the tables of a theme, below one line a target; return the height of it all."""
    below = _TOP + _LANE * len(targets) + 30
    x = 20.0
    height = 0.0
    for theme in THEMES:
        y = float(below)
        # What others refer to stands nearest to the lines.
        them = [table for table in found if table.theme == theme]
        for table in sorted(them, key=lambda it: it.name not in targets):
            table.x, table.y = x, y
            y += table.height + _GAP
        height = max(height, y)
        x += (_WIDTH + _gutter(targets)) * bool(them)
    return height


def _gutter(targets: list[str]) -> float:
    return _LANE * len(targets) + 24


def _lines(found: dict[str, Table], name: str, colour: str, targets: list[str]) -> str:
    """Draw all references to a table: down each gutter one line, joined above all boxes."""
    number = targets.index(name)
    above, lane = _TOP + _LANE * number, _WIDTH + 12 + _LANE * number
    target = found[name]
    ends: dict[float, list[float]] = {target.x + lane: [target.y + _HEAD / 2]}
    path = [f"M{target.x + _WIDTH:.0f} {target.y + _HEAD / 2:.0f}H{target.x + lane:.0f}"]
    for table in found.values():
        for column, reference in table.references.items():
            if reference.partition(".")[0] == name:
                y = table.middle(column)
                path.append(f"M{table.x + _WIDTH:.0f} {y:.0f}H{table.x + lane:.0f}")
                ends.setdefault(table.x + lane, []).append(y)
    spread = len(ends) > 1
    for x, ys in ends.items():
        path.append(f"M{x:.0f} {above if spread else min(ys):.0f}V{max(ys):.0f}")
    if spread:
        path.append(f"M{min(ends):.0f} {above}H{max(ends):.0f}")
    dots = "".join(
        f'<circle cx="{x:.0f}" cy="{y:.0f}" r="2.4"/>' for x, ys in ends.items() for y in ys
    )
    label = (
        f'<text x="{min(ends) - 6:.0f}" y="{above + 4}" text-anchor="end" font-size="9"'
        f' stroke="#ffffff" stroke-width="3" paint-order="stroke">{name}</text>'
        if spread
        else ""
    )
    drawn = f'<path d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
    return f'<g fill="{colour}">{drawn}{dots}{label}</g>'


def _box(table: Table, colours: dict[str, str]) -> str:
    colour = colours.get(table.name, "#334155")
    return "".join(
        [
            f'<g transform="translate({table.x:.0f} {table.y:.0f})">',
            f'<rect width="{_WIDTH}" height="{table.height}" rx="4" fill="#ffffff" stroke="{colour}"/>',
            f'<path d="M0 {_HEAD}V4a4 4 0 0 1 4 -4H{_WIDTH - 4}a4 4 0 0 1 4 4V{_HEAD}z" fill="{colour}"/>',
            f'<text x="8" y="16" fill="#ffffff" font-weight="600">{escape(table.name)}</text>',
            *_rows(table, colours),
            "</g>",
        ]
    )


def _rows(table: Table, colours: dict[str, str]) -> Iterator[str]:
    for number, name in enumerate(table.rows):
        y = _HEAD + _ROW * number + 15
        target = table.references.get(name, "").partition(".")[0]
        weight = ' font-weight="600"' if name in table.key else ""
        fill = colours.get(target, "#0f172a")
        yield f'<text x="8" y="{y}" fill="{fill}"{weight}>{escape(name)}</text>'
    rest = table.columns - len(table.rows)
    y = _HEAD + _ROW * len(table.rows) + 15
    yield f'<text x="8" y="{y}" fill="#64748b" font-size="10">{rest} more columns</text>'


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
