"""Roles of a real PostgreSQL server: given, taken whoever gave them, and of no more use then."""

from __future__ import annotations

import pytest
from postgres_server import Postgres
from pydantic import SecretStr

from oncall_audit.control.model import Held
from oncall_audit.control.providers.postgresql import PostgreSQL
from oncall_audit.errors import ConfigurationError, ControlError

from .roles import LATER, READ, Make, right


def test_a_granted_role_can_be_used_and_a_revoked_one_cannot(
    provider: Make, postgres: Postgres
) -> None:
    roles = provider()
    assert postgres.may("ada", READ) is False

    roles.grant(right(), LATER)
    held = list(roles.held())
    used = postgres.may("ada", READ)
    roles.revoke(right())

    assert held == [Held(right())]
    assert used is True
    assert list(roles.held()) == []
    # Without the account being one for shifts alone, it is not closed.
    assert postgres.may("ada", READ) is False


def test_doing_it_twice_is_doing_it_once(provider: Make, postgres: Postgres) -> None:
    roles = provider()

    roles.grant(right(), LATER)
    roles.grant(right(), LATER)
    assert postgres.members("payments_admin") == {("ada", "payments_admin")}
    roles.revoke(right())
    roles.revoke(right())

    assert postgres.members("payments_admin") == set()


def test_nothing_but_the_right_is_touched(provider: Make, postgres: Postgres) -> None:
    roles = provider()
    for it in (right("ben"), right("ada", "search_admin"), right()):
        roles.grant(it, LATER)

    roles.revoke(right())

    assert postgres.members("payments_admin", "search_admin") == {
        ("ben", "payments_admin"),
        ("ada", "search_admin"),
    }


@pytest.mark.parametrize("name", ['Ada "the" O\'Abel', "drop role ben; --", "публика", "a" * 63])
def test_names_are_names_whatever_they_look_like(
    provider: Make, postgres: Postgres, name: str
) -> None:
    postgres.make(logins=(name,))
    roles = provider()

    roles.grant(right(name), LATER)
    assert list(roles.held()) == [Held(right(name))]
    assert postgres.may(name, READ) is True
    roles.revoke(right(name))

    assert postgres.may(name, READ) is False


def test_a_name_that_the_server_would_cut_off_is_nobody_elses(
    provider: Make, postgres: Postgres
) -> None:
    postgres.make(logins=("a" * 63,))
    roles = provider()
    roles.grant(right("a" * 63), LATER)

    with pytest.raises(ControlError, match=f"has no role {'a' * 64}"):
        roles.grant(right("a" * 64), LATER)
    roles.revoke(right("a" * 64))

    assert list(roles.held()) == [Held(right("a" * 63))]


def test_what_several_granted_is_taken_from_each(provider: Make, postgres: Postgres) -> None:
    postgres.make(logins=("boss",))
    postgres.run("grant payments_admin to boss with admin true, inherit false, set false")
    postgres.run("grant boss to control with set false, inherit true")
    postgres.run("grant payments_admin to ada", user="boss")
    roles = provider()
    roles.grant(right(), LATER)

    roles.revoke(right())

    assert postgres.may("ada", READ) is False
    assert ("ada", "payments_admin") not in postgres.members("payments_admin")


def test_what_may_not_be_taken_is_told_and_kept_whole(provider: Make, postgres: Postgres) -> None:
    postgres.run("grant payments_admin to ada")
    roles = provider()
    roles.grant(right(), LATER)

    with pytest.raises(ControlError, match=r"PostgreSQL at .*: permission denied to revoke"):
        roles.revoke(right())

    grants = "select grantor::regrole::text from pg_auth_members where member = 'ada'::regrole"
    assert sorted(postgres.run(grants)) == [("control",), ("postgres",)]


def test_what_others_were_given_by_the_account_stops_the_revocation(
    provider: Make, postgres: Postgres
) -> None:
    postgres.run("grant payments_admin to control with inherit true")
    roles = provider()
    roles.grant(right(), LATER)
    postgres.run("grant payments_admin to ada with admin true granted by control")
    postgres.run("grant payments_admin to ben", user="ada")

    with pytest.raises(ControlError, match="dependent"):
        roles.revoke(right())

    assert {it.right.account for it in roles.held()} == {"ada", "ben"}


def test_a_role_that_comes_through_a_group_is_seen_and_not_said_to_be_gone(
    provider: Make, postgres: Postgres
) -> None:
    postgres.make(groups=("crew",))
    postgres.run("grant payments_admin to crew")
    postgres.run("grant crew to ada")
    roles = provider()

    through = Held(right(), granted_via="role crew")
    assert list(roles.held()) == [Held(right("ada", "crew")), through]
    with pytest.raises(ControlError, match=r"ada still has payments_admin on .*, through crew"):
        roles.revoke(right())

    roles.grant(right(), LATER)
    with pytest.raises(ControlError, match=r"through crew"):
        roles.revoke(right())
    assert list(roles.held()) == [Held(right("ada", "crew")), through]


def test_a_superuser_is_told_of_and_left_alone(provider: Make, postgres: Postgres) -> None:
    postgres.make(logins=("root",))
    postgres.run("alter role root superuser")
    postgres.run("grant payments_admin to root")

    with pytest.raises(ControlError, match="root is a superuser"):
        provider().revoke(right("root"))

    assert ("root", "payments_admin") in postgres.members("payments_admin")


def test_a_group_is_given_nothing_for_its_members_would_have_it(
    provider: Make, postgres: Postgres
) -> None:
    with pytest.raises(ControlError, match=r"search_admin of .* may not log in"):
        provider().grant(right("search_admin"), LATER)

    assert postgres.members("payments_admin") == set()


def test_roles_open_the_resources_that_the_configuration_names(
    provider: Make, postgres: Postgres
) -> None:
    roles = provider(resource="", roles={"payments_admin": "payments-db"})
    postgres.run("grant search_admin to ada")

    roles.grant(right(name="payments-db"), LATER)

    assert list(roles.held()) == [Held(right(name="payments-db"))]
    for other in (right(name="main"), right("ada", "search_admin", "search-db")):
        with pytest.raises(ControlError, match=r"opens .*, not"):
            roles.grant(other, LATER)
        with pytest.raises(ControlError, match=r"opens .*, not"):
            roles.revoke(other)
    assert ("ada", "search_admin") in postgres.members("search_admin")


def test_without_a_resource_there_is_nothing_to_name() -> None:
    with pytest.raises(ConfigurationError, match="`resource`"):
        PostgreSQL(host="localhost", user="control")


def test_a_wrong_password_is_told_without_it(provider: Make) -> None:
    with pytest.raises(ControlError) as told:
        list(provider(password=SecretStr("canary-wrong")).held())

    assert "password authentication failed" in str(told.value)
    assert "canary" not in str(told.value) + repr(provider())


def test_a_server_that_is_not_there_is_told(provider: Make) -> None:
    with pytest.raises(ControlError, match=r"PostgreSQL at 127.0.0.1:1: .*refused"):
        list(provider(host="127.0.0.1", port=1).held())


def test_it_needs_no_more_than_the_page_says(provider: Make, postgres: Postgres) -> None:
    postgres.run("alter role control nocreaterole")
    try:
        roles = provider()
        roles.grant(right(), LATER)
        roles.revoke(right())
    finally:
        postgres.run("alter role control createrole")

    assert list(roles.held()) == []
