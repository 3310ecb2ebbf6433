"""A Prefect server for each module here, and what a server knows once we are deployed on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from audits import Organisation
from prefect_server import Server, configure, serving

from oncall_audit.workspace import Workspace


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a server with its scheduler, and make it the one that flows here report to."""
    home = tmp_path_factory.mktemp("prefect")
    with serving(home) as it, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_API_URL", it.url)
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: it.url}):
            yield it


@pytest.fixture(scope="module")
def deployed(server: Server) -> dict[str, Any]:
    """What the server knows of our deployments, by name."""
    return server.deploy()


@pytest.fixture(scope="module")
def small(organisation: Organisation, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace that is read in a moment, but for one source that never can be."""
    root = tmp_path_factory.mktemp("small") / "workspace"
    shutil.copytree(organisation.root / "exports" / "directory", root / "directory")
    shutil.copy(organisation.root / "policy.yml", root)
    configure(
        root,
        directory={"type": "generic", "kind": "directory", "path": "directory"},
        requests={"type": "generic", "kind": "requests", "path": "nowhere"},
    )
    return Workspace(root)
