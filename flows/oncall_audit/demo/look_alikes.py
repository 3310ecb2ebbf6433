"""Arranges what resembles a violation and is none: covered accesses at odd times."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from oncall_audit.demo.model import Override, Shift, World
from oncall_audit.demo.occasions import last_shift_end, off_duty, on_shift, shifts_from
from oncall_audit.demo.planted_accounts import break_glass_account, break_glass_owners
from oncall_audit.demo.records import access, incident, minutes, override, request, resemble
from oncall_audit.demo.schedule import final_shifts
from oncall_audit.demo.windows import is_off_duty

# Nights that were eleven hours long, by when they ended.
CLOCK_CHANGES = {
    "Payments primary": datetime(2026, 3, 29, 6, tzinfo=UTC),
    "Platform primary": datetime(2026, 3, 8, 12, tzinfo=UTC),
}


def change_schedules(world: World) -> dict[str, Override]:
    """Type in an override shortly before its shift, a swap, and two shifts in a row."""
    daily = {r.schedule: final_shifts(world, r) for r in world.rotations if r.turn == "daily"}
    own = {
        schedule: [s for s in shifts if world.since < s.started_at and s.ended_at < world.until]
        for schedule, shifts in daily.items()
    }
    taken = {each.started_at for each in world.overrides}
    payments = [s for s in own["Payments primary"] if s.started_at not in taken]
    platform = [s for s in own["Platform primary"] if s.started_at not in taken]
    late = payments[14]
    others = [e.engineer_id for e in world.members("payments") if e.engineer_id != late.engineer_id]
    one, two = platform[20], platform[21]
    first, second = _neighbours(payments[26:])
    return {
        "override_before_shift": override(world, late, others[0], timedelta(minutes=50)),
        "swap": override(world, one, two.engineer_id, timedelta(days=3)),
        "swap_back": override(world, two, one.engineer_id, timedelta(days=3)),
        "two_shifts_in_a_row": override(world, second, first.engineer_id, timedelta(days=2)),
    }


def shorten_nights(world: World) -> None:
    """Give the nights of the two clock changes to people who have nothing else around them."""
    for schedule, ended_at in CLOCK_CHANGES.items():
        rotation = next(r for r in world.rotations if r.schedule == schedule)
        own = [r for r in world.rotations if r.team == rotation.team]
        shifts = [shift for each in own for shift in final_shifts(world, each)]
        night = next(s for s in shifts if s.schedule == schedule and s.ended_at == ended_at)
        busy = {
            shift.engineer_id
            for shift in shifts
            if shift.started_at < ended_at + timedelta(hours=6)
            and shift.ended_at > night.started_at
        }
        free = next(m for m in rotation.members if m not in busy)
        override(world, night, free, timedelta(days=2))


def _neighbours(shifts: list[Shift]) -> tuple[Shift, Shift]:
    return next(
        (one, two)
        for one, two in pairwise(shifts)
        if one.ended_at == two.started_at and one.engineer_id != two.engineer_id
    )


def cover(world: World) -> None:
    """Open the incidents and approve the requests that cover an odd access, and make it."""
    _helper(world)
    _maintenance(world)
    _drill(world)
    _opened_late(world)
    _busy_night(world)
    _new_hire(world)
    _across_hand_over(world)


def _helper(world: World) -> None:
    engineer_id, at = off_duty(world, world.members("data"), 8)
    start = at - timedelta(minutes=25)
    joined = ((engineer_id, start + timedelta(minutes=9)),)
    incident(
        world, "payments", (start, timedelta(minutes=70)), _first(world, "payments", start), joined
    )
    span = (at, minutes(world, 20, 40))
    made = access(world, engineer_id, "teleport", "payments-hosts", span, 14, tag="benign")
    resemble(world, "incident_helper", made, "Joined the open incident of another team.")


def _first(world: World, service: str, at: datetime) -> str:
    schedule = world.services[service].schedules[0]
    found = (s for s in world.shifts if s.schedule == schedule and s.started_at <= at < s.ended_at)
    return next(found).engineer_id


def _maintenance(world: World) -> None:
    engineer_id, at = off_duty(world, world.members("search"), 12)
    approver = next(e for e in world.members("search") if e.engineer_id != engineer_id)
    start = at - timedelta(minutes=4)
    people = (engineer_id, approver.engineer_id)
    request(world, people, "search-db", start, hours=2.5, reason="Approved maintenance: reindex")
    span = (at, timedelta(minutes=130))
    made = access(world, engineer_id, "postgresql", "search-db", span, 12, tag="benign")
    resemble(world, "approved_maintenance", made, "An approved request covers exactly this time.")


def _drill(world: World) -> None:
    owners = [world.engineers[e] for e, s in break_glass_owners(world).items() if s == "aws"]
    engineer_id, at = off_duty(world, owners, 5)
    title = "[drill] Emergency access to the platform account"
    start = at - timedelta(minutes=6)
    incident(world, "platform", (start, timedelta(minutes=90)), engineer_id, title=title)
    span = (at, timedelta(minutes=30))
    made = access(
        world, engineer_id, "aws", "platform-cloud", span, 6, tag="benign", form="emergency"
    )
    account = break_glass_account(world, engineer_id, "aws")
    world.accesses[-1] = replace(made, account=account)
    resemble(world, "break_glass_drill", world.accesses[-1], "A drill with an incident of its own.")


def _opened_late(world: World) -> None:
    owners = {e for e, system in break_glass_owners(world).items() if system == "postgresql"}
    for shift in shifts_from(world, "Payments primary", 10):
        if shift.engineer_id in owners:
            break
    else:
        return
    at = shift.started_at + timedelta(hours=4)
    start = at + timedelta(minutes=8)
    incident(world, "payments", (start, timedelta(minutes=60)), shift.engineer_id)
    span = (at, timedelta(minutes=35))
    made = access(world, shift.engineer_id, "postgresql", "payments-db", span, 9, tag="benign")
    account = break_glass_account(world, shift.engineer_id, "postgresql")
    world.accesses[-1] = replace(made, account=account)
    why = "The incident was opened eight minutes after the emergency access."
    resemble(world, "incident_opened_late", world.accesses[-1], why)


def _busy_night(world: World) -> None:
    engineer_id, at = on_shift(world, "Search primary", 16)
    start = at - timedelta(minutes=10)
    incident(world, "search", (start, timedelta(hours=3)), engineer_id)
    span = (at, timedelta(minutes=150))
    made = access(world, engineer_id, "teleport", "search-hosts", span, 110, tag="benign")
    resemble(world, "busy_incident_night", made, "Much work, but in an incident.")


def _new_hire(world: World) -> None:
    person = next(e for e in world.engineers.values() if not e.is_rostered)
    start = person.started_at + timedelta(days=3, hours=15)
    joined = ((person.engineer_id, start + timedelta(minutes=5)),)
    service = person.team
    incident(world, service, (start, timedelta(minutes=80)), _first(world, service, start), joined)
    span = (start + timedelta(minutes=12), timedelta(minutes=40))
    made = access(world, person.engineer_id, "linux", f"{service}-hosts", span, 5, tag="benign")
    resemble(world, "new_hire", made, "In the directory for three days; joined the incident.")


def _across_hand_over(world: World) -> None:
    shift = last_shift_end(world, "Platform primary", "platform-hosts", 22)
    start = shift.ended_at - timedelta(minutes=50)
    incident(world, "platform", (start, timedelta(minutes=160)), shift.engineer_id)
    span = (start + timedelta(minutes=10), timedelta(minutes=170))
    made = access(world, shift.engineer_id, "linux", "platform-hosts", span, 16, tag="benign")
    resemble(world, "incident_across_hand_over", made, "Stayed on the incident after the shift.")


def use_changed_schedules(world: World, changes: dict[str, Override]) -> None:
    """Let people work in the shifts they took over."""
    told = {
        "override_before_shift": "The override was typed in 50 minutes before the shift.",
        "swap": "Swapped with a colleague three days before.",
    }
    for name, why in told.items():
        taken = changes[name]
        resource_id = f"{taken.schedule.split()[0].lower()}-hosts"
        span = (taken.started_at + timedelta(hours=2), minutes(world, 15, 40))
        made = access(world, taken.engineer_id, "linux", resource_id, span, 6, tag="benign")
        resemble(world, name, made, why)
    second = changes["two_shifts_in_a_row"]
    span = (second.started_at - timedelta(minutes=70), timedelta(minutes=190))
    made = access(world, second.engineer_id, "teleport", "payments-hosts", span, 9, tag="benign")
    resemble(world, "two_shifts_in_a_row", made, "The next shift is the same person's.")


def at_the_edges(world: World) -> None:
    """Work within the grace before and after a shift, and in nights that the clocks change."""
    for shift in shifts_from(world, "Platform primary", 6):
        at = shift.started_at - timedelta(minutes=11)
        if is_off_duty(world, shift.engineer_id, at, timedelta(minutes=10)):
            span = (at, minutes(world, 15, 30))
            made = access(
                world, shift.engineer_id, "teleport", "platform-hosts", span, 5, tag="benign"
            )
            resemble(world, "early_hand_off", made, "Eleven minutes before the shift.")
            break
    late = last_shift_end(world, "Payments primary", "payments-hosts", 12)
    span = (late.ended_at - timedelta(minutes=30), timedelta(minutes=54))
    made = access(world, late.engineer_id, "linux", "payments-hosts", span, 6, tag="benign")
    resemble(world, "late_finish", made, "Ends 24 minutes after the shift.")
    _clock_changes(world)


def _clock_changes(world: World) -> None:
    wanted = (
        ("Payments primary", datetime(2026, 3, 29, 5, 38, tzinfo=UTC), "payments-db", "europe"),
        ("Platform primary", datetime(2026, 3, 8, 12, 6, tzinfo=UTC), "platform-hosts", "america"),
    )
    for schedule, at, resource_id, place in wanted:
        for shift in world.shifts:
            if shift.schedule == schedule and shift.started_at <= at < shift.ended_at:
                span = (at, timedelta(minutes=18))
                made = access(
                    world, shift.engineer_id, "teleport", resource_id, span, 5, tag="benign"
                )
                why = "On shift by local time on the day that the clocks changed."
                resemble(world, f"clock_change_in_{place}", made, why)
