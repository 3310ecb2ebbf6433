"""PostgreSQL: membership in a group role, for as long as it is to last."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from oncall_audit.connectors.http import reveal
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ConfigurationError, ControlError

if TYPE_CHECKING:
    import psycopg

_HELD = """
    select distinct member.rolname, granted.rolname, nullif(member.rolvaliduntil, 'infinity')
    from pg_catalog.pg_auth_members as membership
    inner join pg_catalog.pg_roles as granted on membership.roleid = granted.oid
    inner join pg_catalog.pg_roles as member on membership.member = member.oid
    where member.rolcanlogin and member.rolname <> current_user
    order by 1, 2
"""
# Since version 16 a role can be granted several times, by several grantors.
_GRANTORS = """
    select grantor.rolname
    from pg_catalog.pg_auth_members as membership
    inner join pg_catalog.pg_roles as granted on membership.roleid = granted.oid
    inner join pg_catalog.pg_roles as member on membership.member = member.oid
    inner join pg_catalog.pg_roles as grantor on membership.grantor = grantor.oid
    where member.rolname = %s and granted.rolname = %s
    order by 1
"""
_SESSIONS = """
    select pg_catalog.pg_terminate_backend(pid) from pg_catalog.pg_stat_activity
    where usename = %s and pid <> pg_catalog.pg_backend_pid()
"""
_SEVERAL_GRANTORS = 160000
_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Postgresql:
    """A PostgreSQL server's group roles. Needs a role with ADMIN OPTION on each managed role.

    `valid_until` also needs CREATEROLE and ADMIN OPTION on the accounts; `end_sessions` needs
    membership in `pg_signal_backend`. A right is an account's membership in a role, in the one
    database `resource_name`, though PostgreSQL holds it for the whole server.
    """

    database: str
    user: str
    password: str = field(repr=False)
    host: str = "localhost"
    port: int = 5432
    sslmode: str = "verify-full"
    # Rights are told as of this resource; the database if not given.
    resource_name: str = ""
    # Accounts made for shifts alone: they can log in only while they hold a right.
    valid_until: bool = False
    end_sessions: bool = False
    system: str = "postgresql"

    def held(self) -> Iterator[Held]:
        """Yield every membership of an account that may log in."""
        with self._connected() as connection:
            rows = connection.execute(_HELD).fetchall()
        for account, permission, expires_at in rows:
            right = Right(self.system, account, self._resource, permission)
            yield Held(right, expires_at.astimezone(UTC) if expires_at else None)

    def grant(self, right: Right, until: datetime | None) -> None:
        """Make the account a member; with `valid_until`, its password ends with the right."""
        self._check(right)
        from psycopg.sql import SQL, Identifier, Literal

        role, account = Identifier(right.permission), Identifier(right.account)
        with self._connected() as connection:
            if not connection.execute(_GRANTORS, (right.account, right.permission)).fetchall():
                connection.execute(SQL("grant {} to {}").format(role, account))
            if self.valid_until:
                ends = until.isoformat() if until else "infinity"
                alter = SQL("alter role {} valid until {}")
                connection.execute(alter.format(account, Literal(ends)))

    def revoke(self, right: Right) -> None:
        """End the membership, whoever granted it, and what the account still does with it."""
        self._check(right)
        from psycopg.sql import SQL, Identifier, Literal

        role, account = Identifier(right.permission), Identifier(right.account)
        with self._connected() as connection:
            revoke = SQL("revoke {} from {}").format(role, account)
            named = connection.info.server_version >= _SEVERAL_GRANTORS
            for (grantor,) in connection.execute(
                _GRANTORS, (right.account, right.permission)
            ).fetchall():
                by = SQL(" granted by {}").format(Identifier(grantor)) if named else SQL("")
                connection.execute(revoke + by)
            if self.valid_until and not _memberships(connection, right.account):
                ended = Literal(datetime.now(UTC).isoformat())
                connection.execute(SQL("alter role {} valid until {}").format(account, ended))
            if self.end_sessions:
                connection.execute(_SESSIONS, (right.account,))

    @property
    def _resource(self) -> str:
        return self.resource_name or self.database

    def _check(self, right: Right) -> None:
        if (right.system, right.resource_name) != (self.system, self._resource):
            raise ControlError(
                f"{right.resource_name} of {right.system} is not what this target changes:"
                f" {self._resource} of {self.system}."
            )

    @contextmanager
    def _connected(self) -> Iterator[psycopg.Connection[Any]]:
        """Give a connection on which everything happens, or nothing."""
        try:
            import psycopg
        except ImportError:
            raise ConfigurationError(
                "The provider postgresql needs psycopg: pip install 'oncall-audit[postgresql]'."
            ) from None
        try:
            with psycopg.connect(
                host=self.host,
                port=self.port,
                dbname=self.database,
                user=self.user,
                password=reveal(self.password),
                sslmode=self.sslmode,
                connect_timeout=_SECONDS,
                application_name="oncall-audit",
                options=f"-c statement_timeout={_SECONDS * 1000} -c lock_timeout={_SECONDS * 1000}",
            ) as connection:
                yield connection
        except psycopg.Error as error:
            # The message of a failed connection may hold what it was made with.
            told = str(error).replace(reveal(self.password) or "\0", "…").strip().splitlines()
            said = told[0] if told else type(error).__name__
            raise ControlError(f"PostgreSQL {self.host}:{self.port} refused: {said}.") from None


def _memberships(connection: psycopg.Connection[Any], account: str) -> int:
    row = connection.execute(
        "select count(*) from pg_catalog.pg_auth_members as membership"
        " inner join pg_catalog.pg_roles as member on membership.member = member.oid"
        " where member.rolname = %s",
        (account,),
    ).fetchone()
    return int(row[0]) if row else 0
