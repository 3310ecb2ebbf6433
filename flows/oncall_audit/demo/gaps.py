"""What is missing: nobody in a schedule, nothing from a source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Vacancy:
    """A time for which nobody stands in a schedule."""

    schedule: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Silence:
    """A span over which a source delivered nothing."""

    source: str
    started_at: datetime
    ended_at: datetime
