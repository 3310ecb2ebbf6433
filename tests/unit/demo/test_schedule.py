"""Hand-overs by the wall clock, and what was planted in the schedules, read back from the files."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from oncall_audit.demo import Answers
from oncall_audit.demo.inventory import resources, services
from oncall_audit.demo.model import Rotation, Shift, World
from oncall_audit.demo.schedule import planned

if TYPE_CHECKING:
    from conftest import Oracle

Span = tuple[datetime, datetime]


def year(zone: str, turn: str) -> list[Shift]:
    """Return the shifts of a rotation from February to the end of November 2026."""
    world = World(
        random=Random(1),
        since=datetime(2026, 2, 1, tzinfo=UTC),
        until=datetime(2026, 11, 30, tzinfo=UTC),
        engineers={},
        services=services(),
        resources=resources(),
        rotations=(),
    )
    hour = 9 if turn == "weekly" else 8
    members = ("e1", "e2", "e3")
    return planned(world, Rotation("P", "P1", "payments", "payments", zone, turn, 1, members, hour))


def lengths(shifts: list[Shift], hours: float) -> dict[float, list[str]]:
    """Return the days on which shifts begin that are not `hours` long, by their length."""
    odd: defaultdict[float, list[str]] = defaultdict(list)
    for shift in shifts:
        length = (shift.ended_at - shift.started_at) / timedelta(hours=1)
        if length != hours:
            odd[length].append(shift.started_at.date().isoformat())
    return dict(odd)


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("Europe/Berlin", "2026-03-23", "2026-10-19"),
        ("America/New_York", "2026-03-02", "2026-10-26"),
    ],
)
def test_one_week_has_167_hours_and_one_169(zone: str, spring: str, autumn: str) -> None:
    assert lengths(year(zone, "weekly"), 168) == {167: [spring], 169: [autumn]}


@pytest.mark.parametrize(
    ("zone", "spring", "autumn"),
    [
        ("Europe/Berlin", "2026-03-28", "2026-10-24"),
        # Eight in the evening in New York is the next day in UTC, in summer and in winter.
        ("America/New_York", "2026-03-08", "2026-11-01"),
    ],
)
def test_one_night_has_eleven_hours_and_one_thirteen(zone: str, spring: str, autumn: str) -> None:
    assert lengths(year(zone, "daily"), 12) == {11: [spring], 13: [autumn]}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
def test_office_hours_stay_at_nine_by_the_wall_clock(zone: str) -> None:
    shifts = year(zone, "office")

    walls = {shift.started_at.astimezone(ZoneInfo(zone)).time().isoformat() for shift in shifts}
    assert walls == {"09:00:00"}
    assert len({shift.started_at.time() for shift in shifts}) == 2
    assert lengths(shifts, 9) == {}


@pytest.mark.parametrize("turn", ["weekly", "daily"])
def test_one_shift_ends_where_the_next_begins(turn: str) -> None:
    shifts = year("America/New_York", turn)

    assert [one.ended_at for one in shifts[:-1]] == [two.started_at for two in shifts[1:]]


def service_spans(oracle: Oracle, service: str) -> list[Span]:
    named = oracle.policy["services"][service]
    schedules = {*named["schedules"], *named.get("fallback_schedules", ())}
    return sorted(
        span for (_, name), spans in oracle.shifts.items() if name in schedules for span in spans
    )


def gaps(oracle: Oracle, service: str, since: datetime, until: datetime) -> list[Span]:
    """Return when nobody stands in the schedules of a service."""
    found, free_from = [], since
    for start, end in service_spans(oracle, service):
        if start > free_from:
            found.append((free_from, start))
        free_from = max(free_from, end)
    return [(start, end) for start, end in found if start < until]


def test_only_planted_gaps_are_a_quarter_of_an_hour_long(answers: Answers, oracle: Oracle) -> None:
    always = [name for name, it in oracle.policy["services"].items() if "on_call_hours" not in it]
    long = {
        (service, start)
        for service in always
        for start, end in gaps(oracle, service, answers.since, answers.until)
        if end - start >= timedelta(minutes=15)
    }

    planted = {(a.source, a.around) for a in answers.planted if a.rule_id == "schedule_gap"}
    assert long == planted


def test_the_gap_of_minutes_is_a_gap(answers: Answers, oracle: Oracle) -> None:
    (short,) = (each for each in answers.look_alikes if each.name == "gap_of_minutes")

    found = gaps(oracle, "data", answers.since, answers.until)

    assert (short.around, short.around + timedelta(minutes=12)) in found


def test_what_was_written_late_is_in_no_snapshot_before(answers: Answers, oracle: Oracle) -> None:
    late = [a for a in answers.planted if a.rule_id == "retroactive_override"]

    assert len(late) == 3
    for each in late:
        assert each.engineer_id
        shown = oracle.shown(each.engineer_id, each.around)
        assert any(shown.values())
        assert not any(shown[at] for at in shown if at < each.around + timedelta(hours=10))


def test_a_stranger_in_the_schedule_is_told_from_people(world: World) -> None:
    gone, unknown = world.strangers.values()

    assert world.person(gone.engineer_id) == gone
    (left,) = world.employments[gone.engineer_id]
    assert isinstance(left.ended_at, datetime)
    assert left.ended_at < world.since
    (unlisted,) = world.employments[unknown.engineer_id]
    assert not unlisted.is_listed
    assert not {gone.engineer_id, unknown.engineer_id} & set(world.engineers)
