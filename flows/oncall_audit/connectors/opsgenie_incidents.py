"""How the alerts and incidents of Opsgenie and of Jira Service Management become rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.records import Row, columns, listed, part, required, rows
from oncall_audit.connectors.times import read_time


def decode_incidents(document: Any, context: Row) -> Iterator[Row]:
    """Yield a row for each incident and service that it struck."""
    names = context.get("services") or {}
    return rows(records(document), lambda incident: _incident(incident, names))


def decode_services(document: Any, _context: Row) -> Iterator[Row]:
    """Yield a row for each service."""
    return rows(
        records(document),
        lambda it: iter([{"service_id": required(it, "id"), "service_name": it.get("name")}]),
    )


@dataclass(frozen=True, slots=True)
class Alerts:
    """Reads alerts; a tag that begins with `tag` names the service."""

    tag: str = "service:"

    def __call__(self, document: Any, _context: Row) -> Iterator[Row]:
        """Yield a row for each alert."""
        return rows(records(document), self._alert)

    def _alert(self, alert: Row) -> Iterator[Row]:
        created = read_time(required(alert, "createdAt"))
        report = part(alert, "report")
        closed = _after(created, report.get("closeTime")) or read_time(alert.get("updatedAt"))
        people = [
            _responder(
                report.get("acknowledgedBy"), "acknowledged", created, report.get("ackTime")
            ),
            _responder(report.get("closedBy"), "resolved", created, report.get("closeTime")),
            _responder(alert.get("owner"), "assigned", None, None),
        ]
        yield {
            "incident_id": required(alert, "id"),
            "title": alert.get("message"),
            "service_name": self._service(alert),
            "priority": alert.get("priority"),
            "status": required(alert, "status"),
            "responders": [it for it in people if it],
            "created_at": created,
            "resolved_at": closed if alert["status"] == "closed" else None,
        }

    def _service(self, alert: Row) -> str | None:
        tags = [str(tag) for tag in alert.get("tags") or []]
        named = [tag.removeprefix(self.tag) for tag in tags if tag.startswith(self.tag)]
        others = (alert.get("entity"), part(alert, "integration").get("name"))
        return next((str(it) for it in (*named, *others) if it), None)


def records(document: Any) -> list[Any]:
    """Return the list of an answer, as either product words it."""
    is_jira = isinstance(document, Mapping) and "values" in document
    return listed(document, "values" if is_jira else "data")


def objects(record: Row, key: str) -> list[Row]:
    """Return the objects in the list `key` of a record, none where it is absent."""
    return [it for it in record.get(key) or [] if isinstance(it, Mapping)]


def person(recipient: Row) -> str:
    """Return by which name a directory may know a recipient."""
    # Opsgenie's name of a user is an address; Jira's is what anybody likes to be called.
    named = str(recipient.get("name") or recipient.get("username") or "")
    return named if "@" in named else str(required(recipient, "id"))


def _incident(incident: Row, names: Row) -> Iterator[Row]:
    status = str(required(incident, "status"))
    ended = incident.get("impactEndDate") or incident.get("updatedAt")
    people = [it for it in objects(incident, "responders") if it.get("type") == "user"]
    struck = incident.get("impactedServices") or [incident.get("serviceId")]
    for number, service in enumerate(struck):
        identifier = str(required(incident, "id"))
        yield {
            # An incident has one service here: for each further one it counts once more.
            "incident_id": f"{identifier}/{service}" if number else identifier,
            "title": incident.get("message"),
            "service_id": service,
            "service_name": names.get(service),
            "priority": incident.get("priority"),
            "status": status,
            "responders": [_responder(person(it), "assigned", None, None) for it in people],
            "created_at": read_time(
                incident.get("impactStartDate") or required(incident, "createdAt")
            ),
            "resolved_at": None if status == "open" else read_time(ended),
        }


def _responder(
    who: object, role: str, created: datetime | None, milliseconds: object
) -> dict[str, str | None] | None:
    joined = _after(created, milliseconds)
    if not who:
        return None
    return {"person": str(who), "role": role, "joined_at": joined.isoformat() if joined else None}


def _after(created: datetime | None, milliseconds: object) -> datetime | None:
    if created is None or not isinstance(milliseconds, int | float):
        return None
    return created + timedelta(milliseconds=milliseconds)


_INCIDENT_COLUMNS = columns(
    "incident_id title service_id service_name priority status",
    "created_at resolved_at",
    responders="VARCHAR",
)
ALERTS = SnapshotTable("incidents", _INCIDENT_COLUMNS, Alerts())
INCIDENTS = SnapshotTable("incidents", _INCIDENT_COLUMNS, decode_incidents)
SERVICES = SnapshotTable("services", columns("service_id service_name"), decode_services)
