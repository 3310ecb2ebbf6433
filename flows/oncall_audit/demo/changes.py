"""What changes in the organisation beside its schedules: who works there, and what gives access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Employment:
    """What the directory says of a person from `recorded_at` on, unless it leaves them out."""

    recorded_at: datetime
    started_at: datetime
    ended_at: datetime | date | None = None
    is_listed: bool = True


@dataclass(frozen=True, slots=True)
class GatewayEvent:
    """An event of the gateway that gives access rather than uses it."""

    at: datetime
    event: str
    code: str
    account: str | None
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Renaming:
    """Another name that a system gives a permission on one resource, from `at` on."""

    system: str
    resource_name: str
    permission: str
    new_permission: str
    at: datetime
