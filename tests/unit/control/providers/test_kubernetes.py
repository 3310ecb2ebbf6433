"""Role bindings: other subjects and other people's changes are left alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from controlled.kubernetes import KubernetesCluster, group, user
from controlled.system import unchanged

from oncall_audit.control.model import Right
from oncall_audit.errors import ControlError

Make = Callable[[str], Any]


@pytest.fixture
def kubernetes(make_system: Make) -> KubernetesCluster:
    return make_system("kubernetes")  # type: ignore[no-any-return]


def test_a_revocation_leaves_the_binding_and_its_other_subjects(
    kubernetes: KubernetesCluster,
) -> None:
    kubernetes.provider().revoke(
        Right("kubernetes", "cleo", "production/payments", "ClusterRole/view")
    )
    kubernetes.provider().revoke(Right("kubernetes", "cleo", "production", "ClusterRole/view"))

    assert kubernetes.bindings["payments", "viewers"]["subjects"] == [group("sre")]
    assert kubernetes.bindings["", "everywhere"]["subjects"] == []


def test_an_own_binding_is_removed_when_nobody_is_left_in_it(
    kubernetes: KubernetesCluster,
) -> None:
    names = set(kubernetes.bindings)
    kubernetes.provider().grant(kubernetes.rights[0], None)
    assert len(kubernetes.bindings) == len(names) + 1

    kubernetes.provider().revoke(kubernetes.rights[0])

    assert set(kubernetes.bindings) == names


def test_a_service_account_is_an_account_and_a_group_is_none(
    kubernetes: KubernetesCluster,
) -> None:
    robot = Right(
        "kubernetes",
        "system:serviceaccount:payments:deployer",
        "production/payments",
        "Role/deployer",
    )
    before = kubernetes.state()

    kubernetes.provider().revoke(robot)
    assert kubernetes.state() == before - {robot}
    kubernetes.provider().grant(robot, None)
    assert kubernetes.state() == before


@pytest.mark.parametrize("verb", ["grant", "revoke"])
def test_what_somebody_else_changed_meanwhile_is_kept(
    kubernetes: KubernetesCluster, verb: str
) -> None:
    right = Right("kubernetes", "cleo", "production/payments", "ClusterRole/view")
    other = replace(right, account="dora")
    if verb == "grant":
        kubernetes.provider().revoke(right)
        # Of its own name, but already there and somebody else's by now.
        kubernetes.provider().grant(right, None)
        name = next(key for key in kubernetes.bindings if key[1].startswith("oncall-audit-"))
        kubernetes.bindings[name]["subjects"] = []

    def quicker() -> None:
        kubernetes.before_change = lambda: None
        names = [key for key, it in kubernetes.bindings.items() if key[0] == "payments"]
        for namespace, name in names:
            binding = kubernetes.bindings[namespace, name]
            if binding["roleRef"]["name"] == "view":
                subjects = [*binding["subjects"], user("dora")]
                kubernetes.make(namespace, name, "ClusterRole/view", *subjects)

    kubernetes.before_change = quicker
    getattr(kubernetes.provider(), verb)(right, *([None] if verb == "grant" else []))

    assert other in kubernetes.state()
    assert (right in kubernetes.state()) == (verb == "grant")


def test_a_binding_that_is_always_changed_by_others_is_told(
    kubernetes: KubernetesCluster,
) -> None:
    kubernetes.before_change = lambda: kubernetes.make(
        "payments", "viewers", "ClusterRole/view", user("cleo"), group("sre")
    )

    unchanged(kubernetes, "revoke", kubernetes.rights[4], "is changed by others: apply again")


def test_kubernetes_stays_in_its_namespaces(kubernetes: KubernetesCluster) -> None:
    provider = kubernetes.provider(namespaces=("search",))

    assert list(provider.held()) == []
    with pytest.raises(ControlError, match="not among `namespaces`"):
        provider.revoke(kubernetes.rights[4])
    assert kubernetes.rights[4] in kubernetes.state()


@pytest.mark.parametrize(
    "changed",
    [
        {"resource_name": "staging/payments"},
        {"resource_name": "production", "permission": "Role/deployer"},
        {"permission": "view"},
        {"permission": "ClusterRole/"},
    ],
)
def test_kubernetes_grants_nothing_that_is_no_role_there(
    kubernetes: KubernetesCluster, changed: dict[str, str]
) -> None:
    unchanged(
        kubernetes, "grant", replace(kubernetes.rights[0], **changed), "A right in Kubernetes is"
    )


def test_a_file_of_certificates_that_is_not_there_is_told(kubernetes: KubernetesCluster) -> None:
    provider = kubernetes.provider(url="https://localhost:1", ca_file="/nowhere/ca.crt")

    with pytest.raises(ControlError, match=r"Correct .* file of certificates"):
        list(provider.held())
