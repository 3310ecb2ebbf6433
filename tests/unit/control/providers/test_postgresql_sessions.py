"""Accounts that are open for shifts alone, and sessions that end with the right."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from postgres_server import Postgres

from oncall_audit.control.model import Held
from oncall_audit.control.providers.postgresql import PostgreSQL
from oncall_audit.errors import ControlError

from .roles import EARLIER, LATER, READ, Make, right


class TestAccountsForShiftsAlone:
    @pytest.fixture
    def roles(self, provider: Make, postgres: Postgres) -> PostgreSQL:
        postgres.make(logins=("oncall_ada",))
        postgres.run("alter role oncall_ada nologin")
        postgres.run("grant oncall_ada to control with admin true, inherit false, set false")
        return provider(shift_accounts=["oncall_*"])

    def test_the_log_in_opens_with_the_first_right_and_closes_with_the_last(
        self, roles: PostgreSQL, postgres: Postgres
    ) -> None:
        payments, search = right("oncall_ada"), right("oncall_ada", "search_admin")
        assert postgres.may("oncall_ada", "select 1") is None

        roles.grant(payments, LATER)
        roles.grant(search, LATER)
        assert postgres.may("oncall_ada", READ) is True
        roles.revoke(payments)
        assert postgres.may("oncall_ada", READ) is True
        roles.revoke(search)

        assert postgres.may("oncall_ada", "select 1") is None
        assert list(roles.held()) == []

    def test_the_log_in_ends_with_the_shift_even_if_nothing_is_revoked(
        self, roles: PostgreSQL, postgres: Postgres
    ) -> None:
        roles.grant(right("oncall_ada"), EARLIER)

        assert postgres.may("oncall_ada", "select 1") is None
        assert list(roles.held()) == [Held(right("oncall_ada"), EARLIER)]

    @pytest.mark.parametrize(
        ("first", "second", "ends"),
        [
            (LATER, EARLIER, LATER),
            (EARLIER, LATER, LATER),
            (None, LATER, None),
            (LATER, None, None),
        ],
    )
    def test_of_overlapping_grants_the_longest_counts(
        self,
        roles: PostgreSQL,
        first: datetime | None,
        second: datetime | None,
        ends: datetime | None,
    ) -> None:
        roles.grant(right("oncall_ada"), first)
        roles.grant(right("oncall_ada", "search_admin"), second)

        assert {it.expires_at for it in roles.held()} == {ends}

    def test_the_same_grant_again_has_the_newer_end(self, roles: PostgreSQL) -> None:
        roles.grant(right("oncall_ada"), LATER)
        roles.grant(right("oncall_ada"), EARLIER)

        assert list(roles.held()) == [Held(right("oncall_ada"), EARLIER)]

    def test_a_closed_log_in_is_an_expired_right(
        self, roles: PostgreSQL, postgres: Postgres
    ) -> None:
        roles.grant(right("oncall_ada"), LATER)
        postgres.run("alter role oncall_ada nologin")

        (held,) = roles.held()

        assert held == Held(right("oncall_ada"), datetime(1970, 1, 1, tzinfo=UTC))


class TestSessions:
    @pytest.fixture
    def roles(self, provider: Make, postgres: Postgres) -> Iterator[PostgreSQL]:
        postgres.run("grant pg_signal_backend to control")
        yield provider(end_sessions=True)
        postgres.run("revoke pg_signal_backend from control")

    def test_an_assumed_role_outlives_its_revocation_unless_the_session_ends(
        self, provider: Make, postgres: Postgres
    ) -> None:
        # What makes `end_sessions` worth having, and the page says it.
        roles = provider()
        roles.grant(right(), LATER)
        with postgres.session("ada") as session:
            session.execute("set role payments_admin")
            roles.revoke(right())

            assert session.execute(READ).fetchall() == []

    def test_sessions_of_the_account_end_and_of_nobody_else(
        self, roles: PostgreSQL, postgres: Postgres
    ) -> None:
        roles.grant(right(), LATER)
        with postgres.session("ben") as other, postgres.session("ada") as session:
            session.execute("set role payments_admin")

            roles.revoke(right())

            with pytest.raises(psycopg.errors.AdminShutdown):
                session.execute(READ)
            assert other.execute("select 1").fetchall() == [(1,)]

    def test_sessions_that_may_not_be_ended_are_told_though_the_role_is_gone(
        self, provider: Make, postgres: Postgres
    ) -> None:
        roles = provider(end_sessions=True)
        roles.grant(right(), LATER)
        with postgres.session("ada"), pytest.raises(ControlError, match="terminate"):
            roles.revoke(right())

        assert postgres.members("payments_admin") == set()
        roles.revoke(right())
