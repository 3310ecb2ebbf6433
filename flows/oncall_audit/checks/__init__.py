"""Data checks before publication: Great Expectations over the private warehouse file."""

from __future__ import annotations

import threading
from contextlib import suppress
from functools import cache
from pathlib import Path

from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.checks.results import CheckReport, Outcome
from oncall_audit.checks.suites import Expectation, Suite, load_suites

__all__ = ["CheckReport", "Expectation", "Outcome", "Suite", "check", "load_suites", "warm"]


def check(database: Path, bounds: Bounds = USUAL) -> CheckReport:
    """Run every suite of `expectations/` on a database that no other connection holds open."""
    # Importing Great Expectations takes seconds: only who checks pays for it.
    from oncall_audit.checks.validation import validate

    return validate(database, load_suites(), bounds)


@cache
def warm() -> None:
    """Begin to import Great Expectations beside other work, once, for a check that is to come."""
    threading.Thread(target=_import, name="checks").start()


def _import() -> None:
    # What is wrong shows, whole, when the check itself imports it.
    with suppress(Exception):
        import oncall_audit.checks.validation  # noqa: F401
