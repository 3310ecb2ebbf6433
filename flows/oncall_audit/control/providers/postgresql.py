"""PostgreSQL: memberships of login roles in group roles, on one server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

from oncall_audit.connectors.http import reveal
from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ConfigurationError, ControlError

if TYPE_CHECKING:
    from psycopg import Connection, sql

    Server = Connection[tuple[Any, ...]]

_CONNECT_SECONDS = 15
_STATEMENT_SECONDS = 30
_SESSION_SECONDS = 10
# The first version in which several roles may grant the same membership, each with options.
_MANY_GRANTORS = 160000

# A membership reaches through groups in groups; a time out of Python's reach counts as none.
_HELD = """
    with recursive memberships as (
        select distinct member, roleid from pg_auth_members
    ),
    reached as (
        select member as account, roleid, null::oid as through from memberships
        union
        select reached.account, memberships.roleid, coalesce(reached.through, reached.roleid)
        from reached inner join memberships on memberships.member = reached.roleid
    )
    select distinct on (accounts.rolname, roles.rolname)
        accounts.rolname::text, roles.rolname::text, groups.rolname::text, accounts.rolcanlogin,
        case when accounts.rolvaliduntil < '9999-01-01'
            then greatest(accounts.rolvaliduntil, '1970-01-01') end
    from reached
    inner join pg_roles as accounts on reached.account = accounts.oid
    inner join pg_roles as roles on reached.roleid = roles.oid
    left outer join pg_roles as groups on reached.through = groups.oid
    where accounts.rolname <> current_user
        and (%(account)s::text is null or accounts.rolname::text = %(account)s)
    order by accounts.rolname, roles.rolname, groups.rolname nulls first
"""
# Compared as text: a longer name would be cut to 63 bytes, and become the name of another role.
_ROLE = "select rolcanlogin, rolsuper from pg_roles where rolname::text = %s::text"
_GRANTORS = """
    select grantors.rolname::text
    from pg_auth_members as memberships
    inner join pg_roles as roles on memberships.roleid = roles.oid
    inner join pg_roles as accounts on memberships.member = accounts.oid
    inner join pg_roles as grantors on memberships.grantor = grantors.oid
    where roles.rolname::text = %s and accounts.rolname::text = %s
"""
_END_SESSIONS = """
    select pg_terminate_backend(pid, %s) from pg_stat_activity
    where usename::text = %s and pid <> pg_backend_pid()
