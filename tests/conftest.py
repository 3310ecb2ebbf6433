"""What every test may rely on: no network but this machine's own, and no telemetry."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

_QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}
_LOCAL = ("127.", "::1", "localhost", "0.0.0.0")

# Prefect reads its settings when it is imported, which may be before any fixture.
os.environ.update(_QUIET)
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="oncall-audit-prefect-")
os.environ.pop("PREFECT_API_URL", None)
os.environ.pop("ONCALL_AUDIT_WORKSPACE", None)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOCAL):
            raise AssertionError(f"A test called out to {address[0]}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield
