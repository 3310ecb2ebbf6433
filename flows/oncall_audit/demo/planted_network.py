"""Plants log-ins from places, by keys and past gateways as they should not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo import networks
from oncall_audit.demo.answers import Answer
from oncall_audit.demo.changes import OWN, Credential, Device, Trip
from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.records import access, minutes, plant
from oncall_audit.demo.undisturbed import Undisturbed, undisturbed

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
# From here on everybody's history is long enough for something in it to be new.
WARM = 19


def plant_networks(world: World) -> None:
    """Plant everything of this module."""
    _side_by_side(world)
    _too_far(world)
    _new_countries(world)
    _new_devices(world)
    _new_networks(world)
    _past_the_gateway(world)
    _one_factor(world)
    _sprays(world)
    _shared(world)


def enter(
    world: World,
    found: Undisturbed,
    system: str,
    tag: str,
    *,
    after: int = 0,
    length: int = 15,
    address: str = "",
    credential: Credential = OWN,
) -> Access:
    """Let the person found log in so many minutes after the moment found, and return it."""
    span = (found.at + after * _MINUTE, length * _MINUTE)
    made = access(world, found.who, system, found.resource_id, span, 4, tag=tag)
    made = replace(made, address=address or made.address, credential=credential)
    world.accesses[-1] = made
    return made


def _side_by_side(world: World) -> None:
    rule = "concurrent_networks"
    for schedule, system, first in (
        ("Payments primary", "teleport", 3),
        ("Platform primary", "linux", 8),
        ("Payments primary", "linux", WARM),
    ):
        found = undisturbed(world, schedule, first, 60, unseen=networks.PORTUGAL)
        enter(world, found, "linux", "", length=45)
        made = enter(world, found, system, rule, after=20, length=30, address=networks.PORTUGAL)
        note = "Twenty-five minutes in Portugal and at home at once."
        plant(world, rule, made, note, also=("first_seen_country",))
    found = undisturbed(world, "Payments primary", 5, 60)
    enter(world, found, "linux", "", length=45)
    other = Credential(key="somebody's old laptop")
    address = networks.OTHER_PROVIDER
    made = enter(world, found, "linux", rule, after=10, address=address, credential=other)
    plant(world, rule, made, "Two providers of one country, and two keys, at once.")


def _too_far(world: World) -> None:
    rule = "impossible_travel"
    for schedule, system, first in (
        ("Platform primary", "linux", 4),
        ("Payments primary", "teleport", 11),
        ("Platform primary", "teleport", WARM),
    ):
        found = undisturbed(world, schedule, first, 110, is_back_that_day=True)
        if first == WARM:
            _declare(world, found, "BR", found.at - 3 * _DAY)
        enter(world, found, "linux", "")
        made = enter(world, found, system, rule, after=80, address=networks.BRAZIL)
        plant(world, rule, made, "In Brazil an hour after a log-in at home.")


def _declare(world: World, found: Undisturbed, country: str, recorded_at: datetime) -> None:
    first, last = (found.at - _DAY).date(), (found.at + _DAY).date()
    world.trips.append(Trip(found.who, country, first, last, recorded_at))


def _new_countries(world: World) -> None:
    rule = "first_seen_country"
    for schedule, system, first in (
        ("Payments primary", "linux", WARM + 1),
        ("Platform primary", "teleport", WARM + 3),
        ("Payments primary", "postgresql", WARM + 5),
    ):
        found = undisturbed(world, schedule, first, 40, unseen=networks.PORTUGAL)
        if system == "postgresql":
            found = replace(found, resource_id="payments-db")
            _declare(world, found, "PT", found.at + 2 * _DAY)
        made = enter(world, found, system, rule, address=networks.PORTUGAL)
        told = "only two days later" if system == "postgresql" else "never"
        plant(world, rule, made, f"Never came from Portugal; the journey was declared {told}.")


def _new_devices(world: World) -> None:
    rule = "first_seen_device"
    for schedule, system, key, first in (
        ("Payments primary", "linux", "a new laptop", WARM + 2),
        ("Platform primary", "teleport", "7d0c1f52-0000-4000-a000-00000000d001", WARM + 4),
        ("Platform primary", "linux", "a borrowed laptop", WARM + 6),
    ):
        found = undisturbed(world, schedule, first, 40)
        made = enter(world, found, system, rule, credential=Credential(key=key))
        plant(world, rule, made, "With what neither the directory nor the person's past knows.")


def _new_networks(world: World) -> None:
    rule = "first_seen_network"
    for schedule, system, address, first in (
        ("Payments primary", "linux", networks.OTHER_PROVIDER, WARM + 1),
        ("Platform primary", "aws", networks.OTHER_AMERICAN, WARM + 7),
    ):
        found = undisturbed(world, schedule, first, 40, unseen=address)
        if system == "aws":
            found = replace(found, resource_id="platform-cloud")
        made = enter(world, found, system, rule, address=address)
        plant(world, rule, made, "Through a provider that they never used before.")


def _past_the_gateway(world: World) -> None:
    rule = "gateway_bypass"
    for system, address, has_session, first in (
        ("linux", "", False, 6),
        ("linux", "", True, 12),
        ("linux", networks.GATEWAY, False, 16),
        ("aws", "", False, 23),
    ):
        found = undisturbed(world, "Platform primary", first, 60)
        found = replace(found, resource_id="backup-hosts")
        if has_session:
            enter(world, found, "teleport", "", length=40)
        made = enter(world, found, system, rule, after=10, address=address)
        place = "the gateway's address" if address else "their own address"
        also = "and" if has_session else "and without"
        plant(world, rule, made, f"From {place}, {also} a session on the gateway.")


def _one_factor(world: World) -> None:
    rule = "no_mfa"
    for schedule, system, first in (
        ("Payments primary", "teleport", 7),
        ("Platform primary", "aws", 13),
        ("Data primary", "teleport", 24),
    ):
        found = undisturbed(world, schedule, first, 40)
        if system == "aws":
            found = replace(found, resource_id="platform-cloud")
        made = enter(world, found, system, rule, credential=Credential(has_factor=False))
        plant(world, rule, made, "A password alone was enough.")


def spray(world: World, system: str, people: int, start: datetime, address: str) -> None:
    """Let the log-ins of so many people fail from one address, twice each, within the hour."""
    target = "pay-app-2" if system == "linux" else ""
    staff = [each for each in world.engineers.values() if each.is_rostered]
    for number, person in enumerate(world.random.sample(staff, people)):
        for again in range(2):
            at = start + timedelta(seconds=260 * number + 20 * again)
            failure = LoginFailure(system, person.account(system), target, at, address)
            world.failures.append(failure)


def _sprays(world: World) -> None:
    rule = "password_spray"
    for system, people, day, address in (
        ("linux", 12, 10, "198.51.100.241"),
        ("teleport", 10, 26, "198.51.100.242"),
    ):
        start = world.since + day * _DAY + minutes(world, 60, 1200)
        spray(world, system, people, start, address)
        note = f"Two tries at each of {people} people within the hour."
        answer = Answer(rule, None, None, system, None, start, note, source=address)
        world.answers.append(answer)


def _shared(world: World) -> None:
    rule = "shared_account"
    one = undisturbed(world, "Platform primary", 14, 40)
    two = next(e for e in world.members("platform") if e.engineer_id != one.who)
    enter_console(world, one, one.who, 0, "")
    made = enter_console(world, one, two.engineer_id, 5 * 60, rule)
    plant(world, rule, made, "Two people's keys opened it within five hours.")
    for schedule, system, first in (
        ("Payments primary", "linux", 17),
        ("Platform primary", "teleport", 25),
    ):
        found = undisturbed(world, schedule, first, 40)
        team = world.engineers[found.who].team
        lender = next(e for e in world.members(team) if e.engineer_id != found.who)
        key = (
            lender.engineer_id if system == "linux" else f"{found.who}-0000-4000-a000-0d0000000002"
        )
        if system == "teleport":
            world.devices.append(Device(lender.engineer_id, key, world.since - _DAY))
        made = enter(world, found, system, rule, credential=Credential(key=key))
        plant(world, rule, made, f"With what belongs to {lender.name}.")


def enter_console(
    world: World, found: Undisturbed, key: str, after: int, tag: str, address: str = ""
) -> Access:
    """Let somebody use the shared account of the consoles, so many minutes later."""
    person = world.engineers[key]
    start = found.at + after * _MINUTE
    made = Access(
        system="linux",
        account="console",
        engineer_id=None,
        target="plat-app-3",
        resource_id="platform-hosts",
        started_at=start,
        ended_at=start + minutes(world, 6, 20),
        actions=3,
        address=address or person.address,
        tag=tag,
        credential=Credential(key=key),
    )
    world.accesses.append(made)
    return made
