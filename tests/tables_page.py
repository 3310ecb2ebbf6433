"""Writes the part of docs/tables.md that the models' own descriptions tell.

python tests/tables_page.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "tables.md"
MARK = "<!-- All below is written by tests/tables_page.py from the models' own descriptions. -->"


def models() -> list[dict[str, Any]]:
    """Return every published table as its yml describes it, by name."""
    files = sorted((ROOT / "dbt_project" / "models" / "marts").glob("*.yml"))
    return [
        model
        for path in files
        for model in yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    ]


def page() -> str:
    """Return the page as it should be: what people wrote above the mark, and the tables below."""
    above, _, _ = PAGE.read_text(encoding="utf-8").partition(MARK)
    found = models()
    index = " · ".join(f"[{model['name']}](#{model['name']})" for model in found)
    return "\n\n".join([f"{above}{MARK}", index, *map(_section, found)]) + "\n"


def _section(model: dict[str, Any]) -> str:
    rows = [
        f"| `{column['name']}` | {column['data_type']} | {_line(column['description'])} |"
        for column in model["columns"]
    ]
    head = ["| column | type | meaning |", "|---|---|---|"]
    return "\n".join([f"## {model['name']}", "", _line(model["description"]), "", *head, *rows])


def _line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
