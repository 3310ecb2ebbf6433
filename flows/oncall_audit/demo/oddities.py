"""Arranges harmless oddities of logs: programs, typing errors, lost lines, scanners."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from oncall_audit.demo.answers import LookAlike
from oncall_audit.demo.model import Access, LoginFailure, World
from oncall_audit.demo.occasions import off_duty, on_shift, quiet_minute, shifts_from
from oncall_audit.demo.records import access, minutes, mistype, resemble

QUIET_NIGHT = 6


def oddities(world: World) -> None:
    """Arrange everything of this module."""
    _on_shift(world)
    _weekend(world)
    _typing_errors(world)
    _scanners(world)
    _broken_automation(world)
    _programs(world)
    _echo(world)


def _on_shift(world: World) -> None:
    wanted = (
        ("shared_infrastructure", "Search primary", "message-bus", "Two teams own the bus.", 7),
        ("similar_names", "Search primary", "search-hosts", "", 18),
        (
            "new_host_of_a_group",
            "Payments primary",
            "payments-hosts",
            "The inventory knows it by pattern.",
            15,
        ),
        ("lost_end", "Data primary", "data-hosts", "The line that ends the session was lost.", 19),
    )
    for name, schedule, resource_id, why, first in wanted:
        engineer_id, at = on_shift(world, schedule, first)
        form = "lost_end" if name == "lost_end" else ""
        span = (at, minutes(world, 15, 40))
        made = access(world, engineer_id, "linux", resource_id, span, 6, tag="benign", form=form)
        if name == "new_host_of_a_group":
            made = world.accesses[-1] = replace(made, target="pay-app-17")
        if name != "similar_names":
            resemble(world, name, made, why)
    _similar_names(world)


def _similar_names(world: World) -> None:
    names = [e for e in world.engineers.values() if e.name in ("Jonas Weber", "Jonas Webber")]
    for made in world.accesses:
        if made.engineer_id == names[1].engineer_id and not made.tag:
            why = f"{names[1].name} is on shift; {names[0].name} is somebody else."
            resemble(world, "similar_names", made, why)
            return


def _weekend(world: World) -> None:
    for shift in shifts_from(world, "Data secondary", 6, hours=30):
        at = shift.started_at + timedelta(hours=20)
        span = (at, minutes(world, 20, 50))
        made = access(world, shift.engineer_id, "teleport", "data-warehouse", span, 8, tag="benign")
        resemble(world, "weekend_second_level", made, "The second level covers the week-end.")
        return


def _typing_errors(world: World) -> None:
    engineer_id, at = quiet_minute(world, "Data primary", "linux", 4)
    span = (at, minutes(world, 15, 30))
    made = access(world, engineer_id, "linux", "data-hosts", span, 5, tag="benign")
    mistype(world, made, 3)
    resemble(world, "typing_errors", made, "Three wrong passwords, then the right one.")
    engineer_id, at = off_duty(world, world.members("search"), 17)
    person = world.engineers[engineer_id]
    for number in range(2):
        moment = at + timedelta(seconds=15 * number)
        account = person.account("linux")
        world.failures.append(LoginFailure("linux", account, "srch-app-2", moment, person.address))
    _note(world, "gave_up", account, "linux", at, "Two failures off shift and no access.")


def _note(
    world: World, name: str, account: str | None, system: str, at: datetime, why: str
) -> None:
    owner = next((e.engineer_id for e in world.engineers.values() if e.login == account), None)
    world.look_alikes.append(LookAlike(name, owner, account, system, None, at, why))


def _scanners(world: World) -> None:
    names = ("admin", "oracle", "test", "ubuntu", "git", "ftpuser", "pi")
    for day in world.days():
        start = day + minutes(world, 0, 1300)
        host = world.random.choice(("pay-app-1", "plat-app-1", "data-app-3"))
        address = f"192.0.2.{world.random.randint(2, 250)}"
        for number, name in enumerate(names):
            at = start + timedelta(seconds=4 * number)
            world.failures.append(LoginFailure("linux", name, host, at, address, is_known=False))
    _note(world, "scanners", None, "linux", start, "Names that nobody has, and no success.")


def _broken_automation(world: World) -> None:
    start = world.since + timedelta(days=18, hours=3)
    for number in range(240):
        at = start + timedelta(minutes=5 * number)
        failure = LoginFailure("postgresql", "app_report", "payments", at, "192.0.2.77")
        world.failures.append(failure)
    why = "A program with an expired password, three tries in fifteen minutes."
    _note(world, "broken_automation", "app_report", "postgresql", start, why)


def _programs(world: World) -> None:
    at = world.since + timedelta(days=12, hours=2, minutes=40)
    for name, account, system, target, why in (
        ("program_at_night", "deploy", "linux", "pay-app-2", "A program has no shifts."),
        ("shared_account_listed", "console", "linux", "plat-app-1", "The directory lists it."),
    ):
        world.accesses.append(
            Access(
                system=system,
                account=account,
                engineer_id=None,
                target=target,
                resource_id=None,
                started_at=at,
                ended_at=at + timedelta(minutes=6),
                actions=3,
                address="192.0.2.20",
                tag="benign",
            )
        )
        _note(world, name, account, system, at, why)
    night = world.since + timedelta(days=QUIET_NIGHT, hours=1)
    _note(
        world, "quiet_night", None, "teleport", night, "Five quiet hours, under the limit of six."
    )
    why = "A program may hold it for good."
    _note(
        world, "program_with_all_rights", "terraform", "aws", world.since + timedelta(days=1), why
    )


def _echo(world: World) -> None:
    """Let a service of the cloud act in a person's name while that person sleeps."""
    engineer_id, at = off_duty(world, world.members("data"), 21)
    person = world.engineers[engineer_id]
    world.accesses.append(
        Access(
            system="aws",
            account=person.email,
            engineer_id=None,
            target="777788889999",
            resource_id=None,
            started_at=at,
            ended_at=at + timedelta(seconds=30),
            actions=4,
            address="cloudformation.amazonaws.com",
            form="echo",
            tag="benign",
        )
    )
    _note(world, "service_in_ones_name", person.email, "aws", at, "A service acts, not the person.")
