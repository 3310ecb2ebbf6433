"""The people: invented names from many places, two of them easily confused."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from random import Random

from oncall_audit.demo.model import Engineer

ZONES = {
    "payments": "Europe/Berlin",
    "search": "Europe/Berlin",
    "platform": "America/New_York",
    "data": "America/New_York",
}
TEAMS = tuple(ZONES)

# fmt: off
_GIVEN = (
    "Ada", "Bram", "Chiara", "Dieu", "Emeka", "Farida", "Goran", "Hana", "Ivo", "Jaya", "Kofi",
    "Leila", "Mateo", "Nadia", "Oskar", "Priya", "Quang", "Rosa", "Sven", "Tomoko", "Umar",
    "Vera", "Wanjiru", "Ximena", "Yusuf", "Zofia", "Anneli", "Baraka", "Cem", "Dolores", "Elif",
    "Fintan",
)
_FAMILY = (
    "Abel", "Lindqvist", "Okafor", "Tanaka", "Moreau", "Petrova", "Haddad", "Nguyen", "Castillo",
    "Weber", "Kowalska", "Mensah", "Iyer", "Bianchi", "Demir", "Sørensen", "Novák", "Achieng",
    "Fernández", "Şahin", "O'Malley", "Rahimi", "Park", "Silva",
)
# fmt: on
_TWINS = ("Jonas Weber", "Jonas Webber")


def _names(random: Random, count: int) -> list[str]:
    pairs = [f"{given} {family}" for given in _GIVEN for family in _FAMILY]
    random.shuffle(pairs)
    return [*_TWINS, *pairs][:count]


def _login(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o"))
    ascii_only = plain.encode("ascii", "ignore").decode().lower().replace("'", "")
    return ".".join(ascii_only.split())


def _address(team: str, number: int) -> str:
    """Return an address at home, in Berlin or in New York."""
    first = 10 if ZONES[team] == "Europe/Berlin" else 138
    return f"203.0.113.{first + (number // 4 * 2 + number % 2) % 80}"


def engineers(random: Random, count: int, since: datetime, until: datetime) -> dict[str, Engineer]:
    """Return `count` people in four teams; the last one joins in the middle of the period."""
    people: dict[str, Engineer] = {}
    for number, name in enumerate(_names(random, count)):
        team = TEAMS[number % len(TEAMS)]
        is_new = number == count - 1
        joined = since + (until - since) / 2 if is_new else since - timedelta(days=400 + number * 7)
        engineer_id = f"e{number + 1:03d}"
        people[engineer_id] = Engineer(
            engineer_id=engineer_id,
            name=name,
            email=f"{_login(name)}@example.com",
            team=team,
            role="dba" if number in (4, 8) else "engineer",
            time_zone=ZONES[team],
            login=_login(name),
            pager_id=f"P{number + 1:03d}{''.join(random.choices('ABCDEFGHJKLMNPRSTUVWXYZ', k=3))}",
            address=_address(team, number),
            started_at=datetime(joined.year, joined.month, joined.day, tzinfo=UTC),
            is_rostered=not is_new,
        )
    return people
