"""Who changed a schedule, as PagerDuty's audit records tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.pagerduty import PagerDuty
from oncall_audit.connectors.pagerduty_tables import decode_changes
from oncall_audit.errors import ConfigurationError, SourceError

TOKEN = "u+canary-token-4711"
WINDOW = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))


def read(server: Any, window: Window = WINDOW, **options: Any) -> list[Page]:
    """Read the account whole."""
    found = PagerDuty(name="pagerduty", url=server.url, token=TOKEN, **options).read(window)
    return [page for page in found if isinstance(page, Page)]


def changes(pages: list[Page]) -> list[dict[str, Any]]:
    """Decode the pages of changes as the landing zone does."""
    return [
        dict(row)
        for page in pages
        if page.table == "schedule_changes"
        for row in decode_changes(orjson.loads(page.body), page.context)
    ]


def change(number: int, at: str, *actors: dict[str, str]) -> dict[str, Any]:
    """Return the record of an override that somebody entered."""
    return {
        "id": f"PA{number}",
        "execution_time": at,
        "actors": list(actors),
        "method": {"type": "browser"},
        "root_resource": {"id": "PPRI", "type": "schedule_reference", "summary": "Primary"},
        "action": "update",
        "details": {"resource": {"id": "Q1", "type": "override_reference"}},
    }


def test_each_change_tells_who_when_and_of_what(pagerduty: Any) -> None:
    ben = {"id": "PBEN", "type": "user_reference", "summary": "Ben Bach"}
    pagerduty.changes = {
        "PPRI": [
            change(1, "2026-03-02T09:00:00+00:00", ben),
            change(2, "2026-03-02T10:00:00+00:00"),
            {**change(3, "2026-03-02T11:00:00+00:00"), "root_resource": {"type": "team_reference"}},
            {**change(4, "2026-03-02T12:00:00+00:00"), "id": None},
        ]
    }

    head = {"schedule_id": "PPRI", "action": "update", "changed_what": "override_reference"}
    nobody = dict.fromkeys(("actor_id", "actor_name", "actor_kind"))
    assert changes(read(pagerduty)) == [
        {"_rejected": "it has no `id`"},
        {"_ignored": "change of a team"},
        {
            **head,
            "change_id": "PA2",
            "changed_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
            **nobody,
        },
        {
            **head,
            "change_id": "PA1",
            "changed_at": datetime(2026, 3, 2, 9, tzinfo=UTC),
            "actor_id": "PBEN",
            "actor_name": "Ben Bach",
            "actor_kind": "user_reference",
        },
    ]


def test_they_are_read_to_the_end_in_spans_of_a_month(pagerduty: Any) -> None:
    window = Window(datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 3, 3, tzinfo=UTC))
    moments = [(window.since + timedelta(hours=5 * n)).isoformat() for n in range(400)]
    pagerduty.changes = {"PPRI": [change(n, at) for n, at in enumerate(moments)]}
    pagerduty.largest_page = 40

    found = [row["change_id"] for row in changes(read(pagerduty, window))]

    assert sorted(found) == sorted(f"PA{n}" for n in range(400))


def test_they_can_be_left_out(pagerduty: Any) -> None:
    pages = read(pagerduty, changes=False)

    assert not any("audit" in url for url in pagerduty.asked)
    assert "schedule_changes" not in {page.table for page in pages}
    with pytest.raises(ConfigurationError, match="either true or false"):
        read(pagerduty, changes="no")


def test_a_window_older_than_they_are_kept_is_an_error_and_no_shorter_answer(
    pagerduty: Any,
) -> None:
    # It is noon of 1 April 2026.
    kept_since = datetime(2025, 4, 1, 12, tzinfo=UTC)
    older = Window(kept_since - timedelta(minutes=1), kept_since + timedelta(days=1))

    with pytest.raises(SourceError) as refused:
        read(pagerduty, older)

    assert str(refused.value) == (
        "PagerDuty keeps audit records for a year, since 2025-04-01, and the window begins on"
        " 2025-04-01. Run with a later --since, or set `changes: false` to do without who changed"
        " the schedules."
    )
    assert pagerduty.asked == []
    assert "schedule_entries" in {page.table for page in read(pagerduty, older, changes=False)}


def test_the_oldest_window_is_read_without_the_day_before_it(pagerduty: Any) -> None:
    kept_since = datetime(2025, 4, 1, 12, tzinfo=UTC)
    pagerduty.changes = {
        "PPRI": [change(n, (kept_since + timedelta(hours=n)).isoformat()) for n in range(3)]
    }

    found = changes(read(pagerduty, Window(kept_since, kept_since + timedelta(days=1))))

    assert [row["change_id"] for row in found] == ["PA2", "PA1", "PA0"]
    asked = [url for url in pagerduty.asked if "audit" in url]
    assert asked
    assert all("since=2025-04-01T12" in url for url in asked)
