"""PostgreSQL: memberships of login roles in group roles, on one server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from oncall_audit.connectors.http import reveal
from oncall_audit.control import roles
from oncall_audit.control.model import Held, Right
from oncall_audit.control.roles import Membership
from oncall_audit.errors import ConfigurationError, ControlError

if TYPE_CHECKING:
    from oncall_audit.control.roles import Server

_CONNECT_SECONDS = 15
_STATEMENT_SECONDS = 30
_SESSION_SECONDS = 10
# When the rights of an account ended that is closed, whatever it says itself.
_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


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
            roles.give(server, right.permission, right.account)
            if self._is_shift_account(right.account):
                others = [
                    it.valid_until
                    for it in self._memberships(server, right.account)
                    if it.role != right.permission and it.can_login
                ]
                roles.open_login(server, right.account, _last([until, *others]))

    def revoke(self, right: Right) -> None:
        """End the membership, whoever granted it; a shift account without any cannot log in."""
        self._refuse_other(right)
        with self._connected() as server:
            account = roles.find(server, right.account)
            if account is None:
                return
            if account.is_superuser:
                raise ControlError(
                    f"{right.account} is a superuser of {self._place}, so it can do all that"
                    f" {right.permission} can, whatever is revoked. Nothing was changed."
                )
            roles.take(server, right.permission, right.account)
            left = self._memberships(server, right.account)
            if not left and self._is_shift_account(right.account):
                roles.close_login(server, right.account)
        self._refuse_what_is_left(right, left)
        if self.end_sessions:
            self._end_sessions(right.account)

    @property
    def _place(self) -> str:
        return f"{self.host}:{self.port}"

    def _opens(self, role: str) -> str:
        return self.roles.get(role, self.resource)

    def _is_shift_account(self, account: str) -> bool:
        return any(fnmatchcase(account, glob) for glob in self.shift_accounts)

    def _is_account(self, it: Membership) -> bool:
        # Between shifts, the account of one may not log in, and yet is no group.
        return it.can_login or self._is_shift_account(it.account)

    def _ends_at(self, it: Membership) -> datetime | None:
        if not self._is_shift_account(it.account):
            return None
        if not it.can_login:
            return _LONG_AGO
        return it.valid_until.astimezone(UTC) if it.valid_until else None

    def _memberships(self, server: Server, account: str | None = None) -> list[Membership]:
        return [it for it in roles.memberships(server, account) if self._opens(it.role)]

    def _refuse_other(self, right: Right) -> None:
        opened = self._opens(right.permission)
        if (self.system, opened) != (right.system, right.resource_name):
            raise ControlError(
                f"Role {right.permission} of {self._place} opens {opened or 'nothing known'}, not"
                f" {right.resource_name}: see `roles` and `resource`. Nothing was changed."
            )

    def _refuse_group(self, server: Server, account: str) -> None:
        found = roles.find(server, account)
        if found is None:
            raise ControlError(f"{self._place} has no role {account}. Nothing was changed.")
        if not found.can_login and not self._is_shift_account(account):
            raise ControlError(
                f"{account} of {self._place} may not log in: a group, perhaps, whose every member"
                " would get the right. Nothing was changed."
            )

    def _refuse_what_is_left(self, right: Right, left: list[Membership]) -> None:
        for it in left:
            if it.role == right.permission:
                how = f"through {it.through}" if it.through else "by itself"
                raise ControlError(
                    f"{right.account} still has {right.permission} on {self._place}, {how}."
                    " Somebody who administers that role has to take it away."
                )

    def _end_sessions(self, account: str) -> None:
        with self._connected() as server:
            left = roles.end_sessions(server, account, _SESSION_SECONDS)
        if left:
            raise ControlError(
                f"The role was revoked, but {left} of the sessions of {account} on"
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

    def _parameters(self) -> dict[str, Any]:
        said = {
            "host": self.host,
            "port": self.port,
            "dbname": self.database,
            "user": self.user,
            "password": reveal(self.password) if self.password else None,
            "sslmode": self.sslmode,
            "sslrootcert": self.sslrootcert or None,
            "application_name": "oncall-audit",
            "connect_timeout": _CONNECT_SECONDS,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _words(self, error: Any) -> str:
        text = error.diag.message_primary or str(error).partition("\n")[0]
        if self.password:
            text = text.replace(reveal(self.password), "…")
        unknown = "" if error.sqlstate else " Whether anything was changed is not known."
        return f"{text.rstrip('.')}.{unknown}"


def _last(ends: list[datetime | None]) -> datetime | None:
    # Of overlapping grants the longest counts; what each lets do ends with its own revocation.
    return None if None in ends else max(end for end in ends if end)


def _library() -> Any:
    try:
        import psycopg
    except ImportError:
        raise ConfigurationError(
            "Access control of PostgreSQL needs psycopg: pip install 'oncall-audit[postgresql]'."
        ) from None
    return psycopg
