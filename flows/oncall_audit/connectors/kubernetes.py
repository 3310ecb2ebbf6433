"""Kubernetes: the audit log of an API server, as it writes it or as EKS exports it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined, moment
from oncall_audit.connectors.files import log_files

_TEXTS = (
    "auditID", "stage", "level", "verb", "requestURI", "userAgent", "requestReceivedTimestamp",
    "stageTimestamp", "timestamp",
)  # fmt: skip
# The cluster's own components ask it all day; of them counts who gets into a container.
_COMPONENT = "^system:(node:|apiserver$|kube-|serviceaccount:kube-system:)"
_WAYS_IN = ("exec", "attach", "portforward", "proxy", "ephemeralcontainers")
_TIME = (
    'coalesce(stageTimestamp, requestReceivedTimestamp, "timestamp", metadata.creationTimestamp)'
)
# Each part of a command is a parameter of its own, encoded as in any address.
_COMMAND = (
    "array_to_string(list_transform("
    "regexp_extract_all(coalesce(requestURI, ''), '[?&]command=([^&]*)', 1),"
    " lambda part: url_decode(replace(part, '+', ' '))), ' ')"
)

EVENTS = LogTable(
    name="events",
    framing="json",
    fields={
        **dict.fromkeys(_TEXTS, "VARCHAR"),
        "user": "STRUCT(username VARCHAR, uid VARCHAR, extra JSON)",
        "impersonatedUser": "STRUCT(username VARCHAR)",
        "sourceIPs": "VARCHAR[]",
        "objectRef": "STRUCT(resource VARCHAR, subresource VARCHAR, namespace VARCHAR,"
        " name VARCHAR)",
        "responseStatus": "STRUCT(code VARCHAR, reason VARCHAR)",
        "annotations": "JSON",
        # Of the first form of the log, before 2018.
        "metadata": "STRUCT(creationTimestamp VARCHAR)",
    },
    options=("cluster",),
    occurred_at=moment(_TIME),
    identity="case when auditID is not null then "
    + joined(
        "auditID",
        "stage",
        "stageTimestamp",
        "verb",
        "requestURI",
        '"user".username',
        "responseStatus.code",
        "objectRef.name",
    )
    + " end",
    # What comes in is told again, with its outcome, when it is answered.
    ignored="stage = 'RequestReceived' or (coalesce(regexp_matches(\"user\".username,"
    f" '{_COMPONENT}'), false) and coalesce(objectRef.subresource, '') not in {_WAYS_IN}"
    " and impersonatedUser.username is null)",
    rejected="case when verb is null then 'no verb in it' end",
    columns={
        "audit_id": "auditID",
        "stage": "stage",
        "level": "level",
        "verb": "verb",
        "cluster": "cluster",
        "user_name": '"user".username',
        "session_name": "\"user\".extra ->> '$.sessionName[0]'",
        "impersonated_user": "impersonatedUser.username",
        "resource": "objectRef.resource",
        "subresource": "objectRef.subresource",
        "namespace": "objectRef.namespace",
        "object_name": "objectRef.name",
        "command": f"nullif({_COMMAND}, '')",
        "request_uri": "requestURI",
        "source_ip": "sourceIPs[1]",
        "user_agent": "userAgent",
        "status_code": "responseStatus.code",
        "status_reason": "responseStatus.reason",
        "decision": "annotations ->> '$.\"authorization.k8s.io/decision\"'",
        "received_at": moment("requestReceivedTimestamp"),
    },
    types={"status_code": "BIGINT", "received_at": "TIMESTAMP"},
)


@dataclass(frozen=True, slots=True)
class Kubernetes:
    """The audit log of a Kubernetes API server as files, plain or gzip. Needs to read the files.

    `cluster` names the cluster in the policy.
    """

    path: str | Path
    cluster: str | None = None

    default_system: ClassVar[str] = "kubernetes"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (EVENTS,)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("events", file)
