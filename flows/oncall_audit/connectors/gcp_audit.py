"""Google Cloud: the audit logs that Cloud Logging exports, as a sink or a command writes them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files

_WHO = "protoPayload.authenticationInfo"
_DELEGATION = "$.serviceAccountDelegationInfo[0].firstPartyPrincipal.principalEmail"
_GRANTED = (
    "list_transform(json_extract(protoPayload.authorizationInfo, '$[*]'),"
    " lambda it: it ->> '$.granted')"
)

ENTRIES = LogTable(
    name="entries",
    framing="json",
    # As the API answers; a sink writes lines, and `gcloud logging read` an array.
    records="entries",
    fields={
        **dict.fromkeys(("timestamp", "receiveTimestamp", "insertId", "logName"), "VARCHAR"),
        "resource": "JSON",
        "operation": "STRUCT(id VARCHAR, first VARCHAR, last VARCHAR)",
        "protoPayload": "STRUCT(serviceName VARCHAR, methodName VARCHAR, resourceName VARCHAR,"
        " authenticationInfo JSON, authorizationInfo JSON, requestMetadata JSON, status JSON)",
    },
    occurred_at=moment('coalesce("timestamp", receiveTimestamp)'),
    # An id is unique only among entries of one log and time.
    identity="case when insertId is not null then "
    + joined(
        "insertId", '"timestamp"', "logName", "protoPayload.methodName",
        "protoPayload.resourceName", f"{_WHO} ->> '$.principalEmail'", "operation.id",
        "operation.first", "operation.last",
    )
    + " end",
    # A sink may hold what programs log; only audit entries have such a payload.
    ignored="protoPayload is null",
    rejected="case when protoPayload.methodName is null then 'no methodName in it' end",
    columns={
        "insert_id": "insertId",
        "log_name": "logName",
        "service_name": "protoPayload.serviceName",
        "method_name": "protoPayload.methodName",
        "resource_name": "protoPayload.resourceName",
        "resource_type": "resource ->> '$.type'",
        "project": "coalesce(resource ->> '$.labels.project_id',"
        " nullif(regexp_extract(logName, '^projects/([^/]+)/', 1), ''))",
        "principal": f"coalesce({_WHO} ->> '$.principalEmail', {_WHO} ->> '$.principalSubject')",
        "delegated_by": f"{_WHO} ->> '{_DELEGATION}'",
        "key_name": f"{_WHO} ->> '$.serviceAccountKeyName'",
        "is_refused": f"list_contains({_GRANTED}, 'false')",
        "status_code": "protoPayload.status ->> '$.code'",
        "status_message": "protoPayload.status ->> '$.message'",
        "source_ip": "coalesce(protoPayload.requestMetadata ->> '$.callerIp',"
        " protoPayload.requestMetadata ->> '$.callerIP')",
        "user_agent": "protoPayload.requestMetadata ->> '$.callerSuppliedUserAgent'",
        "operation_id": "operation.id",
    },
    types={"is_refused": "BOOLEAN", "status_code": "BIGINT"},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class GcpAudit:
    """Exported audit logs of Google Cloud, plain or gzip. Needs to read the files."""

    path: str | Path

    default_system: ClassVar[str] = "gcp"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (ENTRIES,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("entries", file)
