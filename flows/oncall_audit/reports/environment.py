"""What all templates have in common: strict, escaped where it is HTML, and nothing hidden."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from oncall_audit.reports import text

_FOLDER = Path(__file__).with_name("templates")


def source(name: str) -> str:
    """Return a file among the templates as it stands."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def environment(shown: Callable[[str], str] = text.visible, **filters: Any) -> Environment:
    """Return an environment that prints nothing for None, and any text as `shown` gives it."""

    def printed(value: Any) -> Any:
        if value is None:
            return ""
        is_plain = isinstance(value, str) and not isinstance(value, Markup)
        return shown(value) if is_plain else value

    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=select_autoescape(["html.j2"], default=False),
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(minute=text.minute, plural=text.plural, **filters)
    return made
