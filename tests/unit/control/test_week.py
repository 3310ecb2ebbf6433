"""A week of shifts on a real PostgreSQL server: who holds what is at every point what should be."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
import pytest
from postgres_server import PASSWORD, Postgres
from pydantic import SecretStr
from situation import Situation, naive, right, snapshots

from oncall_audit.control import looking, records, shifting
from oncall_audit.control.knowledge import Knowledge, know
from oncall_audit.control.model import Held, Right
from oncall_audit.control.providers.base import Provider
from oncall_audit.control.providers.postgresql import PostgreSQL
from oncall_audit.control.shifting import ShiftRun
from oncall_audit.control.verifying import Verified, verify
from oncall_audit.evidence import register

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


class Crash(BaseException):
    """The process ended here."""


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


@pytest.fixture
def week(
    situation: Situation, postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Week]:
    """Ada by day, Ben by night, twelve hours each from eight to eight."""
    # What is cut off here is a run, not the machine's power.
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)
    postgres.make(logins=tuple(PEOPLE), groups=("oncall_admin",))
    postgres.run("create table payments ()")
    postgres.run("grant select on payments to oncall_admin")
    postgres.run("grant pg_signal_backend to control")
    for who in PEOPLE:
        postgres.run(f"alter role {who} nologin")
        postgres.run(f"grant {who} to control with admin true, inherit false, set false")
    made = Week(situation, postgres)
    for day in range(7):
        morning = MONDAY + day * DAY + 8 * HOUR
        made.shift(f"shift day {day}", "ada", morning, morning + 12 * HOUR)
        made.shift(f"shift night {day}", "ben", morning + 12 * HOUR, morning + DAY)
    yield made
    postgres.run("revoke pg_signal_backend from control")
    postgres.run("drop table payments")


def play(week: Week, since: datetime, until: datetime) -> list[datetime]:
    """Run from change to change as each run says when the next is due; return the instants."""
    instants, at = [], since
    while at < until:
        done = week.run(at)
        assert done.alarms == []
        week.check(at)
        instants.append(at)
        at = done.next_at or until
    return instants


def test_a_week_of_shifts_with_a_swap_a_request_and_an_incident(week: Week) -> None:
    tuesday, wednesday, thursday, friday = (MONDAY + n * DAY for n in range(1, 5))

    instants = play(week, MONDAY, tuesday + 22 * HOUR)
    # Cleo takes Ada's Wednesday; the audit of Tuesday night publishes it.
    week.shift("shift day 2", "cleo", wednesday + 8 * HOUR, wednesday + 20 * HOUR)
    instants += play(week, tuesday + 22 * HOUR, thursday + 2 * HOUR)
    # In Ben's night Cleo answers an incident; it is resolved at four, and an hour is granted.
    week.span("incident i1", "cleo", thursday + 2 * HOUR, thursday + 5 * HOUR)
    instants += play(week, thursday + 2 * HOUR, friday + 12 * HOUR)
    # Ada's approved request outlasts her shift, and lies within Ben's.
    week.span("request q1", "ada", friday + 18 * HOUR, friday + 23 * HOUR)
    instants += play(week, friday + 12 * HOUR, MONDAY + 7 * DAY + 9 * HOUR)

    at = thursday + 5 * HOUR
    assert [it for it in instants if at <= it < at + 6 * HOUR] == [
        at,
        thursday + 7.75 * HOUR,
        thursday + 8.5 * HOUR,
    ]
    assert week.verify(MONDAY + 8 * DAY).undone == []
    assert week.verify(MONDAY + 8 * DAY) == Verified()


def test_of_overlapping_grants_none_ends_early_and_nothing_is_left(week: Week) -> None:
    week.spans = {}
    week.span("shift s1", "ada", MONDAY, MONDAY + 8 * HOUR)
    week.span("request q1", "ada", MONDAY + 4 * HOUR, MONDAY + 12 * HOUR)
    week.span("incident i1", "ada", MONDAY + 6 * HOUR, MONDAY + 10 * HOUR)

    held = []
    for hour in range(0, 14, 2):
        week.run(MONDAY + hour * HOUR)
        held.append("ada" in week.readers())
        week.check(MONDAY + hour * HOUR)

    assert held == [True] * 6 + [False]
    assert week.steps().count(("applied", "ada")) == 2


def test_a_late_run_makes_up_for_all_that_was_missed(week: Week) -> None:
    week.run(MONDAY + 9 * HOUR)
    late = MONDAY + 3 * DAY + 21 * HOUR

    done = week.run(late)

    week.check(late)
    assert done.next_at == MONDAY + 4 * DAY + 8 * HOUR - BEFORE


def test_a_shift_that_grows_keeps_its_log_in_open(week: Week) -> None:
    week.run(MONDAY + 9 * HOUR)
    week.shift("shift day 0", "ada", MONDAY + 8 * HOUR, MONDAY + 22 * HOUR)

    instants = play(week, MONDAY + 10 * HOUR, MONDAY + DAY)

    # When the log-in would have ended it is opened again, until the new end.
    assert MONDAY + 20 * HOUR + AFTER in instants
    assert ("applied", "ada") in week.steps()[-12:]


def test_a_session_of_before_ends_with_the_shift(week: Week, postgres: Postgres) -> None:
    week.run(MONDAY + 9 * HOUR)
    with postgres.session("ada") as session:
        session.execute("set role oncall_admin")

        week.run(MONDAY + 21 * HOUR)

        with pytest.raises(psycopg.errors.AdminShutdown):
            session.execute(READ)


def test_a_failed_revocation_is_told_until_it_is_made(week: Week, postgres: Postgres) -> None:
    week.run(MONDAY + 9 * HOUR)
    # Somebody else's grant, which access control may not take.
    postgres.run("grant oncall_admin to ada")
    evening = MONDAY + 21 * HOUR

    done = week.run(evening)

    (alarm,) = done.alarms
    assert alarm.endswith('permission denied to revoke privileges granted by role "postgres".')
    assert done.next_at == evening + HOUR / 4
    assert week.holders() == {"ada", "ben"}
    assert week.steps()[-2:] == [("failed", "ada"), ("alarmed", None)]
    unmade = week.verify(done.next_at).unmade
    assert [(it["action"], it["account"]) for it in unmade] == [("revoke", "ada")]
    assert week.run(done.next_at).alarms == done.alarms

    postgres.run("revoke oncall_admin from ada granted by postgres")
    again = week.run(evening + HOUR)

    assert again.alarms == []
    week.check(evening + HOUR)
    assert week.verify(evening + 2 * HOUR).unmade == []


def test_a_system_that_cannot_be_read_is_told_of_and_tried_again(week: Week) -> None:
    week.run(MONDAY + 9 * HOUR)
    at, reached = MONDAY + 21 * HOUR, week.provider
    week.provider = replace(reached, host="127.0.0.1", port=1)

    done = week.run(at)

    assert [it.partition(": ")[0] for it in done.alarms] == [
        "PostgreSQL at 127.0.0.1:1",
        "What postgresql holds cannot be read, or nothing under `control:` changes it.",
    ]
    assert done.next_at == at + HOUR / 4
    assert week.holders() == {"ada"}
    week.provider = reached
    week.run(done.next_at)
    week.check(done.next_at)


@pytest.mark.parametrize("changed", ["schedule", "known_until"])
def test_with_a_stale_schedule_nothing_is_revoked_and_somebody_hears_of_it(
    week: Week, changed: str
) -> None:
    week.run(MONDAY + 9 * HOUR)
    at = MONDAY + 21 * HOUR
    week.situation.snapshots = snapshots(at, **{changed: at - 2 * DAY})

    (alarm,) = week.run(at).alarms

    assert alarm.startswith("Schedule Payments primary of pager ")
    assert week.holders() == {"ada", "ben"}
    assert week.steps()[-1] == ("alarmed", None)


def test_without_any_schedule_nothing_is_revoked_and_somebody_hears_of_it(week: Week) -> None:
    week.run(MONDAY + 9 * HOUR)
    at = MONDAY + 21 * HOUR
    week.spans = {}
    week.situation.snapshots = [it for it in snapshots(at) if it[1] != "schedules"]

    done = week.run(at)

    assert done.alarms == ["No on-call schedule is known."]
    assert week.holders() == {"ada"}
    assert week.steps()[-1] == ("alarmed", None)


@dataclass
class Ending:
    """Counts each write to the register and each change of the server; ends the process at one."""

    week: Week
    at: int
    count: int = 0

    @property
    def system(self) -> str:
        return "postgresql"

    def held(self) -> Iterator[Held]:
        return self.week.reached.held()

    def grant(self, right: Right, until: datetime | None) -> None:
        self.tick()
        self.week.reached.grant(right, until)
        self.tick()

    def revoke(self, right: Right) -> None:
        self.tick()
        self.week.reached.revoke(right)
        self.tick()

    def run(self, at: datetime) -> bool:
        """Let the week run; say whether that came to its end."""
        append = register.append

        def written(*arguments: Any) -> str:
            self.tick()
            line = append(*arguments)
            self.tick()
            return line

        self.week.provider = self
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(register, "append", written)
            try:
                self.week.run(at)
            except Crash:
                return False
            finally:
                self.week.provider = self.week.reached
        return True

    def tick(self) -> None:
        self.count += 1
        if self.count == self.at:
            raise Crash


def test_a_run_that_ends_at_any_point_is_made_good_by_the_next(week: Week) -> None:
    evening = MONDAY + 21 * HOUR
    for point in count(1):
        week.situation.workspace.register.unlink(missing_ok=True)
        week.reached.grant(right("ada"), MONDAY + 20 * HOUR + AFTER)
        week.reached.revoke(right("ben"))

        is_over = Ending(week, point).run(evening)

        assert week.run(evening + HOUR / 4).alarms == []
        week.check(evening + HOUR / 4)
        proof = week.verify(evening + HOUR)
        assert (proof.undone, proof.unmade, proof.waiting) == ([], [], [])
        # Nothing that was done to anybody is without its proof in the register.
        proven = [who for step, who in week.steps() if step == "verified"]
        assert sorted(proven) == ["ada", "ben"]
        if is_over:
            break
    # Of two changes: planned, approved, started and applied, and the change itself, each twice.
    assert point == 2 * (2 + 1 + 2 * 2 + 2) + 1


def test_a_week_in_which_every_run_is_cut_off_ends_as_it_should(week: Week) -> None:
    at = MONDAY
    for point in count(1):
        if at >= MONDAY + 7 * DAY:
            break
        Ending(week, 1 + point * 5 % 17).run(at)
        done = week.run(at)
        week.check(at)
        at = done.next_at or MONDAY + 8 * DAY

    proof = week.verify(at)
    assert (proof.undone, proof.unmade, proof.waiting) == ([], [], [])