"""
_SESSIONS = "select count(*) from pg_stat_activity where usename::text = %s"


class _Membership(NamedTuple):
    account: str
    role: str
    # The group through which the account has it, where it was not given the role itself.
    through: str | None
    can_login: bool
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """Memberships of login roles in group roles, on one PostgreSQL server (14 or newer).

    Needs a login role of its own that has ADMIN OPTION on the group roles it grants, and nothing
    else; for `shift_accounts` CREATEROLE and, from version 16 on, ADMIN OPTION on those accounts;
    for `end_sessions` membership in pg_signal_backend. It need not be a superuser.
    """

    host: str
    user: str
    password: object = field(default=None, repr=False)
    port: int = 5432
    database: str = "postgres"
    sslmode: str = "verify-full"
    sslrootcert: str = ""
    resource: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    shift_accounts: list[str] = field(default_factory=list)
    end_sessions: bool = False
    system: str = "postgresql"

    def __post_init__(self) -> None:
        if not (self.resource or self.roles):
            raise ConfigurationError(
                "name the server in `resource`, or in `roles` what each group role opens."
            )

    def held(self) -> Iterator[Held]:
        """Yield each membership of a login role, also those that it has through another group."""
        with self._connected() as server:
            found = [it for it in self._memberships(server) if self._is_account(it)]
        for it in found:
            right = Right(self.system, it.account, self._opens(it.role), it.role)
            via = f"role {it.through}" if it.through else "direct"
            yield Held(right, self._ends_at(it), via)

    def grant(self, right: Right, until: datetime | None) -> None:
        """Make the account a member; the log-in of a shift account opens, and closes `until`."""
        self._refuse_other(right)
        with self._connected() as server:
            self._refuse_group(server, right.account)
            _execute(server, _granting(server), right.permission, right.account)
            if self._is_shift_account(right.account):
                self._open(server, right, until)

    def revoke(self, right: Right) -> None:
        """End the membership, whoever granted it; a shift account without any cannot log in."""
        self._refuse_other(right)
        with self._connected() as server:
            account = server.execute(_ROLE, [right.account]).fetchone()
            if account is None:
                return
            if account[1]:
                raise ControlError(
                    f"{right.account} is a superuser of {self._place}, so it can do all that"
                    f" {right.permission} can, whatever is revoked. Nothing was changed."
                )
            self._take(server, right)
            left = self._memberships(server, right.account)
            if not left and self._is_shift_account(right.account):
                _execute(server, "alter role {} nologin", right.account)
        if through := next((it.through for it in left if it.role == right.permission), None):
            raise ControlError(
                f"{right.account} is a member of {through}, and by that still has"
                f" {right.permission} on {self._place}. Revoke {through} from the account, or"
                f" {right.permission} from {through}."
            )
        if self.end_sessions:
            self._end_sessions(right.account)

    @property
    def _place(self) -> str:
        return f"{self.host}:{self.port}"

    def _opens(self, role: str) -> str:
        return self.roles.get(role, self.resource)

    def _is_shift_account(self, account: str) -> bool:
        return any(fnmatchcase(account, glob) for glob in self.shift_accounts)

    def _is_account(self, it: _Membership) -> bool:
        # Between shifts, the account of one may not log in, and yet is no group.
        return it.can_login or self._is_shift_account(it.account)

    def _ends_at(self, it: _Membership) -> datetime | None:
        if not self._is_shift_account(it.account):
            return None
        if not it.can_login:
            return datetime.now(UTC)
        return it.valid_until.astimezone(UTC) if it.valid_until else None

    def _memberships(self, server: Server, account: str | None = None) -> list[_Membership]:
        rows = server.execute(_HELD, {"account": account}).fetchall()
        return [it for row in rows if self._opens((it := _Membership(*row)).role)]

    def _refuse_other(self, right: Right) -> None:
        opened = self._opens(right.permission)
        if opened != right.resource_name:
            raise ControlError(
                f"Role {right.permission} of {self._place} opens {opened or 'nothing known'}, not"
                f" {right.resource_name}: see `roles` and `resource`. Nothing was changed."
            )

    def _refuse_group(self, server: Server, account: str) -> None:
        found = server.execute(_ROLE, [account]).fetchone()
        if found is None:
            raise ControlError(f"{self._place} has no role {account}. Nothing was changed.")
        if not found[0] and not self._is_shift_account(account):
            raise ControlError(
                f"{account} of {self._place} may not log in: a group, perhaps, whose every member"
                " would get the right. Nothing was changed."
            )

    def _open(self, server: Server, right: Right, until: datetime | None) -> None:
        others = [
            it
            for it in self._memberships(server, right.account)
            if it.role != right.permission and it.can_login
        ]
        # Of overlapping grants the longest counts; what each lets do ends with its own revocation.
        ends = [until, *(it.valid_until for it in others)]
        end = None if None in ends else max(it for it in ends if it)
        text = end.astimezone(UTC).isoformat() if end else "infinity"
        from psycopg.sql import SQL, Identifier, Literal

        statement = SQL("alter role {} login valid until {}")
        server.execute(statement.format(Identifier(right.account), Literal(text)))

    def _take(self, server: Server, right: Right) -> None:
        names = (right.permission, right.account)
        grantors = [name for (name,) in server.execute(_GRANTORS, names).fetchall()]
        if server.info.server_version < _MANY_GRANTORS:
            if grantors:
                _execute(server, "revoke {} from {}", *names)
            return
        # Without `granted by`, the grants of others would stay, with no more than a warning.
        for grantor in grantors:
            _execute(server, "revoke {} from {} granted by {}", *names, grantor)

    def _end_sessions(self, account: str) -> None:
        with self._connected() as server:
            server.execute(_END_SESSIONS, [_SESSION_SECONDS * 1000, account])
            left = server.execute(_SESSIONS, [account]).fetchone()
        if left and left[0]:
            raise ControlError(
                f"The role was revoked, but {left[0]} of the sessions of {account} on"
                f" {self._place} did not end in {_SESSION_SECONDS} s."
            )

    @contextmanager
    def _connected(self) -> Iterator[Server]:
        """Give one transaction, which counts whole or not at all."""
        psycopg = _library()
        try:
            with psycopg.connect(**self._parameters()) as server:
                # As statements: a pooler in between refuses unknown start-up parameters.
                server.execute(f"set statement_timeout = '{_STATEMENT_SECONDS}s'")
                server.execute(f"set lock_timeout = '{_STATEMENT_SECONDS}s'")
                yield server
        except psycopg.Error as error:
            raise ControlError(f"PostgreSQL at {self._place}: {self._words(error)}") from None

    def _parameters(self) -> Mapping[str, Any]:
        said = {
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": self.user,
            "password": reveal(self.password) if self.password else None,
            "sslmode": self.sslmode,
            "sslrootcert": self.sslrootcert or None,
        }
        name = {"application_name": "oncall-audit", "connect_timeout": _CONNECT_SECONDS}
        return {**name, **{key: value for key, value in said.items() if value is not None}}

    def _words(self, error: Any) -> str:
        text = error.diag.message_primary or str(error).partition("\n")[0]
        if self.password:
            text = text.replace(reveal(self.password), "…")
        unknown = "" if error.sqlstate else " Whether anything was changed is not known."
        return f"{text.rstrip('.')}.{unknown}"


def _granting(server: Server) -> str:
    # Otherwise a grant that somebody has made useless would stay so.
    many = server.info.server_version >= _MANY_GRANTORS
    return "grant {} to {} with set true" if many else "grant {} to {}"


def _execute(server: Server, statement: str, *names: str) -> None:
    from psycopg.sql import SQL, Identifier

    text: sql.SQL = SQL(statement)  # type: ignore[arg-type]
    server.execute(text.format(*map(Identifier, names)))


def _library() -> Any:
    try:
        import psycopg
    except ImportError:
        raise ConfigurationError(
            "Access control of PostgreSQL needs psycopg: pip install 'oncall-audit[postgresql]'."
        ) from None
    return psycopg
