"""Roles and users of a Teleport cluster: who may reach what, by which way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from teleport_objects import (
    NODES,
    NOW,
    PAYMENTS,
    Record,
    decoded,
    everything,
    item,
    lock,
    member,
    request,
    rights,
    role,
    user,
)


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


def test_who_may_log_in_at_all_is_told_beside_roles() -> None:
    locked = lock(user="ben")
    found = everything(
        "permissions", user("ada"), user("ben"), user("cleo", "r"), role("r", {}), locked
    )

    assert [(row["account"], row["permission"], row["is_enabled"]) for row in found] == [
        ("ada", "login", True),
        ("ben", "login", False),
        ("cleo", "login", True),
        ("cleo", "r", True),
    ]
    assert {row["resource_name"] for row in found} == {"acme"}


@pytest.mark.parametrize("target", [{"user": "ada"}, {"role": "payments-admin"}])
def test_who_is_locked_out_holds_nothing(target: dict[str, str]) -> None:
    found = decoded("permissions", user("ada", "payments-admin"), PAYMENTS, lock(**target))

    assert {row["is_enabled"] for row in found} == {False}


def test_a_lock_of_one_device_or_one_that_has_ended_locks_nobody_out() -> None:
    of_device = lock(user="ada", trusted_device="d-1")
    ended = item("lock", "l-2", {"target": {"user": "ada"}, "expires": "2026-03-02T11:00:00Z"})
    found = decoded("permissions", user("ada", "payments-admin"), PAYMENTS, of_device, ended)

    assert {row["is_enabled"] for row in found} == {True}
