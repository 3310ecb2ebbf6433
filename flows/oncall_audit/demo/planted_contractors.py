"""Plants contractors who come, leave and come back, and what becomes of their access."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from oncall_audit.demo.answers import Answer, LookAlike
from oncall_audit.demo.changes import Employment
from oncall_audit.demo.inventory import ROLE_PERMISSIONS
from oncall_audit.demo.model import Access, Engineer, Grant, World
from oncall_audit.demo.people import ZONES
from oncall_audit.demo.planted_grants import snapshot_times
from oncall_audit.demo.records import access, minutes, plant, request, resemble

_NAMES = (
    "Ines Duarte", "Tariq Mansour", "Mila Horvat", "Noor Rahman", "Pavel Dvorak", "Lena Fischer",
    "Owen Clarke",
)  # fmt: skip
_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)


def plant_contractors(world: World) -> None:
    """Plant everything of this module."""
    people = [_hire(world, *each) for each in enumerate(zip(_NAMES, _TEAMS, strict=True))]
    leaver, late, gone, again, disabled, early, evening = people
    _left(world, leaver)
    _recorded_late(world, late)
    _vanished(world, gone)
    _came_back(world, again)
    _disabled(world, disabled)
    _before_the_directory(world, early)
    _last_evening(world, evening)
    _stranger_with_rights(world)


_TEAMS = ("payments", "search", "data", "data", "search", "payments", "data")


def _hire(world: World, number: int, told: tuple[str, str]) -> Engineer:
    name, team = told
    login = ".".join(name.lower().split())
    person = Engineer(
        engineer_id=f"c{number + 1:02d}",
        name=name,
        email=f"{login}@example.com",
        team=team,
        role="contractor",
        time_zone=ZONES[team],
        login=login,
        pager_id=f"PC{number + 1:02d}EXT",
        address=f"203.0.113.{230 + number}",
        # Nothing that they hold is old enough to lie unused.
        started_at=world.until - 27 * _DAY,
        is_rostered=False,
    )
    world.engineers[person.engineer_id] = person
    return person


def _employ(world: World, person: Engineer, *later: Employment) -> None:
    begun = Employment(person.started_at, person.started_at)
    world.employments[person.engineer_id] = (begun, *later)


def _hold(
    world: World, person: Engineer, system: str, since: datetime, until: datetime | None = None
) -> Grant:
    """Let the team's group give the team's right on its hosts."""
    held = Grant(
        system=system,
        account=person.account(system),
        engineer_id=person.engineer_id,
        resource_name=f"{person.team}-hosts",
        permission=ROLE_PERMISSIONS[system],
        granted_via=f"group:{person.team}",
        is_privileged=False,
        granted_at=since + 8 * _HOUR,
        removed_at=until,
    )
    world.grants.append(held)
    return held


def _orphaned(world: World, held: Grant, ended_at: datetime, note: str) -> None:
    seen = next(t for t in snapshot_times(world) if t > ended_at + _DAY)
    world.answers.append(
        Answer(
            "orphan_account",
            held.engineer_id,
            held.account,
            held.system,
            held.resource_name,
            seen,
            note,
        )
    )


def _enter(world: World, person: Engineer, system: str, at: datetime, tag: str) -> Access:
    span = (at, minutes(world, 10, 25))
    return access(world, person.engineer_id, system, f"{person.team}-hosts", span, 5, tag=tag)


def _looks(world: World, name: str, held: Grant, at: datetime, why: str) -> None:
    world.look_alikes.append(
        LookAlike(name, held.engineer_id, held.account, held.system, held.resource_name, at, why)
    )


def _ask(world: World, person: Engineer, at: datetime) -> None:
    approver = world.members(person.team)[0].engineer_id
    people = (person.engineer_id, approver)
    request(world, people, f"{person.team}-hosts", at, permission="access", hours=1.5)


def _left(world: World, person: Engineer) -> None:
    """Forget one of a leaver's rights, and let them use it; take the other back in time."""
    ended_at = world.until - 12 * _DAY + 17 * _HOUR
    _employ(world, person, Employment(ended_at - 2 * _DAY, person.started_at, ended_at))
    forgotten = _hold(world, person, "linux", person.started_at)
    in_time = _hold(world, person, "teleport", person.started_at, ended_at + 10 * _HOUR)
    _orphaned(world, forgotten, ended_at, "Still in the export long after the last day.")
    _looks(
        world, "removed_within_a_day", in_time, ended_at + 9 * _HOUR, "Taken back ten hours later."
    )
    made = _enter(world, person, "linux", ended_at + 2 * _DAY + 3 * _HOUR, "leaver_access")
    plant(world, "leaver_access", made, "Left two days before, as the directory said in time.")


