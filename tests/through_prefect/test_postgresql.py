"""A Prefect server whose database is PostgreSQL: the same deployments, and a run by a worker."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from prefect_server import Server, eventually, runs, serving

from oncall_audit.workspace import Workspace

# The server that comes as a package for tests lacks this extension, which Prefect needs.
EXTENSION = next(Path("/usr/share").glob("postgresql/*/extension/pg_trgm.control"), None)
PROGRAMS = next(Path("/usr/lib").glob("postgresql/*/bin/initdb"), Path("initdb")).parent

pytestmark = [
    pytest.mark.prefect,
    pytest.mark.slow,
    pytest.mark.skipif(EXTENSION is None, reason="needs PostgreSQL with pg_trgm (Debian's)"),
]


@pytest.fixture(scope="module")
def database() -> Iterator[Path]:
    """Start a PostgreSQL of its own; return the folder of its socket."""
    # It refuses to run as root, and whoever it runs as has to reach its folder.
    other: dict[str, Any] = (
        {} if os.geteuid() else {"user": "postgres", "group": "postgres", "extra_groups": []}
    )
    folder = Path(tempfile.mkdtemp(prefix="oncall-audit-postgres-"))
    if other:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([str(PROGRAMS / program), *words], cwd=folder, **other)

    data = folder / "data"
    assert run("initdb", "--pgdata", str(data), "--auth=trust", "--username=prefect").wait(60) == 0
    words = ["-D", str(data), "-k", str(folder), "-c", "listen_addresses=", "-c", "fsync=off"]
    with run("postgres", *words) as server:
        eventually(lambda: _answers(folder), seconds=60)
        yield folder
        server.terminate()
    shutil.rmtree(folder, ignore_errors=True)


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="prefect", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@pytest.fixture(scope="module")
def server(database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = f"postgresql+asyncpg://prefect@/postgres?host={database}"
    with serving(tmp_path_factory.mktemp("prefect"), PREFECT_API_DATABASE_CONNECTION_URL=url) as it:
        yield it


def test_a_worker_runs_an_audit_and_the_database_knows_of_it(
    server: Server, database: Path, small: Workspace
) -> None:
    nightly = server.deploy()["nightly"]
    made = server.ask(f"deployments/{nightly['id']}/create_flow_run", parameters={})
    worker = server.run(
        *("prefect", "worker", "start", "--pool", "oncall-audit", "--run-once"),
        ONCALL_AUDIT_WORKSPACE=str(small.root),
    )

    (entry,) = runs(small)
    assert entry["published"], worker.stdout + worker.stderr
    with psycopg.connect(host=str(database), user="prefect", dbname="postgres") as asked:
        query = "select state_name from flow_run where id = %s"
        assert asked.execute(query, (made["id"],)).fetchall() == [("Completed",)]
