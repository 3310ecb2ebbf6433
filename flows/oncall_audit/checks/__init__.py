"""Data checks before publication: Great Expectations over the private warehouse file."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

from oncall_audit.aside import Aside
from oncall_audit.bounds import USUAL, Bounds
from oncall_audit.checks import aside
from oncall_audit.checks.results import CheckReport, Outcome
from oncall_audit.checks.suites import Expectation, Suite, load_suites

__all__ = ["CheckReport", "Expectation", "Outcome", "Suite", "check", "load_suites", "warm"]

_waiting: list[Aside] = []


def check(database: Path, bounds: Bounds = USUAL) -> CheckReport:
    """Run every suite of `expectations/` on a database that no other connection holds open."""
    found = aside.ask(_waiting.pop(), database, bounds) if _waiting else None
    if found is None:
        # Importing Great Expectations takes seconds: only who checks pays for it.
        from oncall_audit.checks.validation import validate

        found = validate(database, load_suites(), bounds)
    return found


@cache
def warm() -> None:
    """Begin to import Great Expectations beside other work, once, for a check that is to come."""
    if "great_expectations" not in sys.modules:
        _waiting.append(aside.begin())
