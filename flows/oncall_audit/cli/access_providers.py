"""`oncall-audit access providers`: what can be changed, and with which options."""

from __future__ import annotations

import inspect
from typing import Any

import click

from oncall_audit.cli.options import json_option
from oncall_audit.cli.output import print_json, print_table
from oncall_audit.control.providers import find, names
from oncall_audit.sources import options, required


@click.command("providers")
@click.argument("name", metavar="[NAME]", required=False)
@json_option
def providers(name: str | None, as_json: bool) -> None:
    """List the systems whose access can be changed, or show one with its options."""
    if name is None:
        listed = [{"type": it, "what": _first_line(it)} for it in names()]
        if as_json:
            print_json(listed)
        else:
            print_table(("type", "what"), ([it["type"], it["what"]] for it in listed))
        return
    shown = _described(name)
    if as_json:
        print_json(shown)
        return
    click.echo(f"{shown['about']}\n")
    rows = ([it["name"], it["default"]] for it in shown["options"])
    print_table(("option", "default"), rows)
    click.echo(f"\nMore: docs/providers/{name}.md")


def _first_line(name: str) -> str:
    return (inspect.getdoc(find(name)) or "").partition("\n")[0]


def _described(name: str) -> dict[str, Any]:
    made = find(name)
    needed = set(required(made))
    return {
        "type": name,
        "about": inspect.getdoc(made) or "",
        "options": [
            {"name": it, "default": "required" if it in needed else _default(field)}
            for it, field in options(made).items()
        ],
    }


def _default(field: Any) -> str:
    return "" if field.default in (None, "", ()) or not field.repr else str(field.default)
