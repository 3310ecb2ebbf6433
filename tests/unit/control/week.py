"""A week of shifts on a real PostgreSQL server, whose clock is moved by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from postgres_server import PASSWORD, Postgres
from pydantic import SecretStr
from situation import Situation, naive

from oncall_audit.control import looking, records, shifting
from oncall_audit.control.knowledge import Knowledge, know
from oncall_audit.control.providers.base import Provider
from oncall_audit.control.providers.postgresql import PostgreSQL
from oncall_audit.control.shifting import ShiftRun
from oncall_audit.control.verifying import Verified, verify

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# So far ahead that the server's own clock closes no log-in while it is played through.
MONDAY = datetime(2126, 3, 4, tzinfo=UTC)
BEFORE, AFTER = timedelta(minutes=15), timedelta(minutes=30)
PEOPLE = {"ada": "e1", "ben": "e2", "cleo": "e3"}
READ = "select * from payments"
AUTOMATIC = (
    *("shift_started", "shift_ended", "incident_opened", "incident_ended"),
    *("request_approved", "request_ended", "expired"),
)

Span = tuple[str, datetime, datetime]


class Week:
    """What is published of the schedule, the server, and a clock that is moved by hand."""

    def __init__(self, situation: Situation, postgres: Postgres) -> None:
        self.situation, self.postgres = situation, postgres
        self.spans: dict[str, Span] = {}
        self.published: Any = None
        self.policy = situation.policy(automatic=list(AUTOMATIC), owner="nia@example.com")
        self.reached = PostgreSQL(
            host=postgres.socket,
            user=postgres.user,
            password=SecretStr(PASSWORD),
            sslmode="disable",
            resource="payments",
            shift_accounts=list(PEOPLE),
            end_sessions=True,
        )
        self.provider: Provider = self.reached

    def shift(self, name: str, who: str, since: datetime, until: datetime) -> None:
        """Publish a shift, with its grace, in place of an earlier one of this name."""
        self.span(name, who, since - BEFORE, until + AFTER)

    def span(self, name: str, who: str, since: datetime, until: datetime) -> None:
        """Publish that somebody should hold the right."""
        self.spans[name] = (who, since, until)

    def desired(self, at: datetime) -> set[str]:
        """Return who should hold the right, without asking the program."""
        return {who for who, since, until in self.spans.values() if since <= at < until}

    def run(self, at: datetime) -> ShiftRun:
        """Let the shifts be looked at, at an instant."""
        return shifting.run(
            self.situation.workspace, self.known(at), self.providers, wait=lambda _seconds: None
        )

    def verify(self, at: datetime) -> Verified:
        """Prove what was done by what the server says now."""
        knowledge = self.known(at)
        return verify(
            self.situation.workspace,
            looking.seen_live(looking.live(self.providers), at),
            by="oncall-audit",
            at=at,
            desired=looking.desired_at(knowledge),
        )

    def known(self, at: datetime) -> Knowledge:
        """Publish what should be, once a day and where it was changed; read it as of an instant."""
        state = (at.date(), dict(self.spans), list(self.situation.snapshots))
        if self.published is None or self.published[0] != state:
            self.situation.desired = []
            for name, (who, since, until) in self.spans.items():
                cause = name.partition(" ")[0]
                self.situation.wants(PEOPLE[who], since, until, cause=cause, cause_id=name)
            self.situation.publish(at, self.policy)
            self.published = state, know(self.situation.workspace, self.policy, at)
        return replace(self.published[1], at=naive(at))

    @property
    def providers(self) -> dict[str, Provider]:
        """Return what changes each system."""
        return {"postgresql": self.provider}

    def steps(self) -> list[tuple[str, str | None]]:
        """Return every step in the register, and whom it is about."""
        return [(it["step"], it.get("account")) for it in records.read(self.situation.workspace)]

    def holders(self) -> set[str]:
        """Return who is a member of the role, by the server's own tables."""
        return {member for member, _ in self.postgres.members("oncall_admin")}

    def readers(self) -> set[str]:
        """Return who can log in and read what the role opens, by trying it as each of them."""
        return {who for who in PEOPLE if self.postgres.may(who, READ)}

    def closed(self) -> set[str]:
        """Return who cannot even log in."""
        return {who for who in PEOPLE if self.postgres.may(who, "select 1") is None}

    def check(self, at: datetime) -> None:
        """Assert that exactly those hold the right, and can use it, who should."""
        desired = self.desired(at)
        assert (at, self.holders(), self.readers()) == (at, desired, desired)
        assert self.closed() == set(PEOPLE) - desired
