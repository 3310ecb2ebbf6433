"""What there is beside schedules: who works there, with which devices, and what gives access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

Fault = Literal["rewritten", "missing", "absent", "changed"]


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


@dataclass(frozen=True, slots=True)
class Exemption:
    """A standing exception of the policy."""

    engineer_id: str
    resource_id: str
    permission: str
    owner: str
    reason: str


@dataclass(frozen=True, slots=True)
class Credential:
    """What a log-in is made with: `key` is an owner's name or a device's; empty: one's own key."""

    key: str = ""
    has_factor: bool = True
    method: str = "local"


OWN = Credential()


@dataclass(frozen=True, slots=True)
class Device:
    """A key or device beside a person's first, in the directory from `recorded_at` on."""

    engineer_id: str
    device_id: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Trip:
    """A declared journey, in the directory from `recorded_at` on; both days are part of it."""

    engineer_id: str
    country: str
    first: date
    last: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class DigestFault:
    """What became of the digest of an hour, or of what it names, after AWS had delivered it."""

    account: str
    ended_at: datetime
    kind: Fault
