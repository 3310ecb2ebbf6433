"""Writes the manifest's entries for one table of one source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from oncall_audit.landing.records import Batch, Commit, Quarantined, Seen, Totals


@dataclass(frozen=True, slots=True)
class Stamp:
    """What all entries of one table of one source have in common."""

    source_name: str
    connector: str
    table_name: str
    received_at: datetime

    def batch(
        self,
        commit: Commit,
        seen: Seen,
        totals: Totals,
        observed_at: datetime | None = None,
    ) -> Batch:
        """Enter the control totals of a file or page."""
        return Batch(
            batch_id=commit.batch_id,
            source_name=self.source_name,
            connector=self.connector,
            table_name=self.table_name,
            path=seen.path,
            sha256=seen.sha256,
            bytes=seen.size,
            records=totals.records,
            landed=totals.landed,
            duplicates=totals.duplicates,
            ignored=totals.ignored,
            quarantined=totals.quarantined,
            received_at=self.received_at,
            observed_at=observed_at,
        )

    def quarantined(
        self, commit: Commit, path: str, line: int, reason: str, raw: str
    ) -> Quarantined:
        """Enter a record that could not be read."""
        return Quarantined(
            commit.batch_id, self.source_name, self.table_name, path, line, reason, raw
        )

    def seen(self, path: str, size: int, modified: int, sha256: str) -> Seen:
        """Enter a file as it lay there."""
        return Seen(self.source_name, self.table_name, path, size, modified, sha256)
