"""Plants accesses that nothing covers, and others that only place or volume betrays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.inventory import UNLISTED_CLOUD
from oncall_audit.demo.look_alikes import CLOCK_CHANGES
from oncall_audit.demo.model import World
from oncall_audit.demo.occasions import (
    last_shift_end,
    off_duty,
    on_shift,
    on_shift_elsewhere,
    quiet_minute,
)
from oncall_audit.demo.records import access, minutes, plant, request
from oncall_audit.demo.windows import allowed, is_clear, is_off_duty, shifts_of

_TAG = "off_shift_access"


def plant_accesses(world: World) -> None:
    """Plant everything of this module."""
    _off_shift(world)
    _given_away(world)
    _after_the_clock_change(world)
    _denied(world)
    _bystander(world)
    _out_of_scope(world)
    _overruns(world)
    _unlisted(world)
    _volumes(world)


def _off_shift(world: World) -> None:
    wanted = (
        ("payments", "linux", "payments-hosts", 5),
        ("search", "teleport", "search-hosts", 11),
        ("data", "aws", "data-cloud", 16),
        ("payments", "postgresql", "payments-db", 23),
    )
    for team, system, resource_id, first in wanted:
        engineer_id, at = off_duty(world, world.members(team), first)
        made = access(
            world, engineer_id, system, resource_id, (at, minutes(world, 20, 60)), 7, tag=_TAG
        )
        plant(world, _TAG, made, "On call for nothing, no incident, no request.")


def _given_away(world: World) -> None:
    """Let somebody work in a shift that they gave to a colleague."""
    for taken in world.overrides:
        at = taken.started_at + timedelta(hours=5)
        service = taken.schedule.split()[0].lower()
        inside = world.since < at < world.until
        if inside and is_off_duty(world, taken.replaces, at, timedelta(hours=3)):
            span = (at, minutes(world, 15, 40))
            made = access(world, taken.replaces, "linux", f"{service}-hosts", span, 5, tag=_TAG)
            plant(world, _TAG, made, "Had given this shift to somebody else beforehand.")
            return


def _after_the_clock_change(world: World) -> None:
    """Log in 45 minutes after a night that was an hour shorter than others."""
    for schedule, ended_at in CLOCK_CHANGES.items():
        resource_id = f"{schedule.partition(' ')[0].lower()}-hosts"
        for shift in world.shifts:
            if shift.schedule == schedule and shift.ended_at == ended_at:
                at = ended_at + timedelta(minutes=45)
                spans = allowed(world, shift.engineer_id, resource_id)
                later = [s for s in shifts_of(world, shift.engineer_id) if s.ended_at > at]
                is_free = all(s.started_at > at + timedelta(hours=2) for s in later)
                if is_free and is_clear(spans, at, timedelta(minutes=14)):
                    span = (at, timedelta(minutes=12))
                    made = access(
                        world, shift.engineer_id, "teleport", resource_id, span, 5, tag=_TAG
                    )
                    plant(world, _TAG, made, "45 minutes after a night of eleven hours.")


def _denied(world: World) -> None:
    engineer_id, at = off_duty(world, world.members("data"), 13)
    approver = next(e for e in world.members("data") if e.engineer_id != engineer_id)
    people = (engineer_id, approver.engineer_id)
    start = at - timedelta(minutes=20)
    request(world, people, "data-warehouse", start, status="denied", reason="Ad-hoc export")
    span = (at, minutes(world, 20, 40))
    made = access(world, engineer_id, "teleport", "data-warehouse", span, 9, tag=_TAG)
    plant(world, _TAG, made, "The request for this time was denied.")


def _bystander(world: World) -> None:
    """Let somebody look into an incident that they never joined."""
    for broken in world.incidents[len(world.incidents) // 2 :]:
        at = broken.started_at + timedelta(minutes=30)
        for engineer in world.members(broken.service):
            busy = engineer.engineer_id in broken.responders
            if not busy and is_off_duty(world, engineer.engineer_id, at, timedelta(hours=3)):
                span = (at, minutes(world, 15, 30))
                resource_id = f"{broken.service}-hosts"
                made = access(
                    world, engineer.engineer_id, "teleport", resource_id, span, 6, tag=_TAG
                )
                plant(world, _TAG, made, "Never joined the incident that was open.")
                return


def _out_of_scope(world: World) -> None:
    wanted = (
        ("Payments primary", "postgresql", "search-db", 6),
        ("Platform primary", "linux", "data-hosts", 12),
        ("Data primary", "aws", "payments-cloud", 18),
        ("Search primary", "teleport", "platform-hosts", 24),
    )
    for schedule, system, resource_id, first in wanted:
        engineer_id, at = on_shift_elsewhere(world, schedule, resource_id, first)
        span, tag = (at, minutes(world, 15, 50)), "out_of_scope_resource"
        made = access(world, engineer_id, system, resource_id, span, 6, tag=tag)
        plant(world, tag, made, f"On shift for {schedule.split()[0]}, which does not own it.")


def _overruns(world: World) -> None:
    tag = "session_overrun"
    wanted = (
        ("Payments primary", "linux", "payments-hosts", 7),
        ("Platform primary", "teleport", "platform-hosts", 17),
        ("Search primary", "postgresql", "search-db", 3),
    )
    for schedule, system, resource_id, first in wanted:
        shift = last_shift_end(world, schedule, resource_id, first)
        span = (shift.ended_at - timedelta(minutes=48), timedelta(hours=3, minutes=25))
        made = access(world, shift.engineer_id, system, resource_id, span, 11, tag=tag)
        plant(world, tag, made, "Began on shift and went on for hours after it.")
    engineer_id, at = on_shift(world, "Data primary", 10)
    span = (at, timedelta(hours=13, minutes=20))
    made = access(world, engineer_id, "teleport", "data-hosts", span, 30, tag=tag)
    plant(world, tag, made, "One session of more than thirteen hours.")


def _unlisted(world: World) -> None:
    wanted = (
        ("Platform primary", "linux", "platform-hosts", "old-report-1", 8),
        ("Data primary", "teleport", "data-hosts", "lab-gpu-1", 15),
        ("Payments primary", "aws", "payments-cloud", UNLISTED_CLOUD, 22),
    )
    for schedule, system, resource_id, target, first in wanted:
        engineer_id, at = on_shift(world, schedule, first)
        span = (at, minutes(world, 15, 40))
        form = "role" if system == "aws" else ""
        known = access(
            world, engineer_id, system, resource_id, span, 6, tag="inventory_gap", form=form
        )
        world.accesses[-1] = replace(known, target=target, resource_id=None)
        answer = replace(world.accesses[-1], account=known.account)
        plant(world, "inventory_gap", answer, f"{target} is in no inventory.")
        world.answers[-1] = replace(world.answers[-1], source=target)


def _volumes(world: World) -> None:
    """Let two people do twenty times as much in one session as they ever did."""
    tag, first = "unusual_volume", len(list(world.days())) - 6
    wanted = (
        ("Platform primary", "teleport", "platform-hosts", 300),
        ("Payments primary", "postgresql", "payments-db", 420),
    )
    for schedule, system, resource_id, actions in wanted:
        engineer_id, at = quiet_minute(world, schedule, system, first)
        _habit(world, engineer_id, schedule, system, resource_id, at)
        span = (at, timedelta(minutes=48))
        made = access(world, engineer_id, system, resource_id, span, actions, tag=tag)
        plant(world, tag, made, f"{actions} actions; a usual session has fewer than 14.")


def _habit(
    world: World, engineer_id: str, schedule: str, system: str, resource_id: str, before: datetime
) -> None:
    """Give somebody the thirty and more earlier sessions without which nothing is unusual."""
    own = [
        s
        for s in shifts_of(world, engineer_id)
        if s.schedule == schedule and world.since <= s.started_at and s.ended_at < before
    ]
    for number in range(45):
        shift = own[number % len(own)]
        start = shift.started_at + timedelta(minutes=35 + 70 * (number // len(own)))
        length = minutes(world, 5, 40)
        if start + length < shift.ended_at:
            actions = world.random.randint(3, 13)
            access(world, engineer_id, system, resource_id, (start, length), actions)
