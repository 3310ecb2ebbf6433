"""The roles of a real PostgreSQL server, as the tests of its provider name them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from oncall_audit.control.model import Right
from oncall_audit.control.providers.postgresql import PostgreSQL

Make = Callable[..., PostgreSQL]

NOW = datetime.now(UTC).replace(microsecond=0)
LATER, EARLIER = NOW + timedelta(hours=8), NOW - timedelta(hours=1)
READ = "select * from payments"


def right(account: str = "ada", permission: str = "payments_admin", name: str = "main") -> Right:
    return Right("postgresql", account, name, permission)
