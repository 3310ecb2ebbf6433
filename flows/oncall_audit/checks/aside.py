"""Checks in a process of their own, which imports Great Expectations beside the build."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from oncall_audit.aside import Aside, Say, answer
from oncall_audit.bounds import Bounds
from oncall_audit.checks.results import CheckReport
from oncall_audit.checks.suites import load_suites
from oncall_audit.collection import without_collection


def begin() -> Aside:
    """Start the process."""
    return Aside(__name__)


def ask(process: Aside, database: Path, bounds: Bounds) -> CheckReport | None:
    """Have it run every suite on a database and return what it found, or None if it could not."""
    found = process.ask({"database": str(database.resolve()), "bounds": bounds.plain()})
    return None if found is None else CheckReport.of(found)


def _main() -> None:
    with without_collection():
        from oncall_audit.checks.validation import validate

    def checked(asked: Any, _say: Say) -> dict[str, Any]:
        bounds = Bounds.of(asked["bounds"])
        return validate(Path(asked["database"]), load_suites(), bounds).as_dict()

    answer(checked)


if __name__ == "__main__":
    _main()
