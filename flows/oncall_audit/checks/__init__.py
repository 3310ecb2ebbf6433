"""Data checks before publication: Great Expectations over the private warehouse file."""

from __future__ import annotations

from pathlib import Path

from oncall_audit.checks.results import CheckReport, Outcome
from oncall_audit.checks.suites import Expectation, Suite, load_suites

__all__ = ["CheckReport", "Expectation", "Outcome", "Suite", "check", "load_suites"]


def check(database: Path) -> CheckReport:
    """Run every suite of `expectations/` on a database that no other connection holds open."""
    # Importing Great Expectations takes seconds: only who checks pays for it.
    from oncall_audit.checks.validation import validate

    return validate(database, load_suites())
