"""What the invented organisation consists of, before any vendor's format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from oncall_audit.demo import changes
from oncall_audit.demo.answers import Answer, LookAlike
from oncall_audit.demo.gaps import Silence, Vacancy

Span = tuple[datetime, datetime]

BEFORE_SHIFT = timedelta(minutes=15)
AFTER_SHIFT = timedelta(minutes=30)
AFTER_INCIDENT = timedelta(minutes=60)
RELEASE_LIMIT = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Engineer:
    """A person of the organisation and the names they have in its systems."""

    engineer_id: str
    name: str
    email: str
    team: str
    role: str
    time_zone: str
    login: str
    pager_id: str
    address: str
    started_at: datetime
    is_rostered: bool = True

    def account(self, system: str) -> str:
        """Return the account this person uses in `system`."""
        names = {"linux": self.login, "postgresql": self.login.replace(".", "_")}
        return names.get(system, self.email)


@dataclass(frozen=True, slots=True)
class Service:
    """A service and the schedules whose shifts open it; `hours` is its working day."""

    name: str
    teams: tuple[str, ...]
    schedules: tuple[str, ...]
    tier: int
    fallback_schedules: tuple[str, ...] = ()
    hours: tuple[str, str, str] | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """A monitored resource; `targets` are its native names, one tuple a system."""

    resource_id: str
    kind: str
    service: str
    tier: int
    team: str
    targets: Mapping[str, tuple[str, ...]]
    globs: tuple[str, ...]
    sensitive_tables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rotation:
    """One on-call schedule: `daily` hands over at 8 and 20, `office` is 9 to 18 on working days."""

    schedule: str
    schedule_id: str
    team: str
    service: str
    time_zone: str
    turn: str
    level: int
    members: tuple[str, ...]
    hand_over_hour: int = 8


@dataclass(frozen=True, slots=True)
class Shift:
    """One person's turn on one schedule."""

    schedule: str
    engineer_id: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Override:
    """A change of the schedule, known from `recorded_at` on: `engineer_id` takes over."""

    override_id: str
    schedule: str
    engineer_id: str
    replaces: str
    started_at: datetime
    ended_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident, who was assigned to it and who joined it, by time of joining."""

    incident_id: str
    title: str
    service: str
    urgency: str
    started_at: datetime
    ended_at: datetime
    assigned: str
    joined: tuple[tuple[str, datetime], ...] = ()

    @property
    def responders(self) -> tuple[str, ...]:
        """Everybody whom the incident covers."""
        return (self.assigned, *(who for who, _ in self.joined))


@dataclass(frozen=True, slots=True)
class Request:
    """A request for temporary access."""

    request_id: str
    requester: str
    approver: str
    resource_id: str
    permission: str
    status: str
    requested_at: datetime
    started_at: datetime
    ended_at: datetime
    reason: str
    # Whoever decided beside the approver, and when an export first tells of it.
    reviews: tuple[Mapping[str, str], ...] = ()
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Access:
    """One session of one account on one target; `form` names a variety of the system's records."""

    system: str
    account: str
    engineer_id: str | None
    target: str
    resource_id: str | None
    started_at: datetime
    ended_at: datetime
    actions: int
    address: str
    form: str = ""
    # What was done beside the usual, in the words of the system, and how late the log came.
    said: tuple[str, ...] = ()
    delay: timedelta = timedelta()
    tag: str = ""
    credential: changes.Credential = changes.OWN


@dataclass(frozen=True, slots=True)
class LoginFailure:
    """A refused log-in, or `repeated` of them that the system wrote as one line."""

    system: str
    account: str
    target: str
    at: datetime
    address: str
    repeated: int = 1
    is_known: bool = True


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission of an account, held over `[granted_at, removed_at)`."""

    system: str
    account: str
    engineer_id: str | None
    resource_name: str
    permission: str
    granted_via: str
    is_privileged: bool
    granted_at: datetime
    removed_at: datetime | None = None
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    tag: str = ""
    disabled_at: datetime | None = None


@dataclass(slots=True)
class World:
    """The whole organisation while it is being made."""

    random: Random
    since: datetime
    until: datetime
    engineers: dict[str, Engineer]
    services: dict[str, Service]
    resources: dict[str, Resource]
    rotations: tuple[Rotation, ...]
    overrides: list[Override] = field(default_factory=list)
    vacancies: list[Vacancy] = field(default_factory=list)
    # In the schedule, but no longer or not at all in the organisation.
    strangers: dict[str, Engineer] = field(default_factory=dict)
    shifts: list[Shift] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)
    failures: list[LoginFailure] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)
    exemptions: list[changes.Exemption] = field(default_factory=list)
    silences: list[Silence] = field(default_factory=list)
    employments: dict[str, tuple[changes.Employment, ...]] = field(default_factory=dict)
    gateway_events: list[changes.GatewayEvent] = field(default_factory=list)
    devices: list[changes.Device] = field(default_factory=list)
    trips: list[changes.Trip] = field(default_factory=list)
    # Exports of permissions of which only a part arrived, and permissions that were renamed.
    partial_exports: set[tuple[str, datetime]] = field(default_factory=set)
    renamed: list[changes.Renaming] = field(default_factory=list)
    digest_faults: list[changes.DigestFault] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)

    def days(self) -> Iterator[datetime]:
        """Yield the midnight of every day of the period."""
        day = self.since
        while day < self.until:
            yield day
            day += timedelta(days=1)

    def person(self, engineer_id: str) -> Engineer:
        """Return whoever the schedule may name."""
        return self.engineers.get(engineer_id) or self.strangers[engineer_id]

    def members(self, team: str) -> list[Engineer]:
        """Return the team's people who are in its rotations."""
        return [e for e in self.engineers.values() if e.team == team and e.is_rostered]
