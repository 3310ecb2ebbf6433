"""The key that signs is its owner's alone, and its successor is known by it."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from oncall_audit.__main__ import main
from oncall_audit.evidence import keys, register
from oncall_audit.workspace import Workspace

from .conftest import problems, publish, verified

Said = pytest.CaptureFixture[str]


def key(workspace: Workspace, *words: str) -> int:
    return main(["key", *words, "--workspace", str(workspace.root)])


def made(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(
        Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
    )
    return path


def test_the_first_use_makes_a_key_for_its_owners_eyes_only(
    workspace: Workspace, pack: Path
) -> None:
    assert workspace.signing_key.stat().st_mode & 0o777 == 0o600
    assert workspace.signing_key.parent.stat().st_mode & 0o777 == 0o700


def test_the_private_key_is_nowhere_else(workspace: Workspace, pack: Path, unpacked: Path) -> None:
    secret = workspace.signing_key.read_text().splitlines()[1].encode()

    holders = [p for p in workspace.root.rglob("*") if p.is_file() and secret in p.read_bytes()]
    packed = [p for p in unpacked.rglob("*") if p.is_file() and secret in p.read_bytes()]

    assert (holders, packed) == ([workspace.signing_key], [])
    assert "PRIVATE" not in repr(keys.kept(workspace.signing_key, []))
    assert secret.decode() not in repr(keys.kept(workspace.signing_key, []))


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_what_is_shown_is_what_signed(
    workspace: Workspace, pack: Path, tmp_path: Path, capsys: Said
) -> None:
    assert key(workspace, "show", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert key(workspace, "show", "--pem") == 0
    pem = tmp_path / "shown.pem"
    pem.write_text(capsys.readouterr().out)
    der = subprocess.run(
        ["openssl", "pkey", "-pubin", "-in", pem, "-outform", "DER"],
        capture_output=True,
        check=True,
    )
    summed = subprocess.run(["sha256sum"], input=der.stdout, capture_output=True, check=True)

    assert verified(pack, "--public-key", pem)[1]["signed_by"] == shown["fingerprint"]
    assert summed.stdout.split()[0].decode() == shown["fingerprint"]


def test_a_pack_signed_by_another_key_fails(
    workspace: Workspace, pack: Path, public_key: Path
) -> None:
    workspace.signing_key.unlink()
    second = publish(workspace, "run-4")

    status, said = verified(second, "--public-key", public_key)

    assert (status, said["trust"]) == (5, "another")
    assert "is signed by another key" in said["problems"][0]["what"]
    # By itself it is whole: that is why the key matters.
    assert problems(second) == []


def test_the_old_key_vouches_for_the_new_one(
    workspace: Workspace, pack: Path, public_key: Path, capsys: Said
) -> None:
    assert key(workspace, "rotate") == 0
    assert key(workspace, "rotate") == 0
    second = publish(workspace, "run-4")

    status, said = verified(second, "--public-key", public_key)

    assert (status, said["trust"]) == (0, "vouched for")
    assert said["signed_by"] in capsys.readouterr().out
    assert verified(pack, "--public-key", public_key)[1]["trust"] == "expected"
    assert workspace.signing_key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in workspace.signing_key.parent.iterdir()] == ["signing.pem"]


def test_a_key_that_vouches_for_itself_is_not_trusted(
    workspace: Workspace, pack: Path, public_key: Path
) -> None:
    expected = register.read(workspace.register)[0]["public_key"]
    workspace.signing_key.unlink()
    mine = keys.kept(workspace.signing_key, [])
    claim = {"kind": "key", "at": "2026-04-04", **mine.public.as_dict(), "previous_key": expected}
    for signature in ("AAAA", base64.b64encode(mine.sign(b"mine")).decode(), None):
        register.append(workspace.register, {**claim, "vouched_for": signature})
    keys.hand_over(workspace.register, mine, mine.public, datetime.now(UTC))

    second = publish(workspace, "run-4")

    assert verified(second, "--public-key", public_key)[1]["trust"] == "another"


def test_a_replacement_that_was_cut_off_is_finished(workspace: Workspace, pack: Path) -> None:
    old = workspace.signing_key.read_bytes()
    key(workspace, "rotate")
    following = workspace.signing_key.with_name(".signing.pem.next")
    workspace.signing_key.rename(following)
    workspace.signing_key.write_bytes(old)
    named = keys.last_fingerprint(register.read(workspace.register))

    assert (
        keys.kept(workspace.signing_key, register.read(workspace.register)).public.fingerprint
        == named
    )
    assert not following.exists()


@pytest.mark.parametrize("way", ["file", "environment"])
def test_a_key_of_the_sites_own_signs(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    path = made(tmp_path, "own.pem")
    monkeypatch.setenv("SIGNING_KEY", path.read_text())
    given = str(path) if way == "file" else "${SIGNING_KEY}"
    workspace.config.write_text(f'organisation: Example\nsigning_key: "{given}"\n')
    pack = publish(workspace, "run-3")

    assert (
        verified(pack)[1]["signed_by"] == keys.private_key(path.read_bytes(), "").public.fingerprint
    )
    assert not workspace.signing_key.exists()


def test_a_key_of_the_sites_own_is_followed_by_another(
    workspace: Workspace, tmp_path: Path
) -> None:
    first, second = made(tmp_path, "first.pem"), made(tmp_path, "second.pem")
    workspace.config.write_text(f"organisation: Example\nsigning_key: {first}\n")
    expected = tmp_path / "public.pem"
    expected.write_bytes(keys.private_key(first.read_bytes(), "").public.pem)

    assert key(workspace, "rotate") == 2
    assert key(workspace, "rotate", "--new", str(second)) == 0
    workspace.config.write_text(f"organisation: Example\nsigning_key: {second}\n")

    assert (
        verified(publish(workspace, "run-3"), "--public-key", expected)[1]["trust"] == "vouched for"
    )


@pytest.mark.parametrize(
    "content", ["no key", "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----"]
)
def test_what_is_no_key_is_refused_without_showing_it(
    workspace: Workspace, tmp_path: Path, capsys: Said, content: str
) -> None:
    path = tmp_path / "bad.pem"
    path.write_text(content)
    workspace.config.write_text(f"organisation: Example\nsigning_key: {path}\n")

    assert key(workspace, "show") == 2
    said = capsys.readouterr().err
    assert "is no signing key" in said
    assert "c2VjcmV0" not in said


def test_a_key_that_is_not_there_is_told(workspace: Workspace, capsys: Said) -> None:
    workspace.config.write_text("organisation: Example\nsigning_key: keys/none.pem\n")

    assert key(workspace, "show") == 2
    assert "none.pem cannot be read: No such file or directory." in capsys.readouterr().err


def test_a_key_in_the_configuration_is_refused(
    workspace: Workspace, tmp_path: Path, capsys: Said
) -> None:
    lines = "".join(f"  {line}\n" for line in made(tmp_path, "own.pem").read_text().splitlines())
    workspace.config.write_text(f"organisation: Example\nsigning_key: |\n{lines}")

    assert key(workspace, "show") == 2
    assert (
        "oncall-audit.yml:2: signing_key: a secret must not stand in this file."
        in capsys.readouterr().err
    )
