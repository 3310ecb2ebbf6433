"""One system that keeps state for each provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from controlled.aws import IamAccount, IdentityCenter
from controlled.command import SiteProgram
from controlled.github import GitHubOrganisation
from controlled.hoop import HoopGateway
from controlled.kubernetes import KubernetesCluster
from controlled.okta import OktaOrganisation
from controlled.over_http import OverHttp
from controlled.system import System
from controlled.teleport import TeleportCluster
from pytest_httpserver import HTTPServer

OVER_HTTP: dict[str, type[OverHttp]] = {
    "github": GitHubOrganisation,
    "hoop": HoopGateway,
    "kubernetes": KubernetesCluster,
    "okta": OktaOrganisation,
}
SYSTEMS = (*OVER_HTTP, "aws_iam", "aws_identity_center", "command", "teleport")


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The address of a server that behaves like AWS."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits that were asked for; none is slept."""
    asked: list[float] = []
    monkeypatch.setattr("time.sleep", asked.append)
    return asked


@pytest.fixture
def make_system(
    request: pytest.FixtureRequest, tmp_path: Path, waits: list[float]
) -> Callable[[str], System]:
    """Make the system that a provider of this name changes."""

    def make(name: str) -> System:
        found: System
        if name in ("command", "teleport"):
            found = {"command": SiteProgram, "teleport": TeleportCluster}[name](tmp_path)
        else:
            server: HTTPServer = request.getfixturevalue("httpserver")
            if name in OVER_HTTP:
                found = OVER_HTTP[name](server)
            else:
                kind = {"aws_iam": IamAccount, "aws_identity_center": IdentityCenter}[name]
                found = kind(server, request.getfixturevalue("moto"))
        return found

    return make
