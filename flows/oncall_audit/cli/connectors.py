"""`connectors`: what can be read, from the connectors' own docstrings and options."""

from __future__ import annotations

import dataclasses
import inspect
from pathlib import Path
from typing import Any

import click

from oncall_audit.cli.options import json_option
from oncall_audit.cli.output import print_json, print_markdown, print_table
from oncall_audit.errors import ConfigurationError
from oncall_audit.validation import meant


@click.group()
def connectors() -> None:
    """List what can be read, show one with its options, or begin a new one."""


@connectors.command("list")
@json_option
def list_connectors(as_json: bool) -> None:
    """List every connector with what it tells."""
    from oncall_audit.connectors import names

    found = [_described(name) for name in sorted(names())]
    if as_json:
        print_json(found)
        return
    print_table(
        ("type", "kind", "summary"), ((it["type"], it["kind"], it["summary"]) for it in found)
    )


@connectors.command("show")
@click.argument("name", metavar="TYPE")
@json_option
def show_connector(name: str, as_json: bool) -> None:
    """Show the options of TYPE, the permission it needs and the tables it fills."""
    from oncall_audit.connectors import names

    if name not in names():
        raise ConfigurationError(f"There is no connector '{name}'. {meant(name, names())}")
    found = _described(name)
    if as_json:
        print_json(found)
        return
    print_markdown(_page(found))


@connectors.command("new")
@click.argument("name")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    help="The checkout to write into; the one this program runs from if not given.",
)
def new_connector(name: str, into: Path | None) -> None:
    """Write the files of a connector NAME, to be changed into what the system needs."""
    from oncall_audit.assets import asset
    from oncall_audit.cli import scaffold

    checkout = into or asset("dbt_project").parent
    written = scaffold.write(name, checkout)
    for path in written:
        click.echo(str(path.relative_to(checkout)))
    click.echo("\nIts tests hold as it stands: change module, models, page and example together.")


def _page(found: dict[str, Any]) -> str:
    options = [f"- `{it['name']}`: {it['type']}, {it['default']}" for it in found["options"]]
    tables = [f"- `{found['type']}__{table}`" for table in found["tables"]]
    return "\n".join(
        [
            f"# {found['type']}\n\n{found['documentation']}\n",
            f"Kind: {found['kind']}. System: {found['system'] or 'the name of the source'}.\n",
            "## Options\n",
            *options,
            "\n## Tables\n",
            *dict.fromkeys(tables),
        ]
    )


def _described(name: str) -> dict[str, Any]:
    from oncall_audit import sources
    from oncall_audit.connectors import find, tables

    connector = find(name)
    documentation = inspect.getdoc(connector) or ""
    options = sources.options(connector)
    return {
        "type": name,
        "kind": "any"
        if "kind" in sources.fields(connector)
        else sources.default(connector, "kind"),
        "system": sources.default(connector, "system"),
        "summary": " ".join(documentation.split("\n\n")[0].split()),
        "documentation": documentation,
        "options": [_option(field) for field in options.values()],
        "tables": [table.name for table in tables(name)],
    }


def _option(field: dataclasses.Field[Any]) -> dict[str, str]:
    from oncall_audit.variables import is_secret

    # As the author wrote it: with deferred annotations a field's type is a text.
    kind = "a secret, as ${NAME}" if is_secret(field.name) else str(field.type)
    return {"name": field.name, "type": kind, "default": _default(field)}


def _default(field: dataclasses.Field[Any]) -> str:
    missing = dataclasses.MISSING
    if field.default is missing and field.default_factory is missing:
        return "required"
    if field.default is missing or field.default in {None, ""}:
        return "optional"
    return f"default {field.default}"
