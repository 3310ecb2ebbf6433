"""The command line: one module a group of verbs, imported only when the verb is used."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb lives and what it is for, so that `--help` imports none of them."""

    module: str
    summary: str


VERBS = {
    "demo": Verb("demo", "Make a small organisation with planted violations and audit it."),
    "init": Verb("init", "Make a workspace: configuration, policy and .env.example."),
    "doctor": Verb("doctor", "Check configuration, sources, secrets, disk and clock."),
    "run": Verb("run", "Run the whole audit and publish it."),
    "incident": Verb("run", "Audit the window of one incident."),
    "serve": Verb(
        "serve", "Run audits by schedule and after incidents, on this machine, until it is stopped."
    ),
    "sql": Verb("sql", "Run SQL on the published tables; without a QUERY, at a prompt."),
    "findings": Verb(
        "findings",
        "List the findings of the last audit, show one with its evidence, or decide about it.",
    ),
    "review": Verb(
        "review", "Review a week, a month or a quarter, sign it, and pack its evidence."
    ),
    "access": Verb("access", "Show, plan, approve, apply and verify changes of access."),
    "report": Verb("report", "Write the report again from the published tables."),
    "notify": Verb("notify", "Tell people of new findings where an audit could not."),
    "people": Verb("people", "Hand out what is kept about a person."),
    "retain": Verb("retain", "Remove what is kept no longer; every run does so at its end."),
    "verify": Verb(
        "verify",
        "Check an evidence pack: its files, its signature, its time stamp and what it follows.",
    ),
    "key": Verb("key", "Show the key that signs evidence packs, or replace it."),
    "backup": Verb("backup", "Copy what cannot be made again to the new folder TARGET."),
    "replay": Verb(
        "replay", "Read again what SOURCE has delivered, as the connector of today reads it."
    ),
    "rules": Verb("rules", "List the rules, or show one with its runbook."),
    "connectors": Verb(
        "connectors", "List what can be read, show one with its options, or begin a new one."
    ),
}


class LazyGroup(click.Group):
    """A group that knows its verbs by name and imports the module of the one that is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the verbs in the order of a first day's work."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the verb's module and return the command of that name."""
        verb = VERBS.get(cmd_name)
        if verb is None:
            return None
        command: click.Command = getattr(
            importlib.import_module(f"oncall_audit.cli.{verb.module}"), cmd_name
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or name the one that was probably meant."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            ctx.fail(f"There is no verb '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the summaries without importing the verbs."""
        with formatter.section("Verbs"):
            formatter.write_dl([(name, verb.summary) for name, verb in VERBS.items()])


def _version(ctx: click.Context, _option: click.Parameter, is_asked: bool) -> None:
    if not is_asked:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"oncall-audit {version('oncall-audit')}")
    except PackageNotFoundError:
        click.echo("oncall-audit, run from a checkout that is not installed")
    ctx.exit()


_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


@click.group(cls=LazyGroup, context_settings=_SETTINGS, subcommand_metavar="VERB [OPTIONS]")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Audit on-call engineers' access to production against the on-call schedule.

    Start with 'oncall-audit demo', then 'oncall-audit init' in an empty folder.

    \b
    Exit status: 0 done; 1 done, with findings at or above --fail-on;
    2 wrong use or configuration; 3 a blocking check failed, nothing published;
    4 a source could not be read, or a change not made, in full; 5 verification failed.
    """  # noqa: D301
