"""Puts the organisation together, in the order in which one thing needs the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

from oncall_audit.demo import behaviour, inventory, look_alikes, planted_accounts, schedule
from oncall_audit.demo.entitlements import hold
from oncall_audit.demo.first_uses import note_first_uses
from oncall_audit.demo.inventory import log_source
from oncall_audit.demo.machines import machines
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.network_look_alikes import resemble_networks
from oncall_audit.demo.oddities import oddities
from oncall_audit.demo.people import engineers
from oncall_audit.demo.planted_access import plant_accesses
from oncall_audit.demo.planted_approvals import plant_approvals
from oncall_audit.demo.planted_behaviour import plant_behaviour
from oncall_audit.demo.planted_clocks import plant_clocks
from oncall_audit.demo.planted_contractors import plant_contractors
from oncall_audit.demo.planted_digests import plant_digests
from oncall_audit.demo.planted_grants import plant_grants
from oncall_audit.demo.planted_hours import plant_hours
from oncall_audit.demo.planted_network import plant_networks
from oncall_audit.demo.planted_peers import plant_peers
from oncall_audit.demo.planted_reviews import plant_reviews
from oncall_audit.demo.planted_schedule import plant_schedules
from oncall_audit.demo.planted_trails import plant_trails

# Both the American and the European change of clocks lie in the weeks before.
UNTIL = datetime(2026, 4, 3, tzinfo=UTC)


def build(seed: int = 7, days: int = 35, count: int = 24) -> World:
    """Return the organisation; the same numbers give the same one."""
    if days < 35 or count < 20:
        raise ValueError("The demo needs 35 days and 20 engineers at least: ask for more.")
    # Reproducible on purpose; nothing here is a secret.
    random = Random(seed)  # noqa: S311
    since = UNTIL - timedelta(days=days)
    people = engineers(random, count, since, UNTIL)
    world = World(
        random=random,
        since=since,
        until=UNTIL,
        engineers=people,
        services=inventory.services(),
        resources=inventory.resources(),
        rotations=schedule.rotations(random, people),
    )
    _happen(world)
    # Of their own chance, so that what is planted here moves nothing else.
    entitled = replace(world, random=Random(f"{seed}-entitlements"))  # noqa: S311
    plant_contractors(entitled)
    plant_approvals(entitled)
    plant_reviews(entitled)
    plant_schedules(world)
    plant_hours(world, Random(f"{seed}-schedule"))  # noqa: S311
    online = replace(world, random=Random(f"{seed}-network"))  # noqa: S311
    plant_networks(online)
    resemble_networks(online)
    behaved = replace(world, random=Random(f"{seed}-behaviour"))  # noqa: S311
    plant_behaviour(behaved)
    plant_trails(behaved)
    plant_digests(world)
    plant_clocks(replace(world, random=Random(f"{seed}-clocks")))  # noqa: S311
    plant_peers(replace(world, random=Random(f"{seed}-peers")))  # noqa: S311
    _trim(world)
    note_first_uses(world)
    return world


def _happen(world: World) -> None:
    planted_accounts.silence(world)
    behaviour.substitutions(world)
    look_alikes.shorten_nights(world)
    changes = look_alikes.change_schedules(world)
    world.shifts = [s for r in world.rotations for s in schedule.final_shifts(world, r)]
    behaviour.incidents(world)
    behaviour.requests(world)
    look_alikes.cover(world)
    behaviour.routine(world)
    look_alikes.use_changed_schedules(world, changes)
    look_alikes.at_the_edges(world)
    oddities(world)
    plant_accesses(world)
    planted_accounts.plant_accounts(world)
    behaviour.visits(world)
    machines(world)
    hold(world)
    plant_grants(world)


def _trim(world: World) -> None:
    """Drop what lies outside the period or in a log that is missing."""
    world.accesses = [made for made in world.accesses if _is_logged(world, made)]
    world.failures = [
        failure
        for failure in world.failures
        if world.since <= failure.at < world.until
        and not _is_lost(world, failure.system, failure.target, failure.at, failure.at)
    ]


def _is_logged(world: World, made: Access) -> bool:
    inside = world.since + timedelta(minutes=2) <= made.started_at and made.ended_at < world.until
    span = (made.started_at - timedelta(minutes=2), made.ended_at + timedelta(minutes=2))
    return inside and not _is_lost(world, made.system, made.target, *span)


def _is_lost(world: World, system: str, target: str, start: datetime, end: datetime) -> bool:
    source = log_source(system, target)
    return any(
        silence.source == source and start < silence.ended_at and silence.started_at <= end
        for silence in world.silences
    )
