"""A directory that speaks SCIM, read by the connector."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from servers.scim import ScimServer

from oncall_audit.connectors.base import Page, Window

NIGHT = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))


def read(directory: ScimServer, **options: Any) -> list[Page]:
    """Read the directory whole."""
    return [it for it in directory.connector(**options).read(NIGHT) if isinstance(it, Page)]
