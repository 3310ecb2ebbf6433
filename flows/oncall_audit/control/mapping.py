"""The access map as of now: what the systems themselves say beside what the last audit says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from oncall_audit.control.knowledge import Knowledge, covers
from oncall_audit.control.making import described
from oncall_audit.control.model import Held
from oncall_audit.reports.published import Row

Key = tuple[str, str, str]


def with_live(
    knowledge: Knowledge, rows: Iterable[Row], live: Mapping[str, Iterable[Held]]
) -> list[Row]:
    """Return the map's rows with `holds_now`; None where the right's system was not asked.

    What is held now and was not known to the last audit becomes a row of its own.
    """
    now = _held_now(knowledge, live)
    systems = _systems(knowledge)
    found = []
    for row in rows:
        key = _key(row)
        is_asked = bool(systems.get(key[1:])) and systems[key[1:]] <= set(live)
        found.append({**row, "holds_now": True if now.pop(key, None) else _no(is_asked)})
    return [*found, *(_unknown(knowledge, key, via) for key, via in sorted(now.items()))]


def _no(is_asked: bool) -> bool | None:
    return False if is_asked else None


def _key(row: Row) -> Key:
    return row["engineer_id"], row["resource_id"], row["permission"]


def _held_now(knowledge: Knowledge, live: Mapping[str, Iterable[Held]]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for held in (it for rights in live.values() for it in rights):
        row = described(knowledge, held.right)
        if row["engineer_id"] and row["resource_id"]:
            key = (row["engineer_id"], row["resource_id"], held.right.permission)
            found.setdefault(key, held.granted_via)
    return found


def _systems(knowledge: Knowledge) -> dict[tuple[str, str], set[str]]:
    """Return the systems in which each permission on each resource was seen, or is managed."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in knowledge.entitlements:
        found.setdefault((row["resource_id"], row["permission"]), set()).add(row["system"])
    for row in knowledge.intervals:
        key = (row["resource_id"], row["permission"])
        if key not in found:
            found[key] = {system for system, _ in knowledge.native(*key)}
    return found


def _unknown(knowledge: Knowledge, key: Key, granted_via: str) -> Row:
    engineer, resource, permission = key
    person = knowledge.people.get(engineer, {})
    service = knowledge.services.get(resource)
    return {
        "engineer_id": engineer,
        "name": person.get("name"),
        "resource_id": resource,
        "permission": permission,
        "can_access": False,
        "should_access": any(
            (it["engineer_id"], it["resource_id"]) == (engineer, resource)
            and it["permission"] in ("*", permission)
            and covers(it, knowledge.at)
            for it in knowledge.intervals
        ),
        "on_shift": {"engineer_id": engineer, "service": service, "cause": "shift"}
        in knowledge.duties,
        "granted_via": granted_via,
        "last_used_at": None,
        "holds_now": True,
    }
