"""A time stamp by another party proves when a pack was there, offline; without one, packs go on."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from oncall_audit.evidence import register
from oncall_audit.workspace import Workspace

from .conftest import Publish, problems, publish, told, verified, write

pytestmark = pytest.mark.skipif(
    not shutil.which("openssl"), reason="openssl, which plays the authority, is not installed"
)

_CONFIGURATION = """
[tsa]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
"""


class Authority:
    """An authority of time stamps: a root, a signer below it, and openssl."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root = folder, folder / "root.pem"
        folder.mkdir()
        root_key, signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        root = _certificate("Example Root", root_key, "Example Root", root_key)
        signer = _certificate("Example Stamps", signer_key, "Example Root", root_key)
        self.root.write_bytes(_pem(root))
        (folder / "signer.pem").write_bytes(_pem(signer))
        (folder / "signer.key").write_bytes(
            signer_key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        (folder / "serial").write_text("01")
        (folder / "tsa.cnf").write_text(_CONFIGURATION.format(folder=folder))

    def answer(self, request: Request) -> Response:
        """Stamp what is asked for."""
        assert request.content_type == "application/timestamp-query"
        query, reply = self.folder / "query", self.folder / "reply"
        query.write_bytes(request.data)
        words = ["ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "query"]
        words += ["-signer", "signer.pem", "-inkey", "signer.key", "-out", "reply"]
        subprocess.run(["openssl", *words], check=True, cwd=self.folder, capture_output=True)
        return Response(reply.read_bytes(), content_type="application/timestamp-reply")


def _certificate(name: str, key: Any, issuer: str, issuer_key: Any) -> x509.Certificate:
    is_root, now = name == issuer, datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def stamped(workspace: Workspace, authority: Authority, httpserver: HTTPServer) -> Path:
    httpserver.expect_request("/stamp", method="POST").respond_with_handler(authority.answer)
    return published(workspace, httpserver.url_for("/stamp"))


def published(workspace: Workspace, url: str, make: Publish = publish) -> Path:
    workspace.config.write_text(f"organisation: Example\ntime_stamp_authority: {url}\n")
    return make(workspace, "run-3")


def test_a_stamped_pack_proves_when_it_was_there(stamped: Path, authority: Authority) -> None:
    before = datetime.now(UTC) - timedelta(minutes=5)

    status, said = verified(stamped, "--time-stamp-root", authority.root)

    assert (status, said["problems"]) == (0, [])
    assert before < datetime.fromisoformat(said["time_stamped_at"]) < datetime.now(UTC)
    assert said["checks"]["time stamp"].endswith("UTC, by the expected authority")


def test_openssl_agrees(stamped: Path, authority: Authority, tmp_path: Path) -> None:
    shutil.unpack_archive(stamped, tmp_path / "unpacked")
    words = ["ts", "-verify", "-data", "manifest.json", "-in", "manifest.tsr"]

    found = subprocess.run(
        ["openssl", *words, "-CAfile", str(authority.root)],
        cwd=tmp_path / "unpacked", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (found.returncode, found.stdout.strip()) == (0, "Verification: OK")


def test_without_the_root_nobody_vouches_for_the_time(stamped: Path) -> None:
    status, said = verified(stamped)

    assert status == 0
    assert said["checks"]["time stamp"].endswith("UTC, by whom is not proven")


def test_another_authoritys_stamp_is_refused(stamped: Path, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other")

    [(file, what)] = problems(stamped, "--time-stamp-root", other.root)

    assert file == "manifest.tsr"
    assert what.startswith("is not by the expected authority")


@pytest.mark.parametrize("replaced", [b"", b"<html>sorry</html>", None])
def test_what_is_no_stamp_is_named(
    stamped: Path, authority: Authority, tmp_path: Path, replaced: bytes | None
) -> None:
    shutil.unpack_archive(stamped, tmp_path / "unpacked")
    token = tmp_path / "unpacked" / "manifest.tsr"
    write(token, token.read_bytes()[:-7] if replaced is None else replaced)

    found = problems(tmp_path / "unpacked", "--time-stamp-root", authority.root)

    assert found == [("manifest.tsr", "is no time stamp of RFC 3161")]


def test_the_stamp_of_another_pack_is_refused(
    stamped: Path, workspace: Workspace, authority: Authority, tmp_path: Path
) -> None:
    later = publish(workspace, "run-4")
    shutil.unpack_archive(stamped, tmp_path / "one")
    shutil.unpack_archive(later, tmp_path / "other")
    write(tmp_path / "other" / "manifest.tsr", (tmp_path / "one" / "manifest.tsr").read_bytes())

    found = problems(tmp_path / "other", "--time-stamp-root", authority.root)

    assert found == [("manifest.tsr", "is a time stamp of something else")]


def test_a_pack_without_a_stamp_fails_where_one_is_asked_for(
    pack: Path, authority: Authority
) -> None:
    found = problems(pack, "--time-stamp-root", authority.root)

    assert found == [("manifest.tsr", "is missing: nobody else saw the pack")]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Response("no", 503), "503"),
        (Response("<html>Log in</html>"), "is no time stamp of RFC 3161"),
    ],
)
def test_a_pack_is_written_although_the_authority_fails(
    workspace: Workspace,
    httpserver: HTTPServer,
    monkeypatch: pytest.MonkeyPatch,
    answer: Response,
    why: str,
) -> None:
    monkeypatch.setattr("oncall_audit.evidence.time_stamp.back_off", {1: 0, 2: 0}.get)
    httpserver.expect_request("/stamp").respond_with_response(answer)

    pack = published(workspace, httpserver.url_for("/stamp"))

    assert problems(pack) == []
    assert "time stamp" not in told(pack).output
    [noted] = [it for it in register.read(workspace.register) if it["kind"] == "manifest"]
    assert noted["time_stamp"].startswith("The evidence pack has no time stamp: http://")
    assert why in noted["time_stamp"]


def test_a_file_that_holds_no_certificate_is_told(stamped: Path, tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("nothing")

    result = told(stamped, "--time-stamp-root", tmp_path / "none.pem")

    assert "none.pem holds no certificate." in str(result.exception)
