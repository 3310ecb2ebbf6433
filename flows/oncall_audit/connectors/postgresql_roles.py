"""PostgreSQL: roles, their memberships and their rights, asked of a live server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from oncall_audit.connectors import postgresql_catalogs as catalogs
from oncall_audit.connectors.base import File, Kind, Page, Table, Window
from oncall_audit.connectors.http import reveal
from oncall_audit.errors import ConfigurationError, SourceError

if TYPE_CHECKING:
    from psycopg import Connection

    Server = Connection[tuple[Any, ...]]

_CONNECT_SECONDS = 15
_STATEMENT_SECONDS = 120


@dataclass(frozen=True, slots=True)
class PostgreSQLRoles:
    """Who may do what on one PostgreSQL server (12 or newer), as its catalogs have it.

    Needs a login role that may connect to each of `databases` (all of them by default), and
    nothing else. `resource` names the server in the policy, as it does for the server's log.
    """

    host: str
    user: str
    password: object = field(default=None, repr=False)
    port: int = 5432
    databases: list[str] = field(default_factory=list)
    resource: str | None = None
    sslmode: str = "verify-full"
    sslrootcert: str | None = None

    default_system: ClassVar[str] = "postgresql"
    kind: ClassVar[Kind] = "permissions"
    tables: ClassVar[tuple[Table, ...]] = (catalogs.ROLES, catalogs.MEMBERSHIPS, catalogs.GRANTS)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield the server's roles and memberships, then the rights in each database."""
        at = datetime.now(UTC)
        names = self._databases()
        for database in names:
            with self._connected(database) as server:
                asked = (catalogs.SERVER if database == names[0] else {}) | catalogs.DATABASE
                found = {table: _answer(server, query) for table, query in asked.items()}
            for table, body in found.items():
                yield Page(table, f"{table}-{database}", body, at, {"resource": self.resource})

    def probe(self) -> str:
        """Log in to every database that is to be read; raise `SourceError` where one refuses."""
        names = self._databases()
        for database in names:
            with self._connected(database):
                pass
        return f"lets this role into {len(names)} database(s)"

    def _databases(self) -> list[str]:
        with self._connected(self.databases[0] if self.databases else "postgres") as server:
            there = [str(name) for (name,) in server.execute(catalogs.DATABASES).fetchall()]
        # Those that are copied to make others hold nothing.
        return self.databases or [name for name in there if name != "template1"]

    @contextmanager
    def _connected(self, database: str) -> Iterator[Server]:
        """Give one transaction, in which nothing changes and nothing can be changed."""
        psycopg = _library()
        place = f"{self.host}:{self.port}/{database}"
        try:
            with psycopg.connect(**self._parameters(database)) as server:
                server.read_only = True
                server.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                # As statements: a pooler in between refuses unknown start-up parameters.
                server.execute("set local search_path = pg_catalog")
                server.execute(f"set local statement_timeout = '{_STATEMENT_SECONDS}s'")
                server.execute("set local timezone = 'UTC'")
                yield server
        except psycopg.Error as error:
            raise SourceError(
                f"PostgreSQL at {place}: {self._words(error)}. Correct the source's options, or let"
                f" {self.user} in as docs/connectors/postgresql_roles.md tells."
            ) from None
        except UnicodeError:
            raise SourceError(
                f"PostgreSQL at {place} has a name that is not UTF-8: rename that role or schema."
            ) from None

    def _parameters(self, database: str) -> Mapping[str, Any]:
        said = {
            "host": self.host,
            "port": self.port,
            "dbname": database,
            "user": self.user,
            "password": reveal(self.password) if self.password else None,
            "sslmode": self.sslmode,
            "sslrootcert": self.sslrootcert,
            "application_name": "oncall-audit",
            "client_encoding": "utf8",
            "connect_timeout": _CONNECT_SECONDS,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _words(self, error: Any) -> str:
        text = str(error.diag.message_primary or str(error).partition("\n")[0])
        if self.password:
            text = text.replace(reveal(self.password), "…")
        return text.rstrip(".")


def _answer(server: Server, query: str) -> bytes:
    row = server.execute(catalogs.as_json(query)).fetchone()
    return str(row[0]).encode() if row else b""


def _library() -> Any:
    try:
        import psycopg
    except ImportError:
        raise ConfigurationError(
            "Roles of PostgreSQL are read with psycopg: pip install 'oncall-audit[postgresql]'."
        ) from None
    return psycopg
