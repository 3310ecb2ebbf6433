"""Okta's System Log: its records, and how it is asked for so that none is missed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from oncall_audit.connectors.base import LogTable, Page, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.http import Answer, Client, Parameters
from oncall_audit.connectors.paging import next_of, pages
from oncall_audit.errors import SourceError

_LIMIT = 1000
_KEPT = timedelta(days=90)
# A window that ends so lately is the night's: whatever is persisted meanwhile is read as well.
_LATE = timedelta(hours=2)
_OVERLAP = timedelta(hours=1)

# Ids are used again in copies of a log for other purposes, so an id alone does not tell.
_TOLD = (
    "uuid", "published", "eventType", "actor.id", "actor.alternateId", "outcome.result",
    "client.ipAddress", "target::varchar", "debugContext::varchar",
)  # fmt: skip


def _target(kind: str, field: str) -> str:
    """Return a field of the first target of a kind."""
    found = f"list_filter(coalesce(target, []), lambda it: it.type = '{kind}')"
    return f"({found})[1].{field}"


EVENTS = LogTable(
    name="events",
    framing="json",
    fields={
        **dict.fromkeys(
            ("uuid", "published", "eventType", "severity", "displayMessage"), "VARCHAR"
        ),
        "actor": "STRUCT(id VARCHAR, type VARCHAR, alternateId VARCHAR, displayName VARCHAR)",
        "target": "STRUCT(id VARCHAR, type VARCHAR, alternateId VARCHAR, displayName VARCHAR)[]",
        "outcome": "STRUCT(result VARCHAR, reason VARCHAR)",
        "client": "STRUCT(ipAddress VARCHAR, userAgent STRUCT(rawUserAgent VARCHAR))",
        "authenticationContext": "STRUCT(externalSessionId VARCHAR, rootSessionId VARCHAR)",
        "device": "STRUCT(id VARCHAR)",
        "debugContext": "JSON",
    },
    occurred_at=moment("published"),
    identity=f"case when uuid is not null then {joined(*_TOLD)} end",
    rejected="case when eventType is null then 'no eventType in it' end",
    columns={
        "uuid": "uuid",
        "event_type": "eventType",
        "severity": "severity",
        "message": "displayMessage",
        "actor_id": "actor.id",
        "actor_type": "actor.type",
        "actor_login": "actor.alternateId",
        "result": "upper(outcome.result)",
        "reason": "outcome.reason",
        "source_ip": "client.ipAddress",
        "user_agent": "client.userAgent.rawUserAgent",
        # A session that was refused has none, and then Okta writes the word.
        "session_id": "nullif(authenticationContext.externalSessionId, 'unknown')",
        "device_id": "device.id",
        "app_name": _target("AppInstance", "displayName"),
        "group_name": _target("UserGroup", "displayName"),
        "user_login": _target("User", "alternateId"),
        "target_name": "coalesce(target, [])[1].displayName",
        "privilege": "debugContext ->> '$.debugData.privilegeGranted'",
    },
)


def read(client: Client, window: Window, now: datetime | None = None) -> Iterator[Page]:
    """Yield the pages of the window; raise `SourceError` where Okta no longer has all of it."""
    now = now or datetime.now(UTC)
    if window.since < now - _KEPT:
        # Asked for more than it has, Okta answers with less and says nothing.
        raise SourceError(
            f"{client.base_url} keeps its log for {_KEPT.days} days, and the window begins on"
            f" {window.since:%Y-%m-%d}. Run over a later window, or read exported files (`path`)."
        )
    is_nightly = window.until >= now - _LATE
    since = window.since - _OVERLAP if is_nightly else window.since
    asked: list[tuple[str, str | int]] = [
        ("since", _stamp(max(since, now - _KEPT))),
        ("sortOrder", "ASCENDING"),
        ("limit", _LIMIT),
    ]
    # Without an end Okta goes by when it stored an event, and so leaves none out that came late.
    if not is_nightly:
        asked.append(("until", _stamp(window.until)))
    for number, answer in enumerate(_pages(client, asked)):
        yield Page("events", f"logs-{number:05}", answer.body, answer.received_at)


def _pages(client: Client, asked: Parameters) -> Iterator[Answer]:
    def get(address: str) -> Answer:
        return client.get(address, () if "?" in address else asked, key=None)

    def following(_address: str, answer: Answer) -> str | None:
        # Without an end there is always a next page, at last an empty one.
        return next_of(client, answer) if answer.document else None

    return pages("/api/v1/logs", get, following, key=None)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
