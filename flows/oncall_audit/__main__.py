"""Entry point: runs a verb and turns every failure into words and an exit status."""

from __future__ import annotations

import atexit
import gc
import sys
from collections.abc import Sequence

import click

from oncall_audit.cli import cli
from oncall_audit.errors import AuditError

INTERRUPTED = 130
READER_GONE = 141
UNEXPECTED = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    if arguments is None:
        # A process that ends need not look through all that dbt and the checks made for garbage.
        atexit.register(gc.freeze)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = cli.main(args=words, prog_name="oncall-audit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. The last published audit is as it was.", err=True)
        return INTERRUPTED
    except AuditError as error:
        click.echo(f"oncall-audit: {error}", err=True)
        return error.exit_code
    except SystemExit as stop:
        # Click's own: 0 after a shell completion, 1 when the reader of a pipe went away.
        return READER_GONE if stop.code else 0
    except Exception as error:  # noqa: BLE001 - the last resort: a traceback is for us, not for users
        from oncall_audit.cli.crash import report

        click.echo(report(error, words), err=True)
        return UNEXPECTED
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    sys.exit(main())
