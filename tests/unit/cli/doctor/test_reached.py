"""What lies beyond the workspace: a Prefect server, certificates; and what is kept too long."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_httpserver import HTTPServer

from oncall_audit.workspace import Workspace

from .conftest import checks


def test_a_prefect_server_that_is_configured_is_asked(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    httpserver: HTTPServer,
) -> None:
    httpserver.expect_request("/api/health").respond_with_data("true")
    monkeypatch.setenv("PREFECT_API_URL", httpserver.url_for("/api"))
    answers = checks(capsys)[1]["prefect"]
    monkeypatch.setenv("PREFECT_API_URL", httpserver.url_for("/nowhere"))

    assert answers[0] == "ok"
    assert checks(capsys)[1]["prefect"][0] == "note"


def test_what_is_kept_too_long_is_noted(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    nothing = checks(capsys)[1]
    for run_id in ("20200101T000000Z-abcd", "20200102T000000Z-abcd"):
        (workspace.publications / run_id).mkdir(parents=True)
    workspace.publication.symlink_to("publications/20200102T000000Z-abcd")

    found = checks(capsys)[1]

    assert "retention" not in nothing
    assert found["retention"][0] == "note"
    assert found["retention"][1].startswith("1 are kept longer than they should be, of packs.")


@pytest.fixture
def served(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[HTTPServer]:
    """A server whose certificate ends so many days from now."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=90))
        .not_valid_after(now + timedelta(days=request.param, hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with HTTPServer(host="127.0.0.1", ssl_context=context) as server:
        yield server


@pytest.mark.parametrize(
    ("served", "state", "words"),
    [
        (60, "ok", "valid until"),
        (20, "note", "in 20 days. Have it renewed."),
        (-2, "fail", "must renew it"),
    ],
    indirect=["served"],
)
def test_a_certificate_that_ends_soon_is_noted_before_it_fails(
    workspace: Workspace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    served: HTTPServer,
    state: str,
    words: str,
) -> None:
    monkeypatch.setenv("PAGER_TOKEN", "invented")
    url = served.url_for("/")
    with workspace.config.open("a") as config:
        config.write(f'  pager: {{type: pagerduty, url: "{url}", token: "${{PAGER_TOKEN}}"}}\n')

    found = checks(capsys)[1]

    certificate = found[f"certificate of {urlsplit(url).hostname}"]
    assert (certificate[0], words in certificate[1]) == (state, True)
    # Nobody here knows who signed it, and it is not asked for again and again.
    assert "has a certificate that cannot be verified" in found["source pager"][1]
