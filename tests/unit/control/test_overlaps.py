"""Whatever overlaps, at every point exactly those hold a right who should."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as some
from situation import NOW, Situation, naive, right

from oncall_audit.control import shifting
from oncall_audit.workspace import Workspace

from .memory import Memory

AUTOMATIC = [
    *("shift_started", "shift_ended", "incident_opened", "incident_ended"),
    *("request_approved", "request_ended"),
]
ACCOUNTS = {"e1": "ada", "e2": "ben"}
HOUR = timedelta(hours=1)

Span = tuple[str, str, int, int]

spans = some.tuples(
    some.sampled_from(["e1", "e2"]),
    some.sampled_from(["shift", "incident", "request"]),
    some.integers(0, 12),
    some.integers(1, 12),
)


@settings(max_examples=25, deadline=None)
@given(some.lists(spans, min_size=1, max_size=8), some.sets(some.integers(0, 24)))
def test_nothing_ends_early_and_nothing_is_left(given_spans: list[Span], late: set[int]) -> None:
    """`late` are the hours in which nothing runs."""
    system = Memory()
    with TemporaryDirectory() as folder:
        situation = Situation(Workspace(Path(folder)))
        for number, (who, cause, hour, length) in enumerate(given_spans):
            since, until = NOW + hour * HOUR, NOW + (hour + length) * HOUR
            situation.wants(who, since, until, cause=cause, cause_id=f"c{number}")
        known = situation.known(automatic=AUTOMATIC, owner="e9")
        for hour in sorted({*range(25)} - late):
            knowledge = replace(known, at=naive(NOW + hour * HOUR))

            done = shifting.run(situation.workspace, knowledge, {"postgresql": system})

            assert done.alarms == []
            assert system.rights == {
                right(ACCOUNTS[who])
                for who, _, since, length in given_spans
                if since <= hour < since + length
            }
            assert done.next_at == next_after(given_spans, hour)


def next_after(given_spans: Sequence[Span], hour: int) -> object:
    """Return when something next begins or ends."""
    bounds = {bound for *_, since, length in given_spans for bound in (since, since + length)}
    later = min((bound for bound in bounds if bound > hour), default=None)
    return None if later is None else NOW + later * HOUR
