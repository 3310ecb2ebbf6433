"""Roles and rights of a real PostgreSQL server, as they land."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from postgres_server import PASSWORD, Postgres
from pydantic import SecretStr

from oncall_audit import connectors, landing
from oncall_audit.connectors.base import Page, Window
from oncall_audit.connectors.postgresql_roles import PostgreSQLRoles
from oncall_audit.errors import SourceError

NOW = datetime.now(UTC)
NIGHT = Window(NOW - timedelta(days=1), NOW)


def connector(postgres: Postgres, user: str = "reader", **options: Any) -> PostgreSQLRoles:
    """Return the connector that asks the server as a role that may do nothing."""
    said: dict[str, Any] = {"password": SecretStr(PASSWORD), "databases": ["postgres"], **options}
    return PostgreSQLRoles(host=postgres.socket, user=user, **said)


@pytest.fixture
def server(postgres: Postgres) -> Postgres:
    """A server on which ada is in oncall, which may do what payments_admin may."""
    postgres.make(logins=("ada", "ben", "reader"), groups=("oncall", "payments_admin"))
    postgres.run("grant payments_admin to oncall")
    postgres.run("grant oncall to ada")
    return postgres


def landed(server: Postgres, folder: Path, table: str, what: str, **options: Any) -> list[Any]:
    """Land one reading whole, and return columns of a table but those of roles not of the test."""
    done = landing.land(
        connector(server, **options),
        source_name="payments_db",
        system="postgresql",
        window=NIGHT,
        folder=folder,
        now=datetime.now(UTC),
    )
    assert (done.state, done.quarantined) == ("complete", 0), done.message
    with landing.Manifest(folder / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        kind = "postgresql_roles"
        landing.views(connection, manifest, {kind: connectors.tables(kind)})
        return connection.execute(
            f"select {what} from landing.{kind}__{table} {_OURS[table]}"
        ).fetchall()


_OURS = {
    "roles": "where name in ('ada', 'ben', 'oncall', 'reader', 'payments_admin') order by name",
    "memberships": "where member in ('ada', 'oncall') order by member, role",
    "grants": "where grantee in ('ada', 'ben', 'payments_admin', 'reader') or is_public order by all",
}


def test_roles_land_with_what_they_may_and_until_when(server: Postgres, tmp_path: Path) -> None:
    server.run("alter role ada createrole valid until '2026-04-01 02:00+02'")
    server.run("alter role ben superuser valid until 'infinity'")

    found = landed(
        server,
        tmp_path,
        "roles",
        "name, can_login, is_superuser, can_create_roles, valid_until::varchar, resource",
        resource="payments-db",
    )

    assert found == [
        ("ada", True, False, True, "2026-04-01 00:00:00", "payments-db"),
        ("ben", True, True, False, None, "payments-db"),
        ("oncall", False, False, False, None, "payments-db"),
        ("payments_admin", False, False, False, None, "payments-db"),
        ("reader", True, False, False, None, "payments-db"),
    ]


def test_memberships_land_with_who_granted_them_and_how_they_count(
    server: Postgres, tmp_path: Path
) -> None:
    server.run("grant payments_admin to ada with admin true, inherit false, set false")

    found = landed(
        server,
        tmp_path,
        "memberships",
        "member, role, granted_by, can_administer, is_inherited, is_settable",
    )

    assert found == [
        ("ada", "oncall", "postgres", False, True, True),
        ("ada", "payments_admin", "postgres", True, False, False),
        ("oncall", "payments_admin", "postgres", False, True, True),
    ]


def test_rights_land_by_schema_also_those_on_columns_and_of_everybody(
    server: Postgres, tmp_path: Path
) -> None:
    server.run("create schema ledger authorization payments_admin")
    for name in ("entries", "totals"):
        server.run(f"create table ledger.{name} (amount int)")
    server.run("grant select on ledger.entries, ledger.totals to ada with grant option")
    server.run("grant update (amount) on ledger.totals to ben")
    server.run("grant select on ledger.totals to public")
    server.run("grant select on pg_authid to ben")
    server.run("grant create on database postgres to ada")

    found = landed(
        server,
        tmp_path,
        "grants",
        "kind, schema_name, grantee, privilege, granted_by, is_public, is_grantable",
    )
    server.run("drop schema ledger cascade")
    server.run("revoke select on pg_authid from ben")
    server.run("revoke create on database postgres from ada")

    assert found == [
        ("database", None, "ada", "create", "postgres", False, False),
        ("database", None, None, "connect", "postgres", True, False),
        ("database", None, None, "temporary", "postgres", True, False),
        ("schema", "ledger", "payments_admin", "owner", None, False, True),
        ("schema", "public", None, "usage", "pg_database_owner", True, False),
        ("tables", "ledger", "ada", "select", "postgres", False, True),
        ("tables", "ledger", "ben", "update", "postgres", False, False),
        ("tables", "ledger", None, "select", "postgres", True, False),
        ("tables", "pg_catalog", "ben", "select", "postgres", False, False),
    ]


def test_names_are_names_whatever_they_look_like(server: Postgres, tmp_path: Path) -> None:
    server.make(logins=('Ada "the" O\'Abel', "публика", "drop role ben; --", "a\nb"))

    landed(server, tmp_path, "roles", "name")
    with landing.Manifest(tmp_path / "manifest.sqlite") as manifest, duckdb.connect() as connection:
        landing.views(
            connection, manifest, {"postgresql_roles": connectors.tables("postgresql_roles")}
        )
        found = connection.execute("select name from landing.postgresql_roles__roles").fetchall()

    assert {'Ada "the" O\'Abel', "публика", "drop role ben; --", "a\nb"} <= {n for (n,) in found}


def test_every_database_is_read_and_roles_once(server: Postgres) -> None:
    server.run("create database search")
    pages = [it for it in connector(server, databases=[]).read(NIGHT) if isinstance(it, Page)]
    server.run("drop database search")

    assert [page.name for page in pages] == [
        "roles-postgres",
        "memberships-postgres",
        "grants-postgres",
        "grants-search",
    ]
    assert len({page.observed_at for page in pages}) == 1


def test_a_database_that_lets_nobody_in_fails_the_whole_reading(
    server: Postgres, tmp_path: Path
) -> None:
    server.run("create database search")
    server.run("revoke connect on database search from public")
    both = {"databases": ["postgres", "search"]}

    with pytest.raises(SourceError, match=r"search: .*permission denied for database"):
        landed(server, tmp_path, "roles", "name", **both)
    with pytest.raises(SourceError, match="permission denied for database"):
        connector(server, **both).probe()
    server.run("drop database search")

    with landing.Manifest(tmp_path / "manifest.sqlite") as manifest:
        assert manifest.batches() == []


def test_catalogs_that_may_not_be_read_are_an_error(server: Postgres) -> None:
    server.run("revoke select on pg_auth_members from public")
    try:
        with pytest.raises(SourceError, match="permission denied"):
            list(connector(server).read(NIGHT))
    finally:
        server.run("grant select on pg_auth_members to public")


@pytest.mark.parametrize(
    "options",
    [
        {"user": "nobody"},
        {"password": SecretStr("wrong-canary-4712")},
        {"databases": ["nowhere"]},
        {"port": 1},
    ],
    ids=["no such role", "wrong password", "no such database", "nobody there"],
)
def test_what_lets_nobody_in_is_an_error_that_tells_no_password(
    server: Postgres, options: dict[str, Any]
) -> None:
    asked = connector(server, **options)

    with pytest.raises(SourceError, match=r"PostgreSQL at .*docs/connectors") as caught:
        list(asked.read(NIGHT))

    assert "canary" not in str(caught.value) + repr(asked)


def test_it_can_be_tried_out_before_a_run(server: Postgres) -> None:
    assert connector(server).probe() == "lets this role into 1 database(s)"
