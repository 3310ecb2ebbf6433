"""Arranges log-ins that only look as if they came from a wrong place, by a wrong key or way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from oncall_audit.demo import networks
from oncall_audit.demo.answers import LookAlike
from oncall_audit.demo.changes import Credential, Device, GatewayEvent, Trip
from oncall_audit.demo.model import LoginFailure, World
from oncall_audit.demo.planted_network import WARM, enter, enter_console, spray
from oncall_audit.demo.records import plant, resemble
from oncall_audit.demo.undisturbed import undisturbed
from oncall_audit.demo.writers.sshd import fingerprint

_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)


def resemble_networks(world: World) -> None:
    """Arrange everything of this module."""
    _journey(world)
    _two_at_once(world)
    _near_home(world)
    _new_laptop(world)
    _through_the_gateway(world)
    _other_factors(world)
    _nearly_a_spray(world)
    _office_at_nine(world)
    _console(world)


def _journey(world: World) -> None:
    found = undisturbed(world, "Platform primary", WARM + 5, 40, unseen=networks.PORTUGAL)
    days = ((found.at - _DAY).date(), (found.at + 2 * _DAY).date())
    world.trips.append(Trip(found.who, "PT", *days, found.at - 4 * _DAY))
    made = enter(world, found, "teleport", "benign", address=networks.PORTUGAL)
    resemble(world, "declared_journey", made, "The journey to Portugal was declared before.")
    plant(world, "first_seen_network", made, "The country was declared, the provider is new.")


def _two_at_once(world: World) -> None:
    """Let people use a VPN, a phone or a relay beside their connection at home."""
    for name, address, first, why in (
        ("company_vpn", networks.VPN, WARM + 2, "The company's own VPN, beside the home network."),
        ("phone_beside_home", networks.PHONE, WARM + 4, "A phone that they used weeks before."),
        ("relay_abroad", networks.RELAY, WARM + 6, "A relay that they used weeks before."),
    ):
        found = undisturbed(world, "Payments primary", first, 60, unseen=networks.BRAZIL)
        earlier = undisturbed(world, "Payments primary", 3, 40, who=found.who)
        enter(world, earlier, "teleport", "", address=address)
        enter(world, found, "linux", "", length=45)
        made = enter(world, found, "teleport", "benign", after=15, length=25, address=address)
        resemble(world, name, made, why)


def _near_home(world: World) -> None:
    found = undisturbed(world, "Payments primary", WARM + 3, 100, is_back_that_day=True)
    enter(world, found, "linux", "", length=10)
    address = networks.HAMBURG
    made = enter(world, found, "linux", "benign", after=40, address=address)
    resemble(world, "other_city", made, "Half an hour and 255 km away, at the same provider.")
    found = undisturbed(world, "Platform primary", WARM + 1, 40)
    made = enter(world, found, "teleport", "benign", address=networks.NEW_YORK_TOO)
    resemble(world, "new_address_at_home", made, "Another address of the same provider.")


def _new_laptop(world: World) -> None:
    found = undisturbed(world, "Platform primary", WARM + 3, 40)
    key = "the replacement"
    world.devices.append(Device(found.who, fingerprint(key), found.at + 60 * _MINUTE))
    made = enter(world, found, "linux", "benign", credential=Credential(key=key))
    resemble(world, "replaced_laptop", made, "The inventory has its key the next night.")


def _through_the_gateway(world: World) -> None:
    found = undisturbed(world, "Platform primary", 18, 60)
    found = replace(found, resource_id="backup-hosts")
    enter(world, found, "teleport", "", length=15)
    made = enter(world, found, "linux", "benign", after=19, address=networks.GATEWAY)
    resemble(world, "through_the_gateway", made, "Four minutes after the session on the gateway.")


def _other_factors(world: World) -> None:
    found = undisturbed(world, "Payments primary", 9, 40)
    by_provider = Credential(has_factor=False, method="saml")
    made = enter(world, found, "teleport", "benign", credential=by_provider)
    resemble(world, "single_sign_on", made, "The identity provider asked for the second factor.")
    made = next(each for each in world.accesses if each.form == "role" and not each.tag)
    why = "The trail says that of every federated log-in."
    resemble(world, "federated_console_says_no_factor", made, why)


def _nearly_a_spray(world: World) -> None:
    start, address = world.since + 15 * _DAY + 400 * _MINUTE, "198.51.100.243"
    spray(world, "linux", 9, start, address)
    for number, name in enumerate(("admin", "test", "oracle", "git", "pi")):
        at = start + number * 3 * _MINUTE
        failure = LoginFailure("linux", name, "pay-app-2", at, address, is_known=False)
        world.failures.append(failure)
    why = "Nine people whom the directory knows; the other names are nobody's."
    world.look_alikes.append(LookAlike("nine_people", None, None, "linux", None, start, why))


def _office_at_nine(world: World) -> None:
    """Let twelve people mistype once in the office, and log in to the gateway right after."""
    start = world.since + 17 * _DAY + 8 * 60 * _MINUTE
    people = [*world.members("payments"), *world.members("search")][:12]
    for number, person in enumerate(people):
        at = start + number * 4 * _MINUTE
        mistyped = LoginFailure("teleport", person.email, "", at, networks.OFFICE)
        world.failures.append(mistyped)
        told = {
            "method": "saml",
            "success": True,
            "addr.remote": f"{networks.OFFICE}:{40000 + number}",
        }
        entered = GatewayEvent(at + _MINUTE, "user.login", "T1001I", person.email, told)
        world.gateway_events.append(entered)
    why = "Everybody got in a minute later, from the same office."
    world.look_alikes.append(LookAlike("office_at_nine", None, None, "teleport", None, start, why))


def _console(world: World) -> None:
    found = undisturbed(world, "Platform primary", 4, 40)
    other = next(e for e in world.members("platform") if e.engineer_id != found.who)
    enter_console(world, found, found.who, 0, "")
    made = enter_console(world, found, found.who, 90, "benign", networks.OFFICE)
    why = "One person's key, from two places."
    resemble(world, "shared_account_of_one_person", made, why)
    made = enter_console(world, found, other.engineer_id, 90 + 24 * 60 + 30, "benign")
    why = "Somebody else's key, but more than a day later."
    resemble(world, "shared_account_a_day_later", made, why)
