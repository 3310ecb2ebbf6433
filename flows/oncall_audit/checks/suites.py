"""Reads `expectations/<table>.yml`: suites as data, every entry with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from oncall_audit.assets import asset
from oncall_audit.checks.results import Severity
from oncall_audit.errors import ConfigurationError

_ENTRY = {"type", "kwargs", "severity", "meta"}
_SUITE = {"schema", "table", "keys", "days", "expectations"}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One entry of a suite."""

    type: str
    kwargs: Mapping[str, Any]
    severity: Severity
    why: str
    description: str


@dataclass(frozen=True, slots=True)
class Suite:
    """What a table must be like; `keys` name a failing row.

    With `days`, a time column, only the rows of the days that this run opened are read: a nightly
    check must not grow with the history.
    """

    schema: str
    table: str
    keys: tuple[str, ...]
    days: str | None
    expectations: tuple[Expectation, ...]

    @property
    def name(self) -> str:
        """The table with its schema."""
        return f"{self.schema}.{self.table}"


def load_suites(folder: Path | None = None) -> tuple[Suite, ...]:
    """Read every suite of the folder, by table name."""
    paths = sorted((folder or asset("expectations")).glob("*.yml"))
    return tuple(_suite(path) for path in paths)


def _suite(path: Path) -> Suite:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict) or not _SUITE - {"days"} <= content.keys() <= _SUITE:
        raise ConfigurationError(f"{path}: a suite has {', '.join(sorted(_SUITE))}; days may lack.")
    if content["table"] != path.stem:
        raise ConfigurationError(f"{path}: table should be {path.stem}, as the file is called.")
    return Suite(
        schema=content["schema"],
        table=content["table"],
        keys=tuple(content["keys"]),
        days=content.get("days"),
        expectations=tuple(_expectation(path, entry) for entry in content["expectations"]),
    )


def _expectation(path: Path, entry: dict[str, Any]) -> Expectation:
    if entry.keys() != _ENTRY:
        raise ConfigurationError(f"{path}: each expectation has {', '.join(sorted(_ENTRY))}.")
    if entry["severity"] not in ("blocking", "warning"):
        raise ConfigurationError(f"{path}: severity is blocking or warning.")
    why = str((entry["meta"] or {}).get("why", "")).strip()
    if not why:
        raise ConfigurationError(f"{path}: {entry['type']} lacks meta.why, the reason for it.")
    kwargs = entry["kwargs"] or {}
    return Expectation(
        type=entry["type"],
        kwargs=kwargs,
        severity=entry["severity"],
        why=why,
        description=str(entry["meta"].get("expects") or _describe(entry["type"], kwargs)),
    )


def _describe(kind: str, kwargs: Mapping[str, Any]) -> str:
    """Say an expectation in words; one that is not listed here needs `meta.expects`."""
    column = kwargs.get("column")
    together = " and ".join(kwargs.get("column_list", ()))
    words = {
        "expect_column_values_to_be_unique": f"{column} is unique",
        "expect_column_values_to_not_be_null": f"{column} is never empty",
        "expect_column_values_to_be_in_set": f"{column} is one of "
        + ", ".join(map(str, kwargs.get("value_set", ()))),
        "expect_compound_columns_to_be_unique": f"{together} are unique together",
        "expect_table_row_count_to_be_between": f"it has at least {kwargs.get('min_value')} rows",
    }
    return words.get(kind, kind.removeprefix("expect_").replace("_", " "))
