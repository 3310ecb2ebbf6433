"""A week of shifts on a real PostgreSQL server: who holds what is at every point what should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import psycopg
import pytest
from postgres_server import Postgres
from situation import snapshots

from oncall_audit.control.verifying import Verified

from .week import AFTER, BEFORE, DAY, HOUR, MONDAY, READ, Week


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
