"""A Prefect server for each module here, and what a server knows once we are deployed on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from prefect_server import Server, serving


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
    for words in (
        ("work-pool", "create", "oncall-audit", "--type", "process"),
        ("--no-prompt", "deploy", "--all", "--prefect-file", "deployments/prefect.yaml"),
    ):
        done = server.run("prefect", *words)
        assert done.returncode == 0, done.stdout + done.stderr
    return {it["name"]: it for it in server.ask("deployments/filter")}
