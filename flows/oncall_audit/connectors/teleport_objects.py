"""What `tctl get` and `tctl requests ls` print: Teleport's objects, and what of them has labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from oncall_audit.connectors.records import Row, UnreadableError, part, required
from oncall_audit.connectors.times import read_time

# A server, which announces a resource, and where that stands in it.
_SERVERS = {"db_server": "database", "kube_server": "cluster", "app_server": "app"}
_KINDS = {"db_server": "db", "kube_server": "kube_cluster", "app_server": "app"}
RESOURCES = ("node", "db", "kube_cluster", "app", "windows_desktop")


@dataclass(frozen=True, slots=True)
class Resource:
    """Something to reach: `name` as the audit log has it, `identifier` as requests have it."""

    kind: str
    name: str
    identifier: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Export:
    """The objects of one cluster at one time, by their kind."""

    objects: Mapping[str, list[Row]]

    def of(self, kind: str) -> list[Row]:
        """Return the objects of a kind."""
        return self.objects.get(kind, [])

    def named(self, kind: str) -> dict[str, Row]:
        """Return the objects of a kind by their names."""
        return {name_of(it): it for it in self.of(kind)}

    def resources(self) -> list[Resource]:
        """Return what can be reached, each once, however many servers announce it."""
        found: dict[tuple[str, str], Resource] = {}
        for kind in (*RESOURCES, *_SERVERS):
            for it in self.of(kind):
                made = _resource(kind, it)
                found.setdefault((made.kind, made.identifier), made)
        return list(found.values())

    def locked(self, target: str, at: datetime) -> set[str]:
        """Return the users, roles or requests, as `target` says, that are locked at a time."""
        found = set()
        for lock in self.of("lock"):
            spec = part(lock, "spec")
            aims = {key: value for key, value in part(spec, "target").items() if value}
            ends_at = moment(spec.get("expires"))
            if set(aims) == {target} and (ends_at is None or ends_at > at):
                found.add(str(aims[target]))
        return found


def exported(document: Any) -> Export:
    """Read a list of objects, or an object of such lists, as one for each command is."""
    lists = document.values() if isinstance(document, Mapping) else [document]
    objects: dict[str, list[Row]] = {}
    for found in lists:
        # Go writes null for a list without entries.
        if not isinstance(found, list | None):
            raise UnreadableError("it is no list of objects: export it by `tctl … --format=json`")
        for it in found or ():
            if not isinstance(it, Mapping) or not isinstance(it.get("kind"), str):
                raise UnreadableError("an object in it has no `kind`: it is no export of `tctl`")
            objects.setdefault(it["kind"], []).append(it)
    return Export(objects)


def name_of(it: Row) -> str:
    """Return the name of an object."""
    return str(required(part(it, "metadata"), "name"))


def moment(value: Any) -> datetime | None:
    """Return a time in UTC; Go writes the year 1 for never."""
    return None if str(value).startswith("0001-") else read_time(value)


def texts(value: Any) -> list[str]:
    """Return the texts of a value that is one or a list of them."""
    return [str(it) for it in value] if isinstance(value, list) else [str(value)] if value else []


def _resource(kind: str, it: Row) -> Resource:
    if kind in _SERVERS:
        it, kind = part(part(it, "spec"), _SERVERS[kind]), _KINDS[kind]
    name, spec = name_of(it), part(it, "spec")
    shown = str(spec.get("hostname") or name) if kind == "node" else name
    return Resource(kind, shown, name, dict(_labels(it, spec)))


def _labels(it: Row, spec: Row) -> Iterator[tuple[str, str]]:
    for key, value in part(part(it, "metadata"), "labels").items():
        yield key, str(value)
    # The label of a command is what the command said last.
    for commands in ("cmd_labels", "dynamic_labels"):
        for key, command in part(spec, commands).items():
            yield key, str(part({key: command}, key).get("result") or "")
