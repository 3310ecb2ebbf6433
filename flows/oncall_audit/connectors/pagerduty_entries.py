"""How the schedules of PagerDuty become rows, those of layers (v2) and those of shifts (v3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from oncall_audit.connectors.pagerduty_incidents import name_in
from oncall_audit.connectors.records import Row, UnreadableError, part, required, rows
from oncall_audit.connectors.times import read_time

Span = tuple[datetime | None, datetime | None]


def decode_schedules(document: Any, context: Row) -> Iterator[Row]:
    """Yield the shifts of `GET /schedules/{id}` or of its overrides; of `/v3/schedules` alike."""
    if isinstance(document, list) and not _is_answers(document):
        document = {"overrides": document}
    for answer in document if isinstance(document, list) else [document]:
        if isinstance(answer, Mapping) and isinstance(answer.get("overrides"), list):
            yield from _overrides(answer, context)
        elif isinstance(answer, Mapping) and isinstance(answer.get("schedule"), Mapping):
            yield from _schedule(answer, context)
        else:
            raise UnreadableError(
                "it is neither an answer of GET /schedules/{id} nor of its overrides"
            )


def _is_answers(document: list[Any]) -> bool:
    return all(
        isinstance(item, Mapping) and item.keys() & {"schedule", "overrides"} for item in document
    )


def _schedule(answer: Row, context: Row) -> Iterator[Row]:
    schedule = part(answer, "schedule")
    final, laid_over = _parts(schedule, context)
    head = {
        "schedule_id": required(schedule, "id"),
        "schedule_name": schedule.get("name") or schedule.get("summary"),
        **_window(answer, context, final),
    }
    yield from rows(final, lambda entry: _entry(entry, {**head, "entry_kind": "final"}))
    if all(_is_vacant(it) for it in final) and head["window_since"] and head["window_until"]:
        # That nobody is on call is an answer too, and takes the place of an earlier one.
        nobody = dict.fromkeys(("user_id", "user_name", "started_at", "ended_at"))
        yield {**head, "entry_kind": "final", **nobody}
    yield from rows(laid_over, lambda entry: _entry(entry, {**head, "entry_kind": "override"}))


def _parts(schedule: Row, context: Row) -> tuple[list[Any], list[Any]]:
    """Return who is on call, and which of that somebody entered by hand."""
    final = part(schedule, "final_schedule")
    computed = final.get("computed_shift_assignments")
    if isinstance(computed, list):
        return computed, [it for it in computed if _is_by_hand(it)]
    rendered = final.get("rendered_schedule_entries")
    if not isinstance(rendered, list):
        raise UnreadableError(
            "it has no rendered entries: ask GET /schedules/{id} with since and until, or"
            " GET /v3/schedules/{id} with include[]=final_schedule too"
        )
    if context.get("has_own_overrides"):
        return rendered, []
    return rendered, part(schedule, "overrides_subschedule").get("rendered_schedule_entries") or []


def _is_by_hand(entry: Any) -> bool:
    """Tell an override or a shift beside the rotations of a shift-based schedule."""
    source = entry.get("source") if isinstance(entry, Mapping) else None
    kind = str(source.get("type")) if isinstance(source, Mapping) else ""
    return not _is_vacant(entry) and (kind == "custom_shift" or kind.endswith("_override"))


def _is_vacant(entry: Any) -> bool:
    member = _member(entry) if isinstance(entry, Mapping) else None
    return isinstance(member, Mapping) and member.get("type") == "empty_member"


def _member(entry: Row) -> Any:
    return entry.get("member") or entry.get("overriding_member")


def _overrides(answer: Row, context: Row) -> Iterator[Row]:
    schedule = part(answer, "schedule")
    identifier = (
        schedule.get("id")
        or answer.get("schedule_id")
        or context.get("schedule_id")
        or name_in(context)
    )
    if not identifier:
        raise UnreadableError("it names no schedule: call the file overrides-<schedule id>.json")
    entries = answer["overrides"]
    head = {
        "schedule_id": identifier,
        "schedule_name": schedule.get("summary") or context.get("schedule_name"),
        "entry_kind": "override",
        **_window(answer, context, entries),
    }
    yield from rows(entries, lambda entry: _entry(entry, head))


def _entry(entry: Row, head: Row) -> Iterator[Row]:
    if _is_vacant(entry):
        yield {"_ignored": "a shift of nobody"}
        return
    start, end = (read_time(required(entry, key)) for key in _bounds(entry))
    if start is None or end is None or start >= end:
        raise UnreadableError("the shift ends before it starts")
    yield {**head, **_person(entry), "started_at": start, "ended_at": end}


def _person(entry: Row) -> Row:
    member = _member(entry)
    if member is None:
        user = part(entry, "user")
        return {
            "user_id": required(user, "id"),
            "user_name": user.get("summary") or user.get("name"),
        }
    if not isinstance(member, Mapping) or member.get("type") != "user_member":
        raise UnreadableError(f"its member is no user: {member!r:.60}")
    # A shift-based schedule names people by id alone.
    return {"user_id": required(member, "user_id"), "user_name": None}


def _bounds(entry: Row) -> tuple[str, str]:
    return ("start_time", "end_time") if "start_time" in entry else ("start", "end")


def _window(answer: Row, context: Row, entries: Iterable[Any]) -> dict[str, datetime | None]:
    """Return the span the answer covers: as asked, else as far as its entries reach."""
    since = read_time(context.get("window_since") or answer.get("since"))
    until = read_time(context.get("window_until") or answer.get("until"))
    if since is None or until is None:
        spans = [_span(entry) for entry in entries]
        since = since or min((start for start, _ in spans if start), default=None)
        until = until or max((end for _, end in spans if end), default=None)
    return {"window_since": since, "window_until": until}


def _span(entry: Any) -> Span:
    try:
        start, end = _bounds(entry)
        return read_time(entry.get(start)), read_time(entry.get(end))
    except (AttributeError, TypeError, ValueError):
        return None, None
