"""What the tests of several packages share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oncall_audit import connectors, landing
from oncall_audit.connectors.base import Connector, Window
from oncall_audit.workspace import Workspace

Rows = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def log_rows(tmp_path: Path) -> Rows:
    """Land files with a log connector; return the rows, then (file, line, reason) of the rest."""

    def land(
        make: Callable[[Path], Connector],
        files: Mapping[str, str | bytes],
        table: str,
        columns: str,
        now: datetime = datetime(2024, 1, 10, 12, tzinfo=UTC),
    ) -> list[tuple[Any, ...]]:
        for name, content in files.items():
            path = tmp_path / "in" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            os.utime(path, (now.timestamp(), now.timestamp()))
        connector = make(tmp_path / "in")
        window = Window(now - timedelta(days=1), now)
        folder = tmp_path / "landing"
        landing.land(connector, source_name="s", system="s", window=window, folder=folder, now=now)
        kind = table.partition("__")[0]
        with (
            landing.Manifest(folder / "manifest.sqlite") as manifest,
            duckdb.connect() as connection,
        ):
            landing.views(connection, manifest, {kind: connectors.tables(kind)})
            query = f"select {columns} from landing.{table} order by raw_file, raw_line"
            rows = connection.execute(query).fetchall()
            rest = [(Path(q.path).name, q.line, q.reason) for q in manifest.quarantined()]
        return [*rows, *rest]

    return land


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a server that behaves like AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def _published_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Built under another name: in a file audit.duckdb the schema `audit` would be ambiguous.
    built = tmp_path_factory.mktemp("tables") / "built.duckdb"
    with duckdb.connect(str(built)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(Path(__file__).with_name("published.sql").read_text(encoding="utf-8"))
    return built


@pytest.fixture
def published(tmp_path: Path, _published_template: Path) -> Path:
    """An `audit.duckdb` with invented people, two runs and three findings."""
    folder = tmp_path / "published"
    folder.mkdir()
    return Path(shutil.copy(_published_template, folder / "audit.duckdb"))


@pytest.fixture
def built(tmp_path: Path, _published_template: Path) -> Path:
    """The same tables as a private warehouse that may still be changed."""
    return Path(shutil.copy(_published_template, tmp_path / "built.duckdb"))


@pytest.fixture
def workspace(tmp_path: Path, published: Path) -> Workspace:
    """A workspace whose current publication is the small one."""
    workspace = Workspace(tmp_path / "workspace")
    workspace.publications.mkdir(parents=True)
    published.parent.rename(workspace.publications / "run-2")
    workspace.publication.symlink_to("publications/run-2")
    return workspace
