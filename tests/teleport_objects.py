"""Objects of a Teleport cluster, as its `tctl` prints them, and what is decoded of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from oncall_audit.connectors.base import SnapshotTable
from oncall_audit.connectors.teleport_roles import TeleportRoles

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LEDGER = "6a1c2e4e-0001-4f6d-9b1e-2f8f6f0f0001"
Record = dict[str, Any]


def item(kind: str, name: str, spec: Record, **metadata: Any) -> Record:
    """Return an object as `tctl get` prints it."""
    return {"kind": kind, "version": "v2", "metadata": {"name": name, **metadata}, "spec": spec}


def user(name: str, *roles: str, traits: Record | None = None, **told: Any) -> Record:
    """Return a user of the cluster itself."""
    metadata = {"expires": told.pop("expires")} if "expires" in told else {}
    made = {"created_by": {"user": {"name": "cleo"}}, **told}
    return item("user", name, {"roles": list(roles), "traits": traits or {}, **made}, **metadata)


def role(name: str, allow: Record, deny: Record | None = None) -> Record:
    """Return a role."""
    return item("role", name, {"options": {}, "allow": allow, "deny": deny or {}})


def request(name: str, state: Any, **told: Any) -> Record:
    """Return Ada's request of the role payments-admin for some hours of that day."""
    spec = {
        "user": "ada",
        "roles": ["payments-admin"],
        "state": state,
        "created": "2026-03-02T10:00:00Z",
        "expires": "2026-03-02T18:00:00Z",
        "request_reason": "ticket 7",
        "reviews": [review("ben", 2)] if state == 2 else None,
        **told,
    }
    return item("access_request", name, spec)


def review(author: str, state: Any, at: str = "2026-03-02T10:05:00.5Z") -> Record:
    """Return what somebody said of a request."""
    return {"author": author, "proposed_state": state, "created": at, "reason": "fine"}


def lock(**target: str) -> Record:
    """Return a lock without an end."""
    return item("lock", "l-1", {"target": target, "expires": "0001-01-01T00:00:00Z"})


PAYMENTS = role(
    "payments-admin", {"logins": ["ubuntu"], "node_labels": {"team": ["payments"], "env": "prod*"}}
)
NODES = [
    item("node", LEDGER, {"hostname": "ledger-1"}, labels={"team": "payments", "env": "production"}),
    item("node", "n-2", {"hostname": "ledger-test"}, labels={"team": "payments", "env": "test"}),
    item(
        "node", "n-3", {"hostname": "search-1", "cmd_labels": {"team": {"result": "search"}}},
        labels={"env": "prod"},
    ),
]  # fmt: skip


def member(of: str, name: str, **told: Any) -> Record:
    """Return a member of an access list."""
    joined = {"joined": "2026-02-01T00:00:00Z", "added_by": "cleo"}
    spec = {"access_list": of, "name": name, "expires": "0001-01-01T00:00:00Z", **joined, **told}
    return item("access_list_member", name, spec)


def decoded(kind: str, *objects: Record, at: datetime = NOW) -> list[Record]:
    """Decode an export of these objects, but for the right to log in at all."""
    return [row for row in everything(kind, *objects, at=at) if row.get("permission") != "login"]


def everything(kind: str, *objects: Record, at: datetime = NOW) -> list[Record]:
    """Decode an export of these objects."""
    connector = TeleportRoles(path="in", cluster="acme", kind=kind)  # type: ignore[arg-type]
    (table,) = connector.tables
    assert isinstance(table, SnapshotTable)
    return [dict(row) for row in table.decode(list(objects), {"observed_at": at})]


def rights(*objects: Record) -> list[tuple[Any, ...]]:
    """Return who may reach what by which role, and how."""
    keys = ("account", "resource_name", "permission", "granted_via")
    return [tuple(row[key] for key in keys) for row in decoded("permissions", *objects)]
