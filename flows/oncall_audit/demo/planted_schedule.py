"""Plants schedules that were changed too late, that name nobody, or the wrong person."""

from __future__ import annotations

from datetime import datetime, timedelta

from oncall_audit.demo import calm
from oncall_audit.demo.answers import Answer, LookAlike
from oncall_audit.demo.changes import Employment
from oncall_audit.demo.gaps import Vacancy
from oncall_audit.demo.inventory import elevated
from oncall_audit.demo.model import Engineer, Override, Rotation, Service, Shift, World
from oncall_audit.demo.records import access, incident, plant, resemble
from oncall_audit.demo.schedule import final_shifts

_OFFICE = "Reporting office hours"


def plant_schedules(world: World) -> None:
    """Plant everything of this module, after everything else."""
    _office_hours(world)
    _vacated(world)
    _written_late(world)
    _unable(world)
    _provisioned_at_start(world)


def _renew(world: World) -> None:
    world.shifts = [s for each in world.rotations for s in final_shifts(world, each)]


def _office_hours(world: World) -> None:
    """Let a service be on call on working days only, and another team cover for its one person."""
    uncovered = ("off_shift_access", "break_glass_no_incident", "out_of_scope_resource")
    told = {a.engineer_id for a in world.answers if a.rule_id in uncovered}
    member = next(e for e in world.members("search") if e.engineer_id not in told)
    hours = ("09:00", "18:00", "Europe/Berlin")
    world.services["reporting"] = Service(
        "reporting", ("search",), (_OFFICE,), 3, ("Platform secondary",), hours
    )
    rotation = Rotation(
        schedule=_OFFICE,
        schedule_id="PS91REPORT",
        team="search",
        service="reporting",
        time_zone=hours[2],
        turn="office",
        level=1,
        members=(member.engineer_id,),
        hand_over_hour=9,
    )
    world.rotations += (rotation,)
    _renew(world)
    evening = world.since + timedelta(days=8, hours=21)
    _note(world, "closed_at_night", evening, "On call in business hours only, by the policy.")


def _note(world: World, name: str, at: datetime, why: str) -> None:
    world.look_alikes.append(LookAlike(name, None, None, "pagerduty", None, at, why))


def _vacated(world: World) -> None:
    wanted = (
        ("data", ("Data primary", "Data secondary"), 55, 7),
        ("search", ("Search primary", "Search secondary"), 25, 13),
        ("platform", ("Platform primary", "Platform secondary"), 40, 26),
    )
    for service, schedules, length, first in wanted:
        at = _vacate(world, schedules, length, first)
        note = f"Nobody on call for {length} minutes."
        answer = Answer("schedule_gap", None, None, "pagerduty", None, at, note, source=service)
        world.answers.append(answer)
    harmless: tuple[tuple[str, tuple[str, ...], int, int, str], ...] = (
        (
            "gap_of_minutes",
            ("Data primary", "Data secondary"),
            12,
            17,
            "Twelve minutes without anybody.",
        ),
        ("second_level_covers", ("Payments primary",), 45, 23, "The second level was on call."),
        ("covered_by_another_team", (_OFFICE,), 50, 11, "The policy names who covers for it."),
    )
    for name, emptied, minutes, day, why in harmless:
        _note(world, name, _vacate(world, emptied, minutes, day), why)


def _vacate(world: World, schedules: tuple[str, ...], length: int, first: int) -> datetime:
    """Take everybody out of the schedules for some minutes and return when that began."""
    around = timedelta(minutes=length) + timedelta(hours=2)
    _, free_from = calm.slot(world, schedules[0], first, around, others=schedules[1:])
    start = free_from + timedelta(hours=1)
    for schedule in schedules:
        world.vacancies.append(Vacancy(schedule, start, start + timedelta(minutes=length)))
    _renew(world)
    return start


def _override(
    world: World, shift: Shift, who: str, span: tuple[datetime, timedelta], late: timedelta
) -> Override:
    """Give a part of a shift to somebody else, recorded `late` after its start."""
    made = Override(
        override_id=f"PO{len(world.overrides) + 1:05d}",
        schedule=shift.schedule,
        engineer_id=who,
        replaces=shift.engineer_id,
        started_at=span[0],
        ended_at=span[0] + span[1],
        recorded_at=span[0] + late,
    )
    world.overrides.append(made)
    _renew(world)
    return made


