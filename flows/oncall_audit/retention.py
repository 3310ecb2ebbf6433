"""How long what the workspace holds is kept: the `retention:` section of `oncall-audit.yml`."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from oncall_audit.validation import Strict

# What an audit of a month and its review need is never removed.
_SHORTEST = 31

Days = Annotated[int | None, Field(ge=_SHORTEST, le=36_600)]
# Tables of what people did and when; all else is small, or says what was audited.
Table = Literal[
    "access_events",
    "access_requests",
    "anomalies",
    "entitlement_drift",
    "incidents",
    "session_actions",
    "sessions",
    "shifts",
]


class Retention(Strict):
    """Days after which each part goes; null keeps it for ever. The register is always kept."""

    landing_days: Days = Field(
        None, description="Landed records of logs, by the day they are of, in whole months."
    )
    tables: dict[Table, Annotated[int, Field(ge=_SHORTEST, le=36_600)]] = Field(
        {}, description="Rows of single published tables, by name."
    )
    publications_days: Days = Field(
        120, description="What each run published but its evidence pack; never the current one."
    )
    packs_days: Days = Field(400, description="Evidence packs.")
    reports_days: Days = Field(120, description="What the verb report wrote.")

    def landed_since(self, now: datetime) -> date | None:
        """Return the first day (UTC) whose landed records are kept; None where all are."""
        if self.landing_days is None:
            return None
        return (now.astimezone(UTC) - timedelta(days=self.landing_days)).date().replace(day=1)
