"""One system that keeps state for each provider."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

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
from postgres_server import PASSWORD, Postgres
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from oncall_audit.control.providers.postgresql import PostgreSQL

from .roles import Make

OVER_HTTP: dict[str, type[OverHttp]] = {
    "github": GitHubOrganisation,
    "hoop": HoopGateway,
    "kubernetes": KubernetesCluster,
    "okta": OktaOrganisation,
}
SYSTEMS = (*OVER_HTTP, "aws_iam", "aws_identity_center", "command", "teleport")


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


@pytest.fixture
def provider(postgres: Postgres) -> Iterator[Make]:
    """Make providers for a PostgreSQL server, on which two groups alone can read a table."""
    postgres.make(logins=("ada", "ben"), groups=("payments_admin", "search_admin"))
    postgres.run("create table payments ()")
    postgres.run("grant select on payments to payments_admin, search_admin")

    def make(**options: Any) -> PostgreSQL:
        common = {"host": postgres.socket, "user": postgres.user, "password": SecretStr(PASSWORD)}
        return PostgreSQL(**{**common, "resource": "main", "sslmode": "disable", **options})

    yield make
    postgres.run("drop table payments")
