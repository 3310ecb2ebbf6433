"""What the checks found, in a form that can be kept as evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["blocking", "warning"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One expectation and how it went, with at most twenty of the rows that break it."""

    table: str
    expectation: str
    description: str
    severity: Severity
    why: str
    success: bool
    unexpected_count: int
    failing_rows: tuple[Mapping[str, Any], ...] = ()
    error: str | None = None

    def sentence(self) -> str:
        """Say what failed, where, and which rows, in one line."""
        if self.error is not None:
            return f"{self.table}: {self.description} could not be checked: {self.error}"
        rows = "; ".join(
            ", ".join(f"{name}={value}" for name, value in row.items())
            for row in self.failing_rows[:3]
        )
        more = f" ({rows}{'; …' if self.unexpected_count > 3 else ''})" if rows else ""
        return f"{self.table}: {self.description}: {self.unexpected_count} wrong{more}. {self.why}"


@dataclass(frozen=True, slots=True)
class CheckReport:
    """The outcome of every expectation, in the order of the suites."""

    outcomes: tuple[Outcome, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> CheckReport:
        """Return the report that `as_dict` told."""
        return cls(
            tuple(
                Outcome(**{**outcome, "failing_rows": tuple(outcome["failing_rows"])})
                for outcome in told["outcomes"]
            )
        )

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Every expectation that was not met."""
        return tuple(outcome for outcome in self.outcomes if not outcome.success)

    @property
    def blocking_failures(self) -> tuple[Outcome, ...]:
        """The failures that forbid publication."""
        return tuple(outcome for outcome in self.failures if outcome.severity == "blocking")

    @property
    def success(self) -> bool:
        """Whether the audit may be published."""
        return not self.blocking_failures

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for `checks.json`."""
        return {
            "success": self.success,
            "expectations": len(self.outcomes),
            "failures": len(self.failures),
            "blocking_failures": len(self.blocking_failures),
            "outcomes": [asdict(outcome) for outcome in self.outcomes],
        }
