"""What every test may rely on: no network but this machine's own, and no telemetry."""

from __future__ import annotations

import fcntl
import os
import pickle
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from audits import Audited, Organisation, keep_views
from nights import Nights, nights
from postgres_server import Postgres, serving

from oncall_audit.workspace import Workspace

_QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}
Shared = TypeVar("Shared")

_LOCAL = ("127.", "::1", "localhost", "0.0.0.0")

# Prefect reads its settings when it is imported, which may be before any fixture.
os.environ.update(_QUIET)
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="oncall-audit-prefect-")
os.environ.pop("PREFECT_API_URL", None)
os.environ.pop("ONCALL_AUDIT_WORKSPACE", None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take long, so that no worker has one of them left at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    connect = socket.socket.connect

    def only_here(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple) and not str(address[0]).startswith(_LOCAL):
            raise AssertionError(f"A test called out to {address[0]}.")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", only_here)
        yield


@pytest.fixture(scope="session")
def organisation(tmp_path_factory: pytest.TempPathFactory) -> Organisation:
    """Write the demo organisation once; whoever changes it takes a copy."""

    def make(root: Path) -> Organisation:
        from oncall_audit.demo import write_demo

        root.mkdir()
        return Organisation(root, write_demo(root))

    return _once(tmp_path_factory, "organisation", make)


@pytest.fixture(scope="session")
def audited(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Audit the demo organisation once, without Prefect; whoever runs it again takes a copy."""

    def make(root: Path) -> Audited:
        from oncall_audit.pipeline.start import audit

        workspace = organisation.copy_to(root)
        answers = organisation.answers
        outcome = audit(workspace.root, since=answers.since, until=answers.until)
        keep_views(workspace, organisation.views)
        return Audited(workspace, answers, outcome)

    return _once(tmp_path_factory, "audited", make)


def _once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Shared]) -> Shared:
    # With several workers the first to come makes it and the others wait for it.
    base = factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / f"{name}.pickle"
        if not made.exists():
            made.write_bytes(pickle.dumps(make(folder / name)))
        shared: Shared = pickle.loads(made.read_bytes())
        return shared


@pytest.fixture(scope="session", name="nights")
def _nights(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Audit the demo organisation's last days but one, and know what the next night makes."""
    return _once(tmp_path_factory, "nights", lambda root: nights(organisation, root))


@pytest.fixture(scope="session")
def _postgres() -> Iterator[Postgres]:
    with serving() as server:
        yield server


@pytest.fixture
def postgres(_postgres: Postgres) -> Iterator[Postgres]:
    """A real PostgreSQL server without any roles but the superuser and access control's own."""
    yield _postgres
    _postgres.empty()


@pytest.fixture
def copied(audited: Audited, tmp_path: Path) -> Iterator[Audited]:
    """A copy of the audited organisation, to do things to."""
    root = tmp_path / "workspace"
    shutil.copytree(audited.workspace.root, root, symlinks=True)
    yield Audited(Workspace(root), audited.answers, audited.outcome)
    shutil.rmtree(root, ignore_errors=True)
