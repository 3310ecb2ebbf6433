"""Kubernetes' audit events: stages, commands, impersonation, and what is noise."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from oncall_audit.connectors.kubernetes import Kubernetes

Rows = Callable[..., list[tuple[Any, ...]]]
EXAMPLE = Path(__file__).parent / "fixtures" / "kubernetes" / "audit.log"
T = "kubernetes__events"
EXEC: dict[str, Any] = {
    "auditID": "r-1",
    "stage": "ResponseComplete",
    "verb": "create",
    "requestURI": "/api/v1/namespaces/pay/pods/web-1/exec?command=tar&command=cf&command=-&command=%2Fapp%2Fa+b&container=web",
    "user": {"username": "ada@example.com"},
    "sourceIPs": ["192.0.2.7", "10.0.0.1"],
    "objectRef": {"resource": "pods", "subresource": "exec", "namespace": "pay", "name": "web-1"},
    "responseStatus": {"code": 101},
    "requestReceivedTimestamp": "2024-01-09T21:00:50.239640Z",
    "stageTimestamp": "2024-01-09T21:05:50.619910Z",
}


def lines(*events: dict[str, Any]) -> dict[str, str]:
    return {"audit.log": "\n".join(map(json.dumps, events))}


def test_an_exec_lands_with_its_command_and_times(log_rows: Rows) -> None:
    columns = (
        "occurred_at::varchar, received_at::varchar, audit_id, verb, user_name, namespace,"
        " object_name, subresource, command, status_code, source_ip"
    )

    assert log_rows(Kubernetes, lines(EXEC), T, columns) == [
        (
            "2024-01-09 21:05:50.61991",
            "2024-01-09 21:00:50.23964",
            "r-1",
            "create",
            "ada@example.com",
            "pay",
            "web-1",
            "exec",
            "tar cf - /app/a b",
            101,
            "192.0.2.7",
        )
    ]


def test_both_accounts_of_an_impersonation_are_kept(log_rows: Rows) -> None:
    event = {**EXEC, "impersonatedUser": {"username": "ben"}}

    assert log_rows(Kubernetes, lines(event), T, "user_name, impersonated_user") == [
        ("ada@example.com", "ben")
    ]


def test_eks_names_the_person_behind_a_role(log_rows: Rows) -> None:
    user = {
        "username": "ops",
        "extra": {"sessionName": ["ada"], "arn": ["arn:aws:sts::1:x/ops/ada"]},
    }

    assert log_rows(Kubernetes, lines({**EXEC, "user": user}), T, "session_name") == [("ada",)]


def test_each_stage_but_the_first_lands_once(log_rows: Rows) -> None:
    stages = ("RequestReceived", "ResponseStarted", "ResponseComplete", "ResponseComplete")

    found = log_rows(Kubernetes, lines(*({**EXEC, "stage": it} for it in stages)), T, "stage")

    assert found == [("ResponseStarted",), ("ResponseComplete",)]


@pytest.mark.parametrize(
    ("user", "subresource", "lands"),
    [
        ("system:node:node-1", None, False),
        ("system:kube-scheduler", None, False),
        ("system:serviceaccount:kube-system:job-controller", None, False),
        ("system:serviceaccount:kube-system:job-controller", "exec", True),
        ("system:serviceaccount:pay:deployer", None, True),
        ("system:admin", None, True),
        ("system:anonymous", None, True),
    ],
)
def test_the_clusters_own_components_are_noise_until_they_enter_a_container(
    log_rows: Rows, user: str, subresource: str | None, lands: bool
) -> None:
    reference = {"resource": "pods", "subresource": subresource}
    event = {**EXEC, "user": {"username": user}, "objectRef": reference}

    assert log_rows(Kubernetes, lines(event), T, "user_name") == ([(user,)] if lands else [])


def test_the_first_form_of_the_log_has_its_times_elsewhere(log_rows: Rows) -> None:
    beta = {k: v for k, v in EXEC.items() if not k.endswith("Timestamp")}
    events = [
        {**beta, "auditID": "a", "timestamp": "2024-01-09T19:55:05Z"},
        {**beta, "auditID": "b", "metadata": {"creationTimestamp": "2024-01-09T19:55:06Z"}},
    ]

    found = log_rows(Kubernetes, lines(*events), T, "occurred_at::varchar")

    assert found == [("2024-01-09 19:55:05",), ("2024-01-09 19:55:06",)]


def test_what_is_no_event_of_the_log_is_kept_apart(log_rows: Rows) -> None:
    wrapped = {"timestamp": "2024-01-09T19:55:05Z", "properties": {"log": "{}"}}

    assert log_rows(Kubernetes, lines(wrapped), T, "verb") == [("audit.log", 1, "no verb in it")]


def test_the_cluster_is_the_sources(log_rows: Rows) -> None:
    def named(path: Path) -> Kubernetes:
        return Kubernetes(path, cluster="production")

    assert log_rows(named, lines(EXEC), T, "cluster") == [("production",)]
