"""What every test may rely on: no network but this machine's own, and no telemetry."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from audits import Audited, Organisation
from nights import Nights, nights

from oncall_audit.workspace import Workspace

_QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
}
_LOCAL = ("127.", "::1", "localhost", "0.0.0.0")

# Prefect reads its settings when it is imported, which may be before any fixture.
os.environ.update(_QUIET)
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="oncall-audit-prefect-")
os.environ.pop("PREFECT_API_URL", None)
os.environ.pop("ONCALL_AUDIT_WORKSPACE", None)


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
    from oncall_audit.demo import write_demo

    root = tmp_path_factory.mktemp("organisation") / "workspace"
    root.mkdir()
    return Organisation(root, write_demo(root))


@pytest.fixture(scope="session")
def audited(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    """Audit the demo organisation once, without Prefect; whoever runs it again takes a copy."""
    from oncall_audit.pipeline.start import audit

    workspace = organisation.copy_to(tmp_path_factory.mktemp("audited") / "workspace")
    answers = organisation.answers
    outcome = audit(workspace.root, since=answers.since, until=answers.until)
    return Audited(workspace, answers, outcome)


@pytest.fixture(scope="session", name="nights")
def _nights(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """Audit the demo organisation's last days but one, and know what the next night makes."""
    return nights(organisation, tmp_path_factory.mktemp("nights"))


@pytest.fixture
def copied(audited: Audited, tmp_path: Path) -> Iterator[Audited]:
    """A copy of the audited organisation, to do things to."""
    root = tmp_path / "workspace"
    shutil.copytree(audited.workspace.root, root, symlinks=True)
    yield Audited(Workspace(root), audited.answers, audited.outcome)
    shutil.rmtree(root, ignore_errors=True)
