"""What the tests of connectors share: no wait is slept, and accounts of PagerDuty and AWS."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer
from servers import pagerduty as vendor
from servers import scim
from servers.aws_iam import Iam
from servers.aws_s3 import S3
from servers.scim import ScimServer


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the waits that were asked for; none is slept."""
    asked: list[float] = []
    monkeypatch.setattr("time.sleep", asked.append)
    return asked


@pytest.fixture
def pagerduty(
    httpserver: HTTPServer, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> vendor.PagerDutyServer:
    """Return an account with two schedules and three incidents, in the spring of 2026."""
    at = datetime(2026, 4, 1, 12, tzinfo=UTC)
    monkeypatch.setattr("oncall_audit.connectors.pagerduty_account.now", lambda: at)
    return vendor.serve(httpserver)


@pytest.fixture
def aws_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let boto3 find a key, and nothing of this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "canary-secret-4711")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "none")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "none")


@pytest.fixture
def s3(
    httpserver: HTTPServer,
    moto: str,
    waits: list[float],
    aws_credentials: None,
    monkeypatch: pytest.MonkeyPatch,
) -> S3:
    """Return an empty bucket, to which boto3's own settings lead."""
    made = S3(httpserver, moto=moto)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", made.url)
    return made


@pytest.fixture
def iam(
    httpserver: HTTPServer,
    moto: str,
    waits: list[float],
    aws_credentials: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Iam:
    """Return two accounts with a role each, to which boto3's own settings lead."""
    made = Iam(httpserver, moto=moto)
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", made.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", made.url)
    return made


@pytest.fixture
def directory(httpserver: HTTPServer, waits: list[float]) -> ScimServer:
    """Three people, one of whom is no longer active, and four groups."""
    return scim.serve(httpserver)
