"""A saved query, its parameters, and how a value that is typed becomes one of theirs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from oncall_audit.errors import ConfigurationError

_OURS = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a saved query asks for; a `default` of None stands for no limit."""

    name: str
    type: str
    meaning: str
    example: str
    is_required: bool
    default: str | None = None
    among: tuple[str, ...] = ()

    def read(self, text: str) -> Any:
        """Read a value as it is typed; raise `ConfigurationError` if it is of another type."""
        try:
            return READERS[self.type](text)
        except ValueError:
            raise ConfigurationError(
                f"'{text}' is no {_WORDS[self.type]}: write {self.name}={self.example}"
            ) from None


@dataclass(frozen=True, slots=True)
class Query:
    """A saved query. `needs_logs` says that an empty answer counts only where logs were seen."""

    name: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    needs_logs: bool
    sql: str
    path: Path

    def values(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the value of every parameter, given or by default."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                raise ConfigurationError(
                    f"{self.name} has no parameter '{name}'. {meant_by(name, known)}"
                )
        lacking = [it for it in self.parameters if it.is_required and it.name not in given]
        if lacking:
            lines = (f"  {it.name}={it.example}    {it.meaning}" for it in lacking)
            raise ConfigurationError("\n".join([f"{self.name} needs", *lines]))
        texts = {it.name: given.get(it.name, it.default) for it in self.parameters}
        return {
            name: None if text is None else known[name].read(text) for name, text in texts.items()
        }


def load(folder: Path | None = None) -> dict[str, Query]:
    """Return the saved queries by name; one of `folder` goes before ours of the same name."""
    paths = [*sorted(_OURS.glob("*.sql")), *(sorted(folder.glob("*.sql")) if folder else ())]
    # YAML is for those who ask for a saved query: any other query starts without it.
    from oncall_audit.queries.reading import read

    return {path.stem: read(path) for path in paths}


def meant_by(name: str, known: Iterable[str]) -> str:
    """Name the one that was probably meant, or all."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"Did you mean '{near[0]}'?" if near else f"There are: {', '.join(known) or 'none'}."


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text.strip())
    # The tables' times are UTC and say no zone.
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


READERS: dict[str, Any] = {"varchar": str, "timestamp": _time, "bigint": int}
_WORDS = {"varchar": "text", "timestamp": "time (UTC, or with a zone)", "bigint": "whole number"}
