"""Plants clocks that are wrong, records later than their file, and what only resembles them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from oncall_audit.demo import networks
from oncall_audit.demo.answers import Answer
from oncall_audit.demo.changes import Credential, Device
from oncall_audit.demo.model import Access, World
from oncall_audit.demo.planted_behaviour import work
from oncall_audit.demo.records import access, resemble
from oncall_audit.demo.undisturbed import Undisturbed, undisturbed

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_LENGTH = 12


def plant_clocks(world: World) -> None:
    """Plant everything of this module."""
    _hosts(world)
    _tampered(world)
    _nearly(world)


def _hosts(world: World) -> None:
    for schedule, host, ahead, days in (
        ("Platform primary", "plat-app-2", 9, (6, 8, 11)),
        ("Platform primary", "bak-1", -8, (13, 15)),
        ("Payments primary", "pay-app-2", 70, (22, 25, 27)),
    ):
        made = [_pair(world, schedule, host, ahead, day, "clock_skew") for day in days]
        first = min(made, key=lambda each: each.started_at)
        note = f"The host's clock is {abs(ahead)} minutes {'ahead' if ahead > 0 else 'behind'}."
        _answer(world, first, note, host)


def _answer(world: World, made: Access, note: str, source: str) -> None:
    resource_id = made.resource_id if made.system == "linux" else None
    answer = Answer(
        "clock_skew", None, None, made.system, resource_id, made.started_at, note, source=source
    )
    world.answers.append(answer)


def _tampered(world: World) -> None:
    for schedule, first in (("Data primary", 12), ("Search primary", 26)):
        resource_id = f"{schedule.partition(' ')[0].lower()}-cloud"
        made = work(world, (schedule, "aws", resource_id, first, ()), "clock_skew")
        made = world.accesses[-1] = replace(made, delay=-50 * _MINUTE)
        _answer(world, made, "Records later than the delivery of their file.", "cloudtrail")


def _nearly(world: World) -> None:
    name, why = "clock_a_little_off", "Four minutes, twice: clocks may differ by five."
    for day in (7, 10):
        made = _pair(world, "Payments primary", "pay-app-1", 4, day, "benign")
    resemble(world, name, made, why)
    made = _pair(world, "Platform primary", "plat-app-1", 20, 17, "benign")
    resemble(world, "one_odd_pair", made, "Twenty minutes, but one pair alone.")
    for day in (20, 24):
        made = _pair(world, "Platform primary", "plat-app-3", 30, day, "benign", again=45)
    why = "Two sessions of one certificate within the hours: neither log-in has one of its own."
    resemble(world, "several_sessions_a_night", made, why)


def _pair(
    world: World, schedule: str, host: str, ahead: int, day: int, tag: str, *, again: int = 0
) -> Access:
    """Let somebody pass the gateway to a host whose clock is so many minutes ahead.

    `again` minutes later they do so without the host telling of it, if it is not 0.
    """
    found = undisturbed(world, schedule, day, max(ahead, again) + 30, host=host)
    if host.startswith("bak-"):
        found = replace(found, resource_id="backup-hosts")
    person = world.engineers[found.who]
    _pass(world, found, "teleport", host, 0)
    if again:
        _pass(world, found, "teleport", host, again)
    if not any(each.device_id == person.email for each in world.devices):
        world.devices.append(Device(found.who, person.email, world.since - _DAY))
    made = _pass(world, found, "linux", host, ahead)
    made = world.accesses[-1] = replace(
        made,
        form="certificate",
        tag=tag,
        address=networks.GATEWAY,
        credential=Credential(key=person.email),
    )
    return made


def _pass(world: World, found: Undisturbed, system: str, host: str, after: int) -> Access:
    span = (found.at + after * _MINUTE, _LENGTH * _MINUTE)
    made = access(world, found.who, system, found.resource_id, span, 3)
    made = world.accesses[-1] = replace(made, target=host)
    return made
