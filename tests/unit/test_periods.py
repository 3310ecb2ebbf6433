"""Weeks, months and quarters: every instant is in one of each kind, whatever its clocks do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oncall_audit import periods
from oncall_audit.errors import ConfigurationError

ZONES = st.sampled_from(("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Beirut"))
KINDS = st.sampled_from(periods.KINDS)
FIRST, LAST = datetime.fromisoformat("2000-01-01"), datetime.fromisoformat("2099-12-31")
MOMENTS = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(MOMENTS, KINDS, ZONES)
def test_an_instant_is_in_the_one_period_that_bears_the_name(
    moment: datetime, kind: periods.Kind, zone: str
) -> None:
    period = periods.current(moment, kind, zone)

    assert period.since <= moment < period.until
    assert periods.named(period.name, zone) == period
    assert period.before.until == period.since
    assert period.after.since == period.until


@given(MOMENTS, st.integers(0, 200), KINDS, ZONES)
def test_complete_periods_are_those_that_end_in_the_span(
    since: datetime, days: int, kind: periods.Kind, zone: str
) -> None:
    until = since + timedelta(days=days)

    found = list(periods.complete(since, until, kind, zone))

    assert all(since < it.until <= until for it in found)
    assert all(a.after == b for a, b in pairwise(found))
    following = found[-1].after if found else periods.current(since, kind, zone)
    assert following.until > until


@pytest.mark.parametrize(
    ("name", "zone", "first", "since", "hours"),
    [
        ("2026-W47", "UTC", date(2026, 11, 16), datetime(2026, 11, 16, tzinfo=UTC), 168),
        ("2026-w43", "Europe/Berlin", date(2026, 10, 19), datetime(2026, 10, 18, 22, tzinfo=UTC), 169),
        ("2026-W13", "Europe/Berlin", date(2026, 3, 23), datetime(2026, 3, 22, 23, tzinfo=UTC), 167),
        ("2026-W01", "UTC", date(2025, 12, 29), datetime(2025, 12, 29, tzinfo=UTC), 168),
        ("2020-W53", "UTC", date(2020, 12, 28), datetime(2020, 12, 28, tzinfo=UTC), 168),
        ("2026-11", "UTC", date(2026, 11, 1), datetime(2026, 11, 1, tzinfo=UTC), 720),
        ("2026-12", "UTC", date(2026, 12, 1), datetime(2026, 12, 1, tzinfo=UTC), 744),
        ("2026-Q4", "UTC", date(2026, 10, 1), datetime(2026, 10, 1, tzinfo=UTC), 2208),
    ],
)  # fmt: skip
def test_a_name_means_these_hours(
    name: str, zone: str, first: date, since: datetime, hours: int
) -> None:
    period = periods.named(name, zone)

    assert (period.first, period.since) == (first, since)
    assert period.until - period.since == timedelta(hours=hours)


@pytest.mark.parametrize(
    "name", ["", "2026", "2026-W54", "2025-W53", "2026-13", "2026-00", "2026-Q5", "../x", "0000-01", "9999-W52"]
)  # fmt: skip
def test_what_is_no_period_is_refused_with_the_ways_to_write_one(name: str) -> None:
    with pytest.raises(ConfigurationError, match="Write a week as 2026-W47"):
        periods.named(name, "UTC")
