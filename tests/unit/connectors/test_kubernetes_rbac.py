"""Roles and role bindings, of a local server that behaves like a cluster's, and as an export."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from pytest_httpserver import HTTPServer
from servers import kubernetes_rbac as vendor
from servers.kubernetes_rbac import KubernetesRbacServer, binding, role, user

from oncall_audit import landing
from oncall_audit.connectors.base import Page, SnapshotTable, Window
from oncall_audit.connectors.kubernetes_rbac import KubernetesRbac
from oncall_audit.errors import ConfigurationError, SourceError

NOW = datetime.now(UTC)
NIGHT = Window(NOW - timedelta(days=1), NOW)


@pytest.fixture
def cluster(httpserver: HTTPServer, waits: list[float]) -> KubernetesRbacServer:
    """A cluster with a role, a cluster role, and a binding of each."""
    return vendor.serve(httpserver)


def rows(cluster: KubernetesRbacServer, table: str) -> list[dict[str, Any]]:
    """Read the cluster whole, and decode one table as the landing zone does."""
    connector = cluster.connector()
    declared = next(it for it in connector.tables if it.name == table)
    assert isinstance(declared, SnapshotTable)
    return [
        dict(row)
        for page in connector.read(NIGHT)
        if isinstance(page, Page) and page.table == table
        for row in declared.decode(orjson.loads(page.body), page.context)
    ]


def export(folder: Path, document: dict[str, Any]) -> landing.Landed:
    """Land one exported file."""
    (folder / "in").mkdir()
    (folder / "in" / "production.json").write_bytes(orjson.dumps(document))
    connector = KubernetesRbac("production", path=folder / "in")
    return landing.land(
        connector,
        source_name="rbac",
        system="kubernetes",
        window=NIGHT,
        folder=folder,
        now=NOW,
    )


def whole(cluster: KubernetesRbacServer) -> list[dict[str, Any]]:
    """Return every object as an export has them: with its kind."""
    return [it for kind in cluster.objects.values() for it in kind]


def test_each_subject_of_a_binding_is_a_row(cluster: KubernetesRbacServer) -> None:
    bot = {"kind": "ServiceAccount", "name": "bot", "namespace": "tools"}
    cluster.objects["rolebindings"][0]["subjects"].append(bot)
    created = {"created_at": datetime(2026, 3, 1, tzinfo=UTC), "is_default": False}
    of_team = {
        **created,
        "cluster": "production",
        "kind": "RoleBinding",
        "namespace": "payments",
        "name": "oncall",
        "role_kind": "Role",
        "role_name": "view",
    }

    assert rows(cluster, "subjects") == [
        {
            **of_team,
            "subject_kind": "Group",
            "subject_name": "oncall",
            "subject_namespace": None,
        },
        {
            **of_team,
            "subject_kind": "ServiceAccount",
            "subject_name": "bot",
            "subject_namespace": "tools",
        },
        {
            **created,
            "cluster": "production",
            "kind": "ClusterRoleBinding",
            "namespace": None,
            "name": "admins",
            "role_kind": "ClusterRole",
            "role_name": "cluster-admin",
            "subject_kind": "User",
            "subject_name": "ada",
            "subject_namespace": None,
        },
    ]


def test_roles_come_with_their_rules(cluster: KubernetesRbacServer) -> None:
    found = [
        (it["kind"], it["name"], it["is_default"], it["rules"][0]["verbs"])
        for it in rows(cluster, "roles")
    ]

    assert found == [
        ("Role", "view", False, ["get"]),
        ("ClusterRole", "cluster-admin", True, ["*"]),
    ]


@pytest.mark.parametrize("subjects", [None, []])
def test_a_binding_of_nobody_is_no_row(cluster: KubernetesRbacServer, subjects: Any) -> None:
    cluster.objects["rolebindings"][0]["subjects"] = subjects

    assert [it["name"] for it in rows(cluster, "subjects")] == ["admins"]


def test_a_list_that_expires_while_it_is_read_fails_the_reading(
    cluster: KubernetesRbacServer,
) -> None:
    cluster.fill(2)
    cluster.trouble = lambda number, _: (
        vendor.status(410, "The provided continue parameter is too old") if number == 2 else None
    )

    with pytest.raises(SourceError, match="410: The provided continue parameter is too old"):
        rows(cluster, "subjects")


def test_an_export_lands_as_the_api_does(cluster: KubernetesRbacServer, tmp_path: Path) -> None:
    done = export(tmp_path, {"kind": "List", "items": whole(cluster)})

    assert (done.state, done.landed, done.quarantined) == ("complete", 4, 0)


@pytest.mark.parametrize(
    "document",
    [
        {"kind": "List", "items": []},
        {
            "kind": "List",
            "items": [role("view", ["get"]), binding("b", "Role/v", user("ada"), namespace="p")],
        },
        {"kind": "Role", "metadata": {"name": "view"}},
        {
            "metadata": {"continue": "more"},
            "items": [role("view", ["get"]), binding("b", "ClusterRole/view", user("ada"))],
        },
    ],
    ids=["nothing", "no cluster bindings", "one object", "the first part"],
)
def test_an_export_that_is_not_whole_lands_nothing(
    tmp_path: Path, document: dict[str, Any]
) -> None:
    done = export(tmp_path, document)

    assert (done.landed, done.quarantined > 0) == (0, True)


@pytest.mark.parametrize(
    "options", [{}, {"url": "https://k8s.example.com"}, {"path": "a", "token": "b", "url": "c"}]
)
def test_either_the_api_or_files_are_asked_for(options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="`url` and `token`"):
        KubernetesRbac("production", **options)