def _recorded_late(world: World, person: Engineer) -> None:
    """Enter somebody's end days after they used their access once more."""
    ended_at = world.until - 10 * _DAY + 12 * _HOUR
    _employ(world, person, Employment(ended_at + 4 * _DAY, person.started_at, ended_at))
    _hold(world, person, "teleport", person.started_at, ended_at + 23 * _HOUR)
    made = _enter(world, person, "teleport", ended_at + 20 * _HOUR, "leaver_access")
    plant(world, "leaver_access", made, "The end was typed in three days after the access.")


def _vanished(world: World, person: Engineer) -> None:
    """Drop somebody from the directory without a last day."""
    seen = next(t for t in snapshot_times(world) if t >= world.until - 8 * _DAY)
    gone = Employment(seen - 2 * _HOUR, person.started_at, is_listed=False)
    _employ(world, person, gone)
    held = _hold(world, person, "teleport", person.started_at, seen + 3 * _DAY)
    _orphaned(world, held, seen, "Nobody of that name is left in the directory.")
    made = _enter(world, person, "teleport", seen + 31 * _HOUR, "leaver_access")
    plant(world, "leaver_access", made, "Gone from the directory the day before.")


def _came_back(world: World, person: Engineer) -> None:
    ended_at = world.until - 18 * _DAY + 17 * _HOUR
    back_at = world.until - 6 * _DAY
    _employ(
        world,
        person,
        Employment(ended_at - _DAY, person.started_at, ended_at),
        Employment(back_at - _DAY, back_at),
    )
    _hold(world, person, "teleport", person.started_at, ended_at + 6 * _HOUR)
    _hold(world, person, "teleport", back_at)
    at = back_at + 34 * _HOUR
    _ask(world, person, at - timedelta(minutes=10))
    made = _enter(world, person, "teleport", at, "benign")
    resemble(world, "rehired", made, "Left once, and was employed again before this.")


def _disabled(world: World, person: Engineer) -> None:
    ended_at = world.until - 14 * _DAY + 16 * _HOUR
    _employ(world, person, Employment(ended_at - _DAY, person.started_at, ended_at))
    held = _hold(world, person, "linux", person.started_at)
    world.grants[-1] = replace(held, disabled_at=ended_at + 2 * _HOUR)
    why = "The account is still listed, but was disabled on the last day."
    _looks(world, "disabled_but_listed", held, ended_at + 3 * _DAY, why)


def _before_the_directory(world: World, person: Engineer) -> None:
    """Let somebody work two days before the directory has them."""
    started_at = world.until - 9 * _DAY
    world.engineers[person.engineer_id] = person = replace(person, started_at=started_at)
    world.employments[person.engineer_id] = (Employment(started_at + 2 * _DAY, started_at),)
    _hold(world, person, "teleport", started_at)
    at = started_at + 11 * _HOUR
    _ask(world, person, at - timedelta(minutes=5))
    made = _enter(world, person, "teleport", at, "benign")
    resemble(world, "new_hire_before_directory_sync", made, "The directory has them the day after.")


def _last_evening(world: World, person: Engineer) -> None:
    """Let somebody work on the evening of their last day, when it is past midnight in UTC."""
    last = world.until - 11 * _DAY
    _employ(world, person, Employment(last - 3 * _DAY, person.started_at, _day(last)))
    at = last + 25 * _HOUR + timedelta(minutes=30)
    _hold(world, person, "teleport", person.started_at, last + 30 * _HOUR)
    _ask(world, person, at - timedelta(minutes=10))
    made = _enter(world, person, "teleport", at, "benign")
    resemble(world, "last_day_where_one_lives", made, "Half past nine in the evening in New York.")


def _day(moment: datetime) -> date:
    return moment.date()


def _stranger_with_rights(world: World) -> None:
    account, system, resource_id = "tmp_migration", "postgresql", "search-db"
    held = world.since - 40 * _DAY
    world.grants.append(Grant(system, account, None, resource_id, "read", "direct", False, held))
    seen = snapshot_times(world)[1]
    note = "Nobody's account, never used, and with rights."
    world.answers.append(Answer("unknown_identity", None, account, system, None, seen, note))
