"""Teleport: who holds which roles and what they open, or access requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from oncall_audit.connectors.base import File, Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.connectors.records import Row, UnreadableError, columns, part, required, rows
from oncall_audit.connectors.teleport_cluster import (
    STATES,
    Cluster,
    ending,
    is_approval,
    reviews,
    starting,
)
from oncall_audit.connectors.teleport_objects import Export, exported, moment, name_of, texts
from oncall_audit.connectors.teleport_program import Tctl
from oncall_audit.errors import ConfigurationError

_KINDS = ("permissions", "requests")
# What every cluster has: an export without them is not whole.
_ALWAYS = ("role", "user")


@dataclass(frozen=True, slots=True)
class _Decoder:
    """Reads the exports of a cluster; `cluster` is its name."""

    cluster: str

    def rights(self, document: Any, context: Row) -> Iterator[Row]:
        """Yield a row for each right of an account."""
        export = exported(document)
        for kind in _ALWAYS:
            if not export.of(kind):
                raise UnreadableError(f"it has no {kind}: export every kind into one file")
        return self._of(export, context).rights()

    def requests(self, document: Any, context: Row) -> Iterator[Row]:
        """Yield a row for each request, and one for each resource that it is known to open."""
        export = exported(document)
        cluster = self._of(export, context)

        def row(request: Row) -> Iterator[Row]:
            spec, told = part(request, "spec"), _asked(request)
            roles = ", ".join(texts(spec.get("roles")))
            yield {**told, "resource_name": self.cluster, "permission": roles}
            for role, name in sorted(set(cluster.targets(spec))):
                key = f"{told['request_id']}/{role}/{name}"
                yield {**told, "request_id": key, "resource_name": name, "permission": role}

        return rows(export.of("access_request"), row)

    def _of(self, export: Export, context: Row) -> Cluster:
        return Cluster(self.cluster, export, context["observed_at"])


def _asked(request: Row) -> Row:
    spec = part(request, "spec")
    state = spec.get("state") or 0
    if state not in STATES:
        raise UnreadableError(f"its `state` {state!r:.40} is none")
    decided = sorted(map(_decision, reviews(spec)), key=lambda it: str(it["reviewed_at"]))
    approvals = [it["reviewer"] for it in decided if it["decision"] == "approved"]
    is_approved = STATES[state] == "approved"
    return {
        "request_id": name_of(request),
        "requester": required(spec, "user"),
        "approver": approvals[-1] if approvals and is_approved else None,
        "status": STATES[state],
        "reason": spec.get("request_reason"),
        "reviews": decided,
        "requested_at": moment(required(spec, "created")),
        "started_at": starting(spec) if is_approved else None,
        "ended_at": ending(spec),
    }


def _decision(review: Row) -> Row:
    return {
        "reviewer": required(review, "author"),
        "reviewed_at": review.get("created"),
        "decision": "approved" if is_approval(review) else "denied",
        "reason": review.get("reason"),
    }


def _rights(cluster: str) -> SnapshotTable:
    return SnapshotTable(
        "rights",
        columns(
            "account resource_name permission granted_via granted_by",
            "granted_at expires_at",
            is_privileged="BOOLEAN",
            is_enabled="BOOLEAN",
        ),
        _Decoder(cluster).rights,
    )


def _requests(cluster: str) -> SnapshotTable:
    return SnapshotTable(
        "requests",
        columns(
            "request_id requester approver resource_name permission status reason reviews",
            "requested_at started_at ended_at",
        ),
        _Decoder(cluster).requests,
    )


@dataclass(frozen=True, slots=True)
class TeleportRoles:
    """Roles and users, or access requests, of one Teleport cluster: asked by `tctl`, or exported.

    Needs `list` and `read` of what it reads. `cluster` names the cluster; `kind` says what is
    read: permissions or requests. Teleport has no other interface than gRPC and `tctl`.
    """

    cluster: str
    name: str = "teleport_roles"
    kind: Kind = "permissions"
    path: str | Path | None = None
    tctl: str | None = None
    identity_file: str | None = None
    auth_server: str | None = None
    access_lists: bool = False
    seconds: float = 60

    default_system: ClassVar[str] = "teleport"
    shapes: ClassVar[tuple[Table, ...]] = (_rights(""), _requests(""))

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ConfigurationError(
                f"Source {self.name}: teleport_roles has no `kind: {self.kind}`: use one of"
                f" {', '.join(_KINDS)}."
            )
        if (self.path is None) == (self.tctl is None):
            raise ConfigurationError(
                f"Source {self.name} needs `tctl` (the program, to ask the cluster) or `path` (a"
                " folder of exports): give either."
            )

    @property
    def tables(self) -> tuple[Table, ...]:
        """What a source of this kind lands."""
        return ((_requests if self.kind == "requests" else _rights)(self.cluster),)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield the cluster as it is now, or each export: one dated snapshot each."""
        (table,) = self.tables
        if self.path is not None:
            for file in find_files(self.path, ".json"):
                yield File(table.name, file)
            return
        at = datetime.now(UTC)
        yield Page(
            table.name, self.cluster, self._asked().export(access_lists=self.access_lists), at
        )

    def probe(self) -> str:
        """Ask for the locks; raise `SourceError` if `tctl` cannot reach the cluster or may not."""
        if self.path is not None:
            return f"{len(find_files(self.path, '.json'))} file(s)"
        self._asked().listed("get", "locks")
        return "answers, and accepts the identity"

    def _asked(self) -> Tctl:
        return Tctl(str(self.tctl), self.seconds, self.identity_file, self.auth_server)
