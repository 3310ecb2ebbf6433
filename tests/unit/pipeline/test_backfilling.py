"""A year back is read month by month; what was read whole is not asked for again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_audit import landing
from oncall_audit.connectors.base import File, Kind, Page, Window
from oncall_audit.connectors.sshd import Sshd
from oncall_audit.errors import SourceError
from oncall_audit.pipeline import backfilling
from oncall_audit.pipeline.run import Run
from oncall_audit.workspace import Workspace

NOW = datetime(2026, 4, 10, 6, tzinfo=UTC)
BACK = Window(datetime(2025, 12, 20, tzinfo=UTC), NOW)
DECEMBER, JANUARY, FEBRUARY, MARCH, APRIL = (
    "2025-12-20", "2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01",
)  # fmt: skip
MOMENTS = st.integers(0, 40 * 365 * 24).map(
    lambda hours: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
)


class Log(Sshd):
    """Answers with one line for each span that it is asked for, unless the span is out of order."""

    __module__ = Sshd.__module__
    asked: list[str]
    broken: set[str]

    def read(self, window: Window) -> Iterator[File | Page]:
        name = f"{window.since:%Y-%m-%d}"
        Log.asked.append(name)
        if name in Log.broken:
            raise SourceError("The log does not answer.")
        line = f"{window.since.isoformat()} db-1 sshd[1]: Accepted publickey for ada from 192.0.2.7"
        yield Page("messages", "page", line.encode(), NOW)


@pytest.fixture(autouse=True)
def _fresh() -> None:
    Log.asked, Log.broken = [], set()


def backfill(
    root: Path, window: Window = BACK, at: datetime = NOW, kind: Kind = "logs"
) -> landing.Landed:
    workspace = Workspace(root)
    run = Run(workspace, "run", window, at)

    def land(part: Window) -> landing.Landed:
        return landing.land(
            Log(root), source_name="hosts", system="linux", window=part,
            folder=workspace.landing, now=at,
        )  # fmt: skip

    return backfilling.read(run, "hosts", kind, land)


@given(MOMENTS, MOMENTS)
def test_months_lie_side_by_side_and_begin_with_the_month(one: datetime, other: datetime) -> None:
    window = Window(min(one, other), max(one, other) + timedelta(seconds=1))

    parts = backfilling.months(window)

    assert (parts[0].since, parts[-1].until) == (window.since, window.until)
    for before, after in pairwise(parts):
        assert before.until == after.since
        assert (after.since.day, after.since.time()) == (1, datetime.min.time())
    assert all(part.since < part.until for part in parts)
    if window.until - window.since > timedelta(days=45):
        assert all(part.until - part.since <= timedelta(days=31) for part in parts)
    else:
        assert parts == [window]


def test_a_long_span_is_read_month_by_month_and_nothing_is_lost(tmp_path: Path) -> None:
    landed = backfill(tmp_path)

    assert Log.asked == [DECEMBER, JANUARY, FEBRUARY, MARCH, APRIL]
    assert (landed.state, landed.records, landed.landed) == ("complete", 5, 5)
    assert len(landed.opened_days) == 5
    pages = list((tmp_path / "data" / "landing" / "raw").rglob("*.gz"))
    assert len(pages) == 5


def test_it_stops_at_what_cannot_be_read_and_goes_on_from_there(tmp_path: Path) -> None:
    Log.broken = {FEBRUARY}
    landed = backfill(tmp_path)

    assert (landed.state, landed.landed) == ("incomplete", 2)
    assert landed.message == (
        "It is read up to 2026-02-01; a run of the same window goes on from there."
        " The log does not answer."
    )

    Log.asked, Log.broken = [], set()
    later = backfill(tmp_path, at=NOW + timedelta(hours=1))

    assert Log.asked == [FEBRUARY, MARCH, APRIL]
    assert (later.state, later.landed) == ("complete", 3)


def test_a_month_that_may_still_grow_is_read_again(tmp_path: Path) -> None:
    window = Window(BACK.since, datetime(2026, 4, 1, tzinfo=UTC))
    backfill(tmp_path, window, at=datetime(2026, 4, 1, 12, tzinfo=UTC))
    Log.asked = []

    backfill(tmp_path, window, at=NOW)

    assert Log.asked == [MARCH]


def test_a_source_that_answers_nothing_has_failed(tmp_path: Path) -> None:
    Log.broken = {DECEMBER}
    with pytest.raises(SourceError, match="does not answer"):
        backfill(tmp_path)


def test_what_is_told_as_it_is_now_is_asked_for_once(tmp_path: Path) -> None:
    backfill(tmp_path, kind="permissions")

    assert Log.asked == [DECEMBER]
