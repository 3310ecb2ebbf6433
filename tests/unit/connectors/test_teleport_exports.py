"""A Teleport cluster as it comes: from exported files, and by its `tctl`."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson
import pytest
from controlled.teleport import TeleportCluster
from teleport_objects import (
    NODES,
    NOW,
    item,
    member,
    role,
    user,
)

from oncall_audit import connectors, landing
from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.teleport_roles import TeleportRoles
from oncall_audit.errors import ConfigurationError, SourceError

WINDOW = Window(NOW - timedelta(1), NOW)


def land(folder: Path, document: Any, kind: str = "permissions") -> landing.Landed:
    """Land one export."""
    (folder / "in").mkdir()
    (folder / "in" / "acme-2026-03-02T12:00:00Z.json").write_bytes(orjson.dumps(document))
    connector = TeleportRoles(path=folder / "in", cluster="acme", kind=kind)  # type: ignore[arg-type]
    return landing.land(
        connector, source_name="t", system="teleport", window=WINDOW,
        folder=folder, now=NOW,
    )  # fmt: skip


def test_an_export_lands_as_of_the_time_in_its_name(tmp_path: Path) -> None:
    done = land(tmp_path, {"user": [user("ada", "r")], "role": [role("r", {})], "lock": None})

    assert (done.state, done.landed, done.quarantined) == ("complete", 2, 0)
    with landing.Manifest(tmp_path / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        landing.views(connection, manifest, {"teleport_roles": connectors.tables("teleport_roles")})
        query = "select account, permission, observed_at from landing.teleport_roles__rights where permission = 'r'"
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


@pytest.mark.parametrize("options", [{}, {"path": "in", "tctl": "tctl"}])
def test_either_the_cluster_or_files_are_asked_for(options: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=r"needs `tctl`.*or `path`"):
        TeleportRoles(cluster="acme", **options)  # type: ignore[arg-type]


@pytest.fixture
def cluster(tmp_path: Path) -> TeleportCluster:
    """A cluster in which Cleo alone has a role, which opens one of three hosts."""
    made = TeleportCluster(tmp_path)
    lists = [item("access_list", "pay", {"grants": {"roles": ["access"]}})]
    objects = {
        "get role": [role("access", {"logins": ["ubuntu"], "node_labels": {"team": "search"}})],
        "get node": NODES,
        "get access_list": lists,
        "acl users ls pay": [member("pay", "ada")],
    }
    made.write({**made.read(), "objects": objects})
    return made


def asked(cluster: TeleportCluster, **options: Any) -> TeleportRoles:
    return TeleportRoles(cluster="acme", tctl=str(cluster.path), **options)


def held(cluster: TeleportCluster, **options: Any) -> list[tuple[str, str]]:
    """Return who holds which right, by the program."""
    connector = asked(cluster, **options)
    (page,) = connector.read(WINDOW)
    assert isinstance(page, Page)
    (table,) = connector.tables
    assert page.table == table.name == "rights"
    found = table.decode(orjson.loads(page.body), {"observed_at": page.observed_at})  # type: ignore[union-attr]
    return [(row["account"], row["resource_name"]) for row in found if row["permission"] != "login"]


def test_the_program_is_asked_for_everything(cluster: TeleportCluster) -> None:
    assert held(cluster) == [("cleo", "acme"), ("cleo", "search-1")]
    assert held(cluster, access_lists=True) == [
        ("cleo", "acme"), ("cleo", "search-1"), ("ada", "acme"), ("ada", "search-1"),
    ]  # fmt: skip


def test_the_program_is_only_asked_to_read(cluster: TeleportCluster) -> None:
    held(cluster, access_lists=True, identity_file="identity", auth_server="acme:443")

    for words in cluster.calls():
        assert words[:2] == ["--identity=identity", "--auth-server=acme:443"]
        assert words[2] == "get" or words[2:4] == ["requests", "ls"] or words[2:5] == [
            "acl", "users", "ls",
        ]  # fmt: skip


@pytest.mark.parametrize("kind", ["fails", "lost", "half", "garbage"])
@pytest.mark.parametrize("first", [1, 4, 9])
def test_whatever_goes_wrong_gives_no_shorter_answer(
    cluster: TeleportCluster, kind: str, first: int
) -> None:
    with cluster.troubled(kind, first), pytest.raises(SourceError):
        held(cluster)


def test_a_program_that_hangs_is_ended(cluster: TeleportCluster) -> None:
    with (
        cluster.troubled("hangs", 1),
        pytest.raises(SourceError, match=r"longer than 0\.5 seconds"),
    ):
        held(cluster, seconds=0.5)


def test_a_program_that_is_not_there_is_named() -> None:
    connector = TeleportRoles(cluster="acme", tctl="/nowhere/tctl")

    with pytest.raises(ConfigurationError, match="/nowhere/tctl cannot be run"):
        list(connector.read(WINDOW))


def test_what_doctor_asks_tells_whether_the_cluster_answers(cluster: TeleportCluster) -> None:
    assert asked(cluster).probe() == "answers, and accepts the identity"
    with cluster.troubled("fails", 1), pytest.raises(SourceError, match="access denied"):
        asked(cluster).probe()
