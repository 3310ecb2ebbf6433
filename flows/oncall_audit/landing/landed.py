"""What one reading of a source came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from oncall_audit.landing.records import Batch, Commit

Progress = Callable[[str], None]
_COUNTED = (
    "files", "pages", "unchanged", "records", "landed", "duplicates", "ignored", "quarantined",
    "bytes",
)  # fmt: skip


@dataclass(slots=True)
class Landed:
    """Totals of one extraction; `records` is the sum of the four after it."""

    files: int = 0
    pages: int = 0
    unchanged: int = 0
    records: int = 0
    landed: int = 0
    duplicates: int = 0
    ignored: int = 0
    quarantined: int = 0
    bytes: int = 0
    state: str = "complete"
    message: str | None = None
    opened_days: set[date] = field(default_factory=set)

    def add(self, commit: Commit) -> None:
        """Count one batch."""
        for batch in commit.batches:
            self.count(batch)
        self.opened_days |= {part.day for part in commit.parts}

    def count(self, batch: Batch) -> None:
        """Count one file or page."""
        self.files += 1
        self.records += batch.records
        self.landed += batch.landed
        self.duplicates += batch.duplicates
        self.ignored += batch.ignored
        self.quarantined += batch.quarantined
        self.bytes += batch.bytes

    def merge(self, other: Landed) -> None:
        """Add what another reading of the source came to; its end is the end of both."""
        for name in _COUNTED:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.opened_days |= other.opened_days
        self.state, self.message = other.state, other.message

    def counts(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {name: getattr(self, name) for name in (*_COUNTED, "state", "message")} | {
            "opened_days": sorted(day.isoformat() for day in self.opened_days)
        }

    def told(self) -> str:
        """Return the totals so far as a line for people."""
        parts = [f"{self.files + self.pages:,} read", f"{self.landed:,} records landed"]
        parts += [
            f"{count:,} {what}"
            for what, count in (("repeated", self.duplicates), ("quarantined", self.quarantined))
            if count
        ]
        return ", ".join(parts)
