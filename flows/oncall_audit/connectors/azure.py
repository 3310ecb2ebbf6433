"""Azure and Entra ID: sign-in, audit and activity logs, as a diagnostic setting exports them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files

_TEXTS = (
    "time", "resourceId", "operationName", "category", "resultType", "resultDescription",
    "callerIpAddress", "correlationId", "tenantId", "caller",
)  # fmt: skip
_UPN = '$.claims."http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn"'
_INITIATOR = "$.initiatedBy.user.userPrincipalName"
_TIME = """coalesce("time", properties ->> '$.createdDateTime')"""

RECORDS = LogTable(
    name="records",
    framing="json",
    records="records",
    fields={**dict.fromkeys(_TEXTS, "VARCHAR"), "identity": "JSON", "properties": "JSON"},
    occurred_at=moment(_TIME),
    # Seven digits of a second are told and six are kept, so the time alone is not enough.
    identity=joined(
        '"time"', "category", "operationName", "resourceId", "correlationId", "resultType",
        "callerIpAddress", "properties ->> '$.id'", "properties ->> '$.userPrincipalName'",
    ),
    rejected="case when operationName is null then 'no operationName in it' end",
    columns={
        "category": "category",
        "operation": "operationName",
        "resource_id": "resourceId",
        "tenant_id": "tenantId",
        "correlation_id": "correlationId",
        "result_type": "coalesce(resultType, properties ->> '$.result')",
        "result_text": "resultDescription",
        "error_code": "coalesce(properties ->> '$.status.errorCode', resultType)",
        "user_principal_name": f"coalesce(nullif(properties ->> '$.userPrincipalName', ''),"
        f" properties ->> '{_INITIATOR}', identity ->> '{_UPN}', caller)",
        "service_principal": "coalesce(nullif(properties ->> '$.servicePrincipalName', ''),"
        " properties ->> '$.initiatedBy.app.displayName', identity ->> '$.claims.appid')",
        "application": "properties ->> '$.appDisplayName'",
        "target": "coalesce(properties ->> '$.targetResources[0].userPrincipalName',"
        " properties ->> '$.targetResources[0].displayName')",
        "factors": "properties ->> '$.authenticationRequirement'",
        "device_id": "nullif(properties ->> '$.deviceDetail.deviceId', '')",
        "source_ip": "coalesce(callerIpAddress, properties ->> '$.ipAddress')",
    },
    types={"error_code": "BIGINT"},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Azure:
    """Exported logs of Azure and Entra ID, plain or gzip. Needs to read the files."""

    path: str | Path

    default_system: ClassVar[str] = "azure"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (RECORDS,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("records", file)
