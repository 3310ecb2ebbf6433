"""Since when a source has not been read whole, after any readings of it."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from oncall_audit import landing
from oncall_audit.landing.records import Extraction

START = datetime(2026, 3, 1)  # noqa: DTZ001 - as the manifest keeps it
HOURS = st.integers(0, 12)
READINGS = st.lists(
    st.tuples(HOURS, st.integers(1, 6), st.sampled_from(["complete", "incomplete", "failed"])),
    max_size=8,
)


def at(hour: int) -> datetime:
    return START + timedelta(hours=hour)


@settings(deadline=None, max_examples=50)
@given(READINGS)
def test_it_is_the_first_hour_that_was_asked_for_in_vain_and_not_read_since(
    readings: list[tuple[int, int, str]],
) -> None:
    missing: set[int] = set()
    with tempfile.TemporaryDirectory() as folder:
        with landing.Manifest(Path(folder) / "manifest.sqlite") as manifest:
            for since, length, state in readings:
                hours = set(range(since, since + length))
                missing = missing - hours if state == "complete" else missing | hours
                until = at(since + length)
                manifest.record(Extraction("okta", at(since), until, state, None, until))
            manifest.record(Extraction("another", at(0), at(1), "failed", None, at(1)))

        found = landing.unread_since(Path(folder), "okta")

    assert found == (at(min(missing)).replace(tzinfo=UTC) if missing else None)
