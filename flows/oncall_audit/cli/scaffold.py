"""Writes the files of a new connector, which all checks accept as they are."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

from oncall_audit.errors import ConfigurationError

# As long as the lines of the templates can bear.
_LONGEST = 24
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# Place in the checkout -> name of the template.
_FILES = {
    "flows/oncall_audit/connectors/{name}.py": "module.py",
    "dbt_project/models/staging/{name}/stg_{name}__events.sql": "staged.sql",
    "dbt_project/models/staging/{name}/_{name}__models.yml": "staged_models.yml",
    "dbt_project/models/staging/{name}/_{name}__sources.yml": "staged_sources.yml",
    "dbt_project/models/intermediate/int_{name}__events.sql": "events.sql",
    "dbt_project/models/intermediate/int_{name}__events.yml": "events.yml",
    "docs/connectors/{name}.md": "page.md",
    "tests/unit/connectors/fixtures/{name}/events.jsonl": "fixture.jsonl",
    "tests/unit/connectors/test_{name}.py": "test.py",
}
# The overview of all connectors, where a new one has to stand, too.
_TABLE = "docs/connectors/README.md"


def write(name: str, checkout: Path) -> list[Path]:
    """Write the files of the connector `name`; raise `ConfigurationError` where one is there."""
    from oncall_audit import connectors

    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ConfigurationError(
            f"'{name}' cannot name a connector: use up to {_LONGEST} small letters, digits and '_',"
            " as in my_system."
        )
    if not (checkout / "flows" / "oncall_audit").is_dir():
        raise ConfigurationError(
            f"{checkout} is no checkout of oncall-audit: give its folder by --into."
        )
    written = {checkout / place.format(name=name): text for place, text in _FILES.items()}
    existing = [path for path in written if path.exists()]
    if existing or name in connectors.names():
        raise ConfigurationError(f"There is a connector '{name}' already: choose another name.")
    for path, template in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(template, name), encoding="utf-8")
    _list(name, checkout / _TABLE)
    return list(written)


def _list(name: str, table: Path) -> None:
    """Give the connector a row among those of the others, which are in order."""
    if not table.exists():
        return
    lines = table.read_text(encoding="utf-8").splitlines()
    rows = [number for number, line in enumerate(lines) if line.startswith("| [")]
    place = next((it for it in rows if lines[it] > f"| [{name}]"), rows[-1] + 1)
    lines.insert(place, _filled("row.md", name).rstrip())
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _filled(template: str, name: str) -> str:
    words = name.split("_")
    told = {
        "name": name,
        "title": " ".join(words).capitalize(),
        "class": "".join(word.capitalize() for word in words),
    }
    folder = files("oncall_audit") / "templates" / "connector"
    text = (folder / f"{template}.txt").read_text(encoding="utf-8")
    return re.sub(r"\[\[(\w+)\]\]", lambda found: told[found[1]], text)
