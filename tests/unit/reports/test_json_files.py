"""JSON for programs says what was found, whatever a log held."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from oncall_audit.reports.json_files import dumps


@pytest.mark.parametrize("value", [{"n": 2**70}, {"half": "\ud800x"}, {"é\x7f": [], "o": {}}])
def test_what_is_written_is_read_back_whole(value: dict[str, Any]) -> None:
    assert json.loads(dumps(value).encode()) == value


def test_times_are_iso_8601_in_utc() -> None:
    moment = datetime(2026, 1, 2, 3)  # noqa: DTZ001
    said = {"at": moment, "on": date(2026, 1, 2), "score": Decimal("1.5")}

    assert (
        dumps(said)
        == '{\n  "at": "2026-01-02T03:00:00Z",\n  "on": "2026-01-02",\n  "score": 1.5\n}\n'
    )
