"""`oncall-audit sql`: SQL on the published tables, read-only and fenced in."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from oncall_audit.cli.options import json_option, workspace_option
from oncall_audit.cli.output import print_json, warn_if_stale
from oncall_audit.cli.sql_commands import assigned, list_queries, perform
from oncall_audit.cli.sql_reader import Reader
from oncall_audit.evidence import custody
from oncall_audit.workspace import Workspace


@click.command()
@click.argument("query", required=False)
@click.option(
    "--saved",
    metavar="[NAME]",
    is_flag=False,
    flag_value="",
    help="Run a saved query; without a NAME, list them all.",
)
@click.option(
    "--param",
    "params",
    metavar="NAME=VALUE",
    multiple=True,
    help="A value for $NAME in the query; may be given more than once.",
)
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["table", "csv", "json"]),
    help="Default: a table on a terminal, CSV in a pipe.",
)
@click.option(
    "--copy-to",
    metavar="ADDRESS",
    help="Copy all tables to PostgreSQL: postgresql://user@host/database; PGPASSWORD is in .env.",
)
@click.option(
    "--grant-to",
    "readers",
    metavar="ROLE",
    multiple=True,
    help="A role there that may read the copy; may be given more than once.",
)
@json_option
@workspace_option
def sql(
    query: str | None,
    saved: str | None,
    params: tuple[str, ...],
    output_format: str | None,
    copy_to: str | None,
    readers: tuple[str, ...],
    as_json: bool,
    workspace: Workspace,
) -> None:
    """Run SQL on the published tables; without a QUERY, at a prompt.

    Nothing can be written and no other file read. In CSV, text that a spreadsheet would take for a
    formula is given an apostrophe; JSON has every value as it is.

    \b
    oncall-audit sql "select severity, count(*) from findings group by all"
    oncall-audit sql "show tables"
    oncall-audit sql --saved
    oncall-audit sql --saved who_used_resource --param resource=payments-db
    """  # noqa: D301
    mode = "json" if as_json else output_format or ("table" if sys.stdout.isatty() else "csv")
    _refuse_both(query, saved, copy_to)
    given = assigned(params)
    if copy_to is not None:
        _copy(workspace, copy_to, readers, as_json=as_json)
        return
    if saved == "":
        list_queries(workspace, "json" if as_json else output_format or "table")
        return
    with Reader(workspace, mode) as reader:
        warn_if_stale(workspace)
        if saved:
            reader.ask(saved, given)
        elif query is None and sys.stdin.isatty():
            from oncall_audit.cli.sql_prompt import prompt

            prompt(reader)
        else:
            perform(reader, query if query is not None else sys.stdin.read(), given)


def _refuse_both(*asked: str | None) -> None:
    if sum(it is not None for it in asked) > 1:
        raise click.UsageError("Give one of QUERY, --saved and --copy-to.")


def _copy(workspace: Workspace, address: str, readers: Sequence[str], *, as_json: bool) -> None:
    from oncall_audit.reports.postgresql import copy
    from oncall_audit.variables import variables

    warn_if_stale(workspace)
    copied = copy(workspace.published, address, variables(workspace).get("PGPASSWORD"), readers)
    custody.note(workspace, "sql --copy-to", copied)
    if as_json:
        print_json(copied)
        return
    click.echo(f"Copied {sum(copied.values()):,} rows of {len(copied)} tables to schema audit.")