def _written_late(world: World) -> None:
    rule, length = "retroactive_override", timedelta(hours=3)
    wanted = (
        ("Platform primary", "linux", "platform-hosts", 6),
        ("Search primary", "teleport", "search-hosts", 15),
        ("Payments primary", "postgresql", "payments-db", 25),
    )
    for schedule, system, resource_id, first in wanted:
        shift, start, who = calm.stand_in(world, schedule, first, length)
        span = (start + timedelta(minutes=50), timedelta(minutes=33))
        made = access(world, who, system, resource_id, span, 7, tag=rule)
        _override(world, shift, who, (start, length), timedelta(hours=27))
        plant(world, rule, made, "Entered as a shift a day after the access.")
    _late_and_harmless(world, length)


def _late_and_harmless(world: World, length: timedelta) -> None:
    shift, start, who = calm.stand_in(world, "Data primary", 12, length)
    joined = ((who, start + timedelta(minutes=18)),)
    during = (start + timedelta(minutes=10), timedelta(minutes=100))
    incident(world, "data", during, shift.engineer_id, joined)
    span = (start + timedelta(minutes=40), timedelta(minutes=25))
    made = access(world, who, "linux", "data-hosts", span, 9, tag="benign")
    _override(world, shift, who, (start, length), timedelta(hours=27))
    why = "Entered a day late, but they had joined the incident."
    resemble(world, "override_late_in_an_incident", made, why)
    shift, start, who = calm.stand_in(world, "Search primary", 27, length)
    span = (start + timedelta(minutes=45), timedelta(minutes=20))
    made = access(world, who, "linux", "search-hosts", span, 5, tag="benign")
    _override(world, shift, who, (start, length), timedelta(minutes=10))
    resemble(world, "override_at_hand_over", made, "Entered ten minutes after it began.")


def _unable(world: World) -> None:
    since = world.since - timedelta(days=900)
    left = Employment(since, since, world.since - timedelta(days=12, hours=6))
    unlisted = Employment(since, since, is_listed=False)
    for person, said, schedule, first, note in (
        (
            _stranger("e901", "Mina Moss", "PGONE7", "former", since),
            left,
            "Search secondary",
            9,
            "Left before the period, and still in the schedule.",
        ),
        (
            _stranger("x902", "Nils Nord", "PNOBODY9", "contractors", since),
            unlisted,
            "Platform secondary",
            18,
            "The directory has nobody of this name.",
        ),
    ):
        world.strangers[person.engineer_id] = person
        world.employments[person.engineer_id] = (said,)
        shift, start = calm.slot(world, schedule, first, timedelta(hours=5))
        span = (start, timedelta(hours=5))
        _override(world, shift, person.engineer_id, span, -timedelta(days=3))
        known = person.engineer_id if said.is_listed else None
        _ineligible(world, known, person.pager_id, start + timedelta(hours=2), note)
    for schedule, first in (("Data primary", 10), ("Platform primary", 22)):
        shift = calm.unprivileged_shift(world, schedule, first)
        world.grants = [g for g in world.grants if not calm.is_of_shift(g, shift)]
        account = world.engineers[shift.engineer_id].pager_id
        at, note = shift.started_at, "On call without the rights that the shift gives."
        _ineligible(world, shift.engineer_id, account, max(at, world.since), note)


def _stranger(key: str, name: str, pager_id: str, team: str, since: datetime) -> Engineer:
    login = name.lower().replace(" ", ".")
    return Engineer(
        engineer_id=key,
        name=name,
        email=f"{login}@example.com",
        team=team,
        role="engineer",
        time_zone="Europe/Berlin",
        login=login,
        pager_id=pager_id,
        address="203.0.113.250",
        started_at=since,
        is_rostered=False,
    )


def _ineligible(world: World, who: str | None, account: str, at: datetime, note: str) -> None:
    world.answers.append(
        Answer("oncall_ineligible", who, account, "pagerduty", None, at, note, source=None)
    )


def _provisioned_at_start(world: World) -> None:
    """Begin a shift minutes before a snapshot, and give its rights minutes after that."""
    length = timedelta(hours=3)
    shift, start, who = calm.stand_in(world, "Search primary", 19, length, at=(1, 52))
    taken = _override(world, shift, who, (start, length), -timedelta(days=2))
    person = world.engineers[who]
    given = calm.grants(person, elevated("search"), start + timedelta(minutes=11), taken.ended_at)
    world.grants += given
    span = (start + timedelta(minutes=40), timedelta(minutes=30))
    made = access(world, who, "linux", "search-hosts", span, 6, tag="benign")
    why = "The snapshot ran before the rights of the shift had been given."
    resemble(world, "provisioned_at_start", made, why)
