"""How long a scheduled run may take, and how often it is tried again: said by its deployment.

Both stand in `prefect.yaml`, in the environment of the worker's processes. A run by hand is tried
once: whoever started it sees that it failed.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

_HOURS, _RETRIES = 12.0, 0
RETRY_DELAY_SECONDS = 600


class TookTooLongError(TimeoutError):
    """A run took longer than it may."""


def check(started_at: datetime) -> None:
    """Raise `TookTooLongError` when a run that began then is over its time.

    Prefect interrupts what hangs, but once: in the middle of its own work that may come to nothing.
    """
    if (datetime.now(UTC) - started_at).total_seconds() > timeout_seconds():
        raise TookTooLongError


def timeout_seconds() -> float:
    """Return after how many seconds a run counts as hung; `ONCALL_AUDIT_TIMEOUT_HOURS`."""
    return 3600 * _number("ONCALL_AUDIT_TIMEOUT_HOURS", _HOURS)


def retries() -> int:
    """Return how often a run that failed is tried again; `ONCALL_AUDIT_RETRIES`."""
    return int(_number("ONCALL_AUDIT_RETRIES", _RETRIES))


def _number(name: str, default: float) -> float:
    try:
        found = float(os.environ.get(name) or default)
    except ValueError:
        return default
    return found if found > 0 else default
