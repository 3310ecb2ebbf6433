"""What the tests of connectors share: no wait is slept, and an account of PagerDuty."""

from __future__ import annotations

import pytest
from pytest_httpserver import HTTPServer
from servers import pagerduty as vendor


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits that were asked for; none is slept."""
    asked: list[float] = []
    monkeypatch.setattr("time.sleep", asked.append)
    return asked


@pytest.fixture
def pagerduty(httpserver: HTTPServer, waits: list[float]) -> vendor.PagerDutyServer:
    """Return an account with two schedules and three incidents."""
    return vendor.serve(httpserver)
