"""When somebody may use a service: by shift, incident or approved request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from oncall_audit.demo.model import (
    AFTER_INCIDENT,
    AFTER_SHIFT,
    BEFORE_SHIFT,
    Shift,
    Span,
    World,
)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Join spans that touch or overlap."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def shifts_of(world: World, engineer_id: str, service: str | None = None) -> Iterator[Shift]:
    """Yield somebody's shifts, those that open `service` if one is named."""
    opens = set(world.services[service].schedules) if service else None
    for shift in world.shifts:
        if shift.engineer_id == engineer_id and (opens is None or shift.schedule in opens):
            yield shift


def shift_spans(world: World, engineer_id: str, service: str | None = None) -> list[Span]:
    """Return somebody's merged time on call, without grace."""
    own = shifts_of(world, engineer_id, service)
    return merged((shift.started_at, shift.ended_at) for shift in own)


def allowed(world: World, engineer_id: str, resource_id: str) -> list[Span]:
    """Return when `engineer_id` may use `resource_id`."""
    service = world.resources[resource_id].service
    spans = [
        (start - BEFORE_SHIFT, end + AFTER_SHIFT)
        for start, end in shift_spans(world, engineer_id, service)
    ]
    spans += [
        (incident.started_at, incident.ended_at + AFTER_INCIDENT)
        for incident in world.incidents
        if incident.service == service and engineer_id in incident.responders
    ]
    spans += [
        (request.started_at, request.ended_at)
        for request in world.requests
        if request.requester == engineer_id
        and request.resource_id == resource_id
        and request.status == "approved"
    ]
    return merged(spans)


def covers(spans: Iterable[Span], started_at: datetime, ended_at: datetime) -> bool:
    """Tell whether one of the spans holds the whole time."""
    return any(start <= started_at and ended_at <= end for start, end in spans)


def is_clear(spans: Iterable[Span], at: datetime, margin: timedelta) -> bool:
    """Tell whether all spans keep `margin` away from `at`."""
    return all(at + margin <= start or end + margin <= at for start, end in spans)


def is_off_duty(world: World, engineer_id: str, at: datetime, margin: timedelta) -> bool:
    """Tell whether `engineer_id` has no shift, incident or request anywhere near `at`."""
    spans = [
        *shift_spans(world, engineer_id),
        *((i.started_at, i.ended_at) for i in world.incidents if engineer_id in i.responders),
        *((r.started_at, r.ended_at) for r in world.requests if r.requester == engineer_id),
    ]
    return is_clear(spans, at, margin)
