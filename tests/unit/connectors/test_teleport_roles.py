"""Roles, users and access requests of a Teleport cluster, as `tctl` exports them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest

from oncall_audit import connectors, landing
from oncall_audit.connectors.base import SnapshotTable, Window
from oncall_audit.connectors.teleport_roles import TeleportRoles
from oncall_audit.errors import ConfigurationError

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


def decoded(kind: str, *objects: Record, at: datetime = NOW) -> list[Record]:
    """Decode an export of these objects."""
    connector = TeleportRoles(path="in", cluster="acme", kind=kind)  # type: ignore[arg-type]
    (table,) = connector.tables
    assert isinstance(table, SnapshotTable)
    return [dict(row) for row in table.decode(list(objects), {"observed_at": at})]


def rights(*objects: Record) -> list[tuple[Any, ...]]:
    """Return who may reach what by which role, and how."""
    keys = ("account", "resource_name", "permission", "granted_via")
    return [tuple(row[key] for key in keys) for row in decoded("permissions", *objects)]


def opened(*objects: Record, account: str = "ada") -> set[str]:
    """Return what somebody reaches beside the cluster itself."""
    found = {name for who, name, _, _ in rights(*objects) if who == account}
    return found - {"acme"}


def test_a_role_opens_what_its_labels_fit() -> None:
    assert rights(user("ada", "payments-admin"), PAYMENTS, *NODES) == [
        ("ada", "acme", "payments-admin", "direct"),
        ("ada", "ledger-1", "payments-admin", "direct"),
    ]


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ({"*": "*"}, {"ledger-1", "ledger-test", "search-1"}),
        ({"*": ["*"]}, {"ledger-1", "ledger-test", "search-1"}),
        ({"team": "search"}, {"search-1"}),
        ({"team": "*"}, {"ledger-1", "ledger-test", "search-1"}),
        ({"env": ["^prod$", "test"]}, {"ledger-test", "search-1"}),
        ({"env": "prod"}, {"search-1"}),
        ({"env": "prod.*"}, set()),
        ({"zone": "*"}, set()),
        ({}, set()),
    ],
)
def test_labels_are_matched_as_teleport_does(labels: Record, names: set[str]) -> None:
    found = role("r", {"logins": ["ubuntu"], "node_labels": labels})

    assert opened(user("ada", "r"), found, *NODES) == names


def test_what_any_role_denies_no_other_gives() -> None:
    everything = role("all", {"logins": ["root"], "node_labels": {"*": "*"}})
    not_there = role("not-there", {}, {"node_labels": {"team": "payments"}})

    assert opened(user("ada", "all", "not-there"), everything, not_there, *NODES) == {"search-1"}
    assert opened(user("ada", "all"), everything, not_there, *NODES) == {
        "ledger-1", "ledger-test", "search-1",
    }  # fmt: skip


@pytest.mark.parametrize("denied", [["ubuntu"], ["*"]])
def test_a_role_that_lets_nobody_in_opens_nothing(denied: list[str]) -> None:
    nobody = role("nobody", {"node_labels": {"*": "*"}})
    refusing = role("refusing", {}, {"logins": denied})

    assert opened(user("ada", "nobody"), nobody, *NODES) == set()
    assert opened(user("ada", "payments-admin", "refusing"), PAYMENTS, refusing, *NODES) == set()


def test_traits_stand_in_for_logins_and_labels() -> None:
    own = role(
        "own",
        {"logins": ["{{internal.logins}}"], "node_labels": {"team": '{{external["team"]}}'}},
    )
    ada = user("ada", "own", traits={"logins": ["ada"], "team": ["search"]})
    ben = user("ben", "own", traits={"team": ["search"]})

    assert opened(ada, ben, own, *NODES) == {"search-1"}
    assert opened(ada, ben, own, *NODES, account="ben") == set()


@pytest.mark.parametrize(
    "allow",
    [
        {"node_labels": {"team": '{{regexp.replace(external.team, "^x", "")}}'}},
        {"node_labels_expression": 'labels["team"] == "payments"'},
        {"node_labels": {"team": "^(?<n>\\pL$"}},
    ],
)
def test_what_cannot_be_resolved_is_told_as_such(allow: Record) -> None:
    found = role("r", {"logins": ["ubuntu"], **allow})

    assert opened(user("ada", "r"), found, *NODES) == {"acme/unresolved/node"}


def test_without_its_resources_a_role_is_told_as_unresolved() -> None:
    assert opened(user("ada", "payments-admin"), PAYMENTS) == {"acme/unresolved/node"}


def test_databases_clusters_applications_and_desktops_are_reached_too() -> None:
    everything = role(
        "all",
        {
            "db_labels": {"*": "*"}, "db_users": ["reader"],
            "kubernetes_labels": {"*": "*"}, "kubernetes_groups": ["view"],
            "app_labels": {"env": "prod"},
            "windows_desktop_labels": {"*": "*"}, "windows_desktop_logins": ["ada"],
        },
    )  # fmt: skip
    found = [
        item("db", "payments-db", {"dynamic_labels": {}}),
        item("db_server", "d-1", {"database": item("db", "payments-db", {})}),
        item("db_server", "d-2", {"database": item("db", "search-db", {})}),
        item("kube_server", "k-1", {"cluster": item("kube_cluster", "production", {})}),
        item("app_server", "a-1", {"app": item("app", "wiki", {}, labels={"env": "prod"})}),
        item("windows_desktop", "desk-1", {}),
    ]

    assert rights(user("ada", "all"), everything, *found)[1:] == [
        ("ada", name, "all", "direct")
        for name in ("payments-db", "search-db", "production", "wiki", "desk-1")
    ]


@pytest.mark.parametrize(
    ("allow", "mighty"),
    [
        ({"logins": ["root"], "node_labels": {"*": "*"}}, {"ledger-1", "ledger-test", "search-1"}),
        ({"logins": ["ubuntu"], "node_labels": {"*": "*"}}, set()),
        ({"rules": [{"resources": ["role"], "verbs": ["list", "create"]}]}, {"acme"}),
        ({"rules": [{"resources": ["*"], "verbs": ["*"]}]}, {"acme"}),
        ({"rules": [{"resources": ["role"], "verbs": ["list", "read"]}]}, set()),
    ],
)
def test_who_is_root_or_governs_is_privileged(allow: Record, mighty: set[str]) -> None:
    found = decoded("permissions", user("ada", "r"), role("r", allow), *NODES)

    assert {row["resource_name"] for row in found if row["is_privileged"]} == mighty


def test_what_may_be_asked_for_and_decided_is_no_role_held() -> None:
    asking = role(
        "oncall", {"request": {"roles": ["payments-*"]}, "review_requests": {"roles": ["audit"]}}
    )

    assert rights(user("ada", "oncall"), asking) == [
        ("ada", "acme", "oncall", "direct"),
        ("ada", "acme", "request:payments-*", "direct"),
        ("ada", "acme", "review:audit", "direct"),
    ]


def test_a_users_end_is_the_rights_but_a_log_in_by_a_connector_comes_again() -> None:
    by_connector = {"connector": {"type": "oidc", "id": "okta"}, "user": {"name": "system"}}
    found = decoded(
        "permissions",
        user("ada", "r", expires="2026-04-01T00:00:00Z"),
        user("ben", "r", expires="2026-03-02T20:00:00Z", created_by=by_connector),
        user("cleo", "r", expires="0001-01-01T00:00:00Z"),
        role("r", {}),
    )

    assert [(row["account"], row["granted_via"], row["expires_at"]) for row in found] == [
        ("ada", "direct", datetime(2026, 4, 1, tzinfo=UTC)),
        ("ben", "connector:okta", None),
        ("cleo", "direct", None),
    ]


def member(of: str, name: str, **told: Any) -> Record:
    """Return a member of an access list."""
    joined = {"joined": "2026-02-01T00:00:00Z", "added_by": "cleo"}
    spec = {"access_list": of, "name": name, "expires": "0001-01-01T00:00:00Z", **joined, **told}
    return item("access_list_member", name, spec)


def test_members_of_an_access_list_hold_what_it_grants_and_its_owners_what_they_get() -> None:
    grants = {"roles": ["payments-admin"], "traits": {}}
    found = decoded(
        "permissions",
        user("cleo"),
        PAYMENTS,
        role("audit", {}),
        item(
            "access_list", "pay",
            {"grants": grants, "owners": [{"name": "cleo"}], "owner_grants": {"roles": ["audit"]}},
        ),
        member("pay", "ada", expires="2026-06-01T00:00:00Z"),
        member("pay", "ben", ineligible_status="INELIGIBLE_STATUS_EXPIRED"),
        *NODES,
    )  # fmt: skip

    told = [
        tuple(row.get(key) for key in ("account", "resource_name", "granted_by", "is_enabled"))
        for row in found
    ]
    assert told == [
        ("ada", "acme", "cleo", True),
        ("ada", "ledger-1", "cleo", True),
        ("ben", "acme", "cleo", False),
        ("ben", "ledger-1", "cleo", False),
        ("cleo", "acme", None, True),
    ]
    assert {row["granted_via"] for row in found} == {"list:pay"}
    assert found[0]["granted_at"] == datetime(2026, 2, 1, tzinfo=UTC)
    assert found[0]["expires_at"] == datetime(2026, 6, 1, tzinfo=UTC)


def test_a_list_within_a_list_holds_what_that_grants_even_in_a_circle() -> None:
    outer = item("access_list", "outer", {"grants": {"roles": ["payments-admin"]}})
    inner = item("access_list", "inner", {"grants": {"roles": []}})
    nested = member("outer", "inner", membership_kind="MEMBERSHIP_KIND_LIST")
    back = member("inner", "outer", membership_kind="MEMBERSHIP_KIND_LIST")

    found = rights(user("cleo"), PAYMENTS, outer, inner, nested, back, member("inner", "ada"))

    assert set(found) == {
        ("ada", "acme", "payments-admin", "list:outer"),
        ("ada", "acme/unresolved/node", "payments-admin", "list:outer"),
    }


def test_an_approved_request_gives_until_it_ends_and_what_it_names() -> None:
    whole = [user("ada"), PAYMENTS, *NODES]
    of_role = request("q-1", 2)
    of_node = request("q-2", 2, resource_ids=[{"cluster": "acme", "kind": "node", "name": "n-3"}])

    assert rights(*whole, of_role, of_node, request("q-3", 1), request("q-4", 3)) == [
        ("ada", "acme", "payments-admin", "request:q-1"),
        ("ada", "ledger-1", "payments-admin", "request:q-1"),
        ("ada", "search-1", "payments-admin", "request:q-2"),
    ]
    assert {row["expires_at"] for row in decoded("permissions", *whole, of_role)} == {
        datetime(2026, 3, 2, 18, tzinfo=UTC)
    }
    assert decoded("permissions", *whole, of_role, at=NOW + timedelta(hours=6)) == []
    assert rights(*whole, of_role, lock(access_request="q-1")) == []


@pytest.mark.parametrize("target", [{"user": "ada"}, {"role": "payments-admin"}])
def test_who_is_locked_out_holds_nothing(target: dict[str, str]) -> None:
    found = decoded("permissions", user("ada", "payments-admin"), PAYMENTS, lock(**target))

    assert {row["is_enabled"] for row in found} == {False}


def test_a_lock_of_one_device_or_one_that_has_ended_locks_nobody_out() -> None:
    of_device = lock(user="ada", trusted_device="d-1")
    ended = item("lock", "l-2", {"target": {"user": "ada"}, "expires": "2026-03-02T11:00:00Z"})
    found = decoded("permissions", user("ada", "payments-admin"), PAYMENTS, of_device, ended)

    assert {row["is_enabled"] for row in found} == {True}


def test_a_request_opens_what_its_roles_do() -> None:
    found = decoded("requests", user("ada"), PAYMENTS, *NODES, request("q-1", 2))

    told = {
        "requester": "ada",
        "approver": "ben",
        "status": "approved",
        "reason": "ticket 7",
        "reviews": [
            {
                "reviewer": "ben",
                "reviewed_at": "2026-03-02T10:05:00.5Z",
                "decision": "approved",
                "reason": "fine",
            }
        ],
        "requested_at": datetime(2026, 3, 2, 10, tzinfo=UTC),
        "started_at": datetime(2026, 3, 2, 10, 5, 0, 500000, tzinfo=UTC),
        "ended_at": datetime(2026, 3, 2, 18, tzinfo=UTC),
        "permission": "payments-admin",
    }
    assert found == [
        {**told, "request_id": "q-1", "resource_name": "acme"},
        {**told, "request_id": "q-1/payments-admin/ledger-1", "resource_name": "ledger-1"},
    ]


def test_a_request_for_single_resources_opens_these_alone() -> None:
    wanted = [
        {"cluster": "acme", "kind": "node", "name": LEDGER},
        {"cluster": "acme", "kind": "db", "name": "search-db"},
        {"cluster": "acme", "kind": "namespace", "name": "production", "sub_resource": "payments"},
    ]
    found = decoded("requests", *NODES, request("q-1", 2, resource_ids=wanted))

    names = [row["resource_name"] for row in found]
    assert names == ["acme", "ledger-1", "production", "search-db"]


def test_of_roles_that_nobody_exported_only_the_request_is_told() -> None:
    assert [row["request_id"] for row in decoded("requests", request("q-1", 2))] == ["q-1"]


@pytest.mark.parametrize(
    ("state", "reviews", "told"),
    [
        (None, None, ("pending", None, None)),
        (1, [review("ben", 2)], ("pending", None, None)),
        ("PENDING", None, ("pending", None, None)),
        (3, [review("ben", 3)], ("denied", None, None)),
        (2, None, ("approved", None, "10:00:00")),
        ("APPROVED", [review("ben", "APPROVED")], ("approved", "ben", "10:05:00.500000")),
        (4, [review("dora", 4)], ("approved", "dora", "10:05:00.500000")),
        (
            2,
            [review("eve", 2, "2026-03-02T10:30:00Z"), review("ben", 2), review("fay", 3)],
            ("approved", "eve", "10:30:00"),
        ),
    ],
)
def test_who_decided_and_from_when(state: Any, reviews: Any, told: tuple[Any, ...]) -> None:
    (row,) = decoded("requests", request("q-1", state, reviews=reviews))

    began = row["started_at"] and row["started_at"].time().isoformat()
    assert (row["status"], row["approver"], began) == told


def test_what_is_to_begin_later_does() -> None:
    (row,) = decoded("requests", request("q-1", 2, assume_start_time="2026-03-02T14:00:00Z"))

    assert row["started_at"] == datetime(2026, 3, 2, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", [{"user": ""}, {"created": "soon"}, {"state": 9}, {"reviews": 7}, {"reviews": ["ben"]}]
)
def test_a_request_that_is_none_is_kept_apart(told: Record) -> None:
    wrong = request("q-1", 2)
    wrong["spec"] |= told

    first, second = decoded("requests", wrong, request("q-2", 1))

    assert set(first) == {"_rejected"}
    assert second["request_id"] == "q-2"


def land(folder: Path, document: Any, kind: str = "permissions") -> landing.Landed:
    """Land one export."""
    (folder / "in").mkdir()
    (folder / "in" / "acme-2026-03-02T12:00:00Z.json").write_bytes(orjson.dumps(document))
    connector = TeleportRoles(path=folder / "in", cluster="acme", kind=kind)  # type: ignore[arg-type]
    return landing.land(
        connector, source_name="t", system="teleport", window=Window(NOW - timedelta(1), NOW),
        folder=folder, now=NOW,
    )  # fmt: skip


def test_an_export_lands_as_of_the_time_in_its_name(tmp_path: Path) -> None:
    done = land(tmp_path, {"user": [user("ada", "r")], "role": [role("r", {})], "lock": None})

    assert (done.state, done.landed, done.quarantined) == ("complete", 1, 0)
    with landing.Manifest(tmp_path / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        landing.views(connection, manifest, {"teleport_roles": connectors.tables("teleport_roles")})
        query = "select account, permission, observed_at from landing.teleport_roles__rights"
        assert connection.execute(query).fetchall() == [("ada", "r", datetime(2026, 3, 2, 12))]  # noqa: DTZ001


@pytest.mark.parametrize("document", [None, [], {"access_request": None}])
def test_that_nobody_asks_for_anything_is_an_answer(tmp_path: Path, document: Any) -> None:
    done = land(tmp_path, document, "requests")

    assert (done.state, done.landed, done.quarantined) == ("complete", 0, 0)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ([user("ada", "r")], "it has no role"),
        ([role("r", {})], "it has no user"),
        ([], "it has no role"),
        ([{"name": "ada"}], "has no `kind`"),
        ("text", "it is no list of objects"),
        ({"user": {}}, "it is no list of objects"),
        ([user("ada", "r"), {"kind": "role"}], "it has no `name`"),
    ],
)
def test_an_export_that_is_not_whole_lands_nothing(
    tmp_path: Path, document: Any, reason: str
) -> None:
    done = land(tmp_path, document)

    assert (done.landed, done.quarantined) == (0, 1)
    with landing.Manifest(tmp_path / "manifest.sqlite") as manifest:
        (found,) = manifest.quarantined()
    assert reason in found.reason


def test_another_kind_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="teleport_roles has no `kind: logs`"):
        TeleportRoles(path="in", cluster="acme", kind="logs")
