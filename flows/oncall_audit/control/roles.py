"""What PostgreSQL says of its roles, and the statements that change who has them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from psycopg import Connection

    Server = Connection[tuple[Any, ...]]

# The first version in which several roles may grant the same membership, each with options.
_MANY_GRANTORS = 160000

# A membership reaches through groups in groups; a time out of Python's reach counts as none.
_MEMBERSHIPS = """
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
_ACCOUNT = "select rolcanlogin, rolsuper from pg_roles where rolname::text = %s::text"
_GRANTORS = """
    select grantors.rolname::text
    from pg_auth_members as memberships
    inner join pg_roles as roles on memberships.roleid = roles.oid
    inner join pg_roles as accounts on memberships.member = accounts.oid
    -- Before version 16 a grantor may have been dropped since.
    left outer join pg_roles as grantors on memberships.grantor = grantors.oid
    where roles.rolname::text = %s and accounts.rolname::text = %s
"""
_END_SESSIONS = """
    select pg_terminate_backend(pid, %s) from pg_stat_activity
    where usename::text = %s and pid <> pg_backend_pid()
"""
# The server shows the same sessions for all of a transaction, unless it is told to look again.
_LOOK_AGAIN = "select pg_stat_clear_snapshot()"
_SESSIONS = "select count(*) from pg_stat_activity where usename::text = %s"


class Membership(NamedTuple):
    """A role that an account has, itself or `through` a group; a null end is none."""

    account: str
    role: str
    through: str | None
    can_login: bool
    valid_until: datetime | None


class Account(NamedTuple):
    """What a role may do beside what its memberships give."""

    can_login: bool
    is_superuser: bool


def memberships(server: Server, account: str | None = None) -> list[Membership]:
    """Return what every account has, or one; but what this connection's own role has."""
    rows = server.execute(_MEMBERSHIPS, {"account": account}).fetchall()
    return [Membership(*row) for row in rows]


def find(server: Server, account: str) -> Account | None:
    """Return the role of exactly this name, or None."""
    row = server.execute(_ACCOUNT, [account]).fetchone()
    return Account(*row) if row else None


def give(server: Server, role: str, account: str) -> None:
    """Make the account a member that may use the role."""
    # Otherwise a grant that somebody has made useless would stay so.
    usable = " with set true" if _has_many_grantors(server) else ""
    _execute(server, "grant {} to {}" + usable, role, account)


def take(server: Server, role: str, account: str) -> None:
    """End the membership, whoever granted it."""
    grantors = [name for (name,) in server.execute(_GRANTORS, [role, account]).fetchall()]
    if not _has_many_grantors(server):
        if grantors:
            _execute(server, "revoke {} from {}", role, account)
        return
    # Without `granted by`, the grants of others would stay, with no more than a warning.
    for grantor in grantors:
        _execute(server, "revoke {} from {} granted by {}", role, account, grantor)


def open_login(server: Server, account: str, until: datetime | None) -> None:
    """Let the account log in, with a password until then (aware; None for ever)."""
    from psycopg.sql import SQL, Identifier, Literal

    end = Literal(until.isoformat() if until else "infinity")
    server.execute(SQL("alter role {} login valid until {}").format(Identifier(account), end))


def close_login(server: Server, account: str) -> None:
    """Let the account not log in, in whatever way it would."""
    _execute(server, "alter role {} nologin", account)


def end_sessions(server: Server, account: str, seconds: int) -> int:
    """End the account's sessions; return how many are left after so many seconds each."""
    server.execute(_END_SESSIONS, [seconds * 1000, account])
    server.execute(_LOOK_AGAIN)
    row = server.execute(_SESSIONS, [account]).fetchone()
    return int(row[0]) if row else 0


def _has_many_grantors(server: Server) -> bool:
    return server.info.server_version >= _MANY_GRANTORS


def _execute(server: Server, statement: Any, *names: str) -> None:
    from psycopg.sql import SQL, Identifier

    server.execute(SQL(statement).format(*map(Identifier, names)))
