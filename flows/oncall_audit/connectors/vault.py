"""HashiCorp Vault: the log of its audit device, a line for each request and for each response."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files

_AUTH = (
    "STRUCT(display_name VARCHAR, entity_id VARCHAR, accessor VARCHAR, token_type VARCHAR,"
    " token_ttl VARCHAR, metadata JSON)"
)

EVENTS = LogTable(
    name="events",
    framing="json",
    fields={
        **dict.fromkeys(("time", "type", "error"), "VARCHAR"),
        "auth": _AUTH,
        "request": "STRUCT(id VARCHAR, operation VARCHAR, path VARCHAR, mount_type VARCHAR,"
        " mount_point VARCHAR, remote_address VARCHAR, namespace STRUCT(path VARCHAR))",
        # Who logs in has no token yet: only the answer names them.
        "response": "STRUCT(auth STRUCT(display_name VARCHAR, entity_id VARCHAR,"
        " accessor VARCHAR))",
    },
    occurred_at=moment('"time"'),
    identity="case when request.id is not null then "
    + joined("request.id", '"type"', '"time"', "request.path", "request.operation")
    + " end",
    rejected="case when request.operation is null then 'no request in it' end",
    columns={
        "entry_type": '"type"',
        "request_id": "request.id",
        "operation": "request.operation",
        "path": "request.path",
        "mount_type": "request.mount_type",
        "mount_point": "request.mount_point",
        "namespace": "nullif(request.namespace.path, '')",
        "display_name": "coalesce(auth.display_name, response.auth.display_name)",
        "entity_id": "nullif(coalesce(auth.entity_id, response.auth.entity_id), '')",
        "accessor": "coalesce(auth.accessor, response.auth.accessor)",
        "token_type": "auth.token_type",
        "token_ttl_seconds": "auth.token_ttl",
        "remote_address": "request.remote_address",
        "error": "nullif(error, '')",
    },
    types={"token_ttl_seconds": "BIGINT"},
)


@dataclass(frozen=True, slots=True)
class Vault:
    """The audit log of Vault (device `file`) as files, plain or gzip. Needs to read the files."""

    path: str | Path

    default_system: ClassVar[str] = "vault"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (EVENTS,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("events", file)
