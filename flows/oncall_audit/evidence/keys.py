"""The Ed25519 key that signs packs: made, kept to its owner, given from outside, replaced."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import register, secret_file

_HANDOVER = b"oncall-audit: the key that follows this one\n"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies."""

    key: Ed25519PublicKey

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key in DER, as `openssl pkey -pubin -outform DER | sha256sum` has it."""
        return hashlib.sha256(self._der).hexdigest()

    @property
    def text(self) -> str:
        """The one line of its PEM file."""
        return base64.b64encode(self._der).decode()

    @property
    def pem(self) -> bytes:
        """The key as a PEM file."""
        return pem(self.text)

    def as_dict(self) -> dict[str, str]:
        """Return the key and its fingerprint, as manifests and reports name them."""
        return {"fingerprint": self.fingerprint, "public_key": self.text}

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether the signature is this key's, of this message."""
        try:
            self.key.verify(signature, message)
        except InvalidSignature:
            return False
        return True

    @property
    def _der(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_bytes(serialization.Encoding.DER, form)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key that signs; it shows itself to nobody."""

    key: Ed25519PrivateKey

    @property
    def public(self) -> PublicKey:
        """The key that others verify with."""
        return PublicKey(self.key.public_key())

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of a signature."""
        return self.key.sign(message)

    def __repr__(self) -> str:
        """Name the public key only."""
        return f"SigningKey({self.public.fingerprint[:16]})"


def public_key(pem: bytes, name: str) -> PublicKey:
    """Read a public key; raise `ConfigurationError` for anything but Ed25519 in PEM."""
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigurationError(
            f"{name} is no public key. It should be an Ed25519 key in a PEM file,"
            " as 'oncall-audit key show --pem' prints it."
        )
    return PublicKey(key)


def private_key(pem: bytes, name: str) -> SigningKey:
    """Read a private key; raise `ConfigurationError` for anything but unlocked Ed25519 in PEM."""
    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # Chained, the error could show a piece of what it could not read.
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigurationError(
            f"{name} is no signing key. It should be an Ed25519 key in a PEM file without a"
            " passphrase, as 'openssl genpkey -algorithm ed25519' makes it."
        )
    return SigningKey(key)


def given(value: str, root: Path) -> SigningKey:
    """Read the key that the configuration gives: the PEM text itself, or the path of its file."""
    if value.lstrip().startswith("-----BEGIN"):
        return private_key(value.strip().encode(), "The signing_key that is given")
    return _read(root / value)


def kept(path: Path, records: Iterable[Mapping[str, Any]]) -> SigningKey:
    """Return the workspace's own key, made at first need; finish a replacement that was cut off."""
    following = _following(path)
    if following.exists():
        key = _read(following)
        if key.public.fingerprint == last_fingerprint(records):
            following.replace(path)
    if not path.exists():
        _write(path, Ed25519PrivateKey.generate())
    return _read(path)


def introduce(path: Path, key: SigningKey, at: datetime) -> None:
    """Note in the register `path` which key signs from now on, unless it did before."""
    if last_fingerprint(register.read(path)) != key.public.fingerprint:
        register.append(path, _record(key.public, at))


def replace(path: Path, register_path: Path, old: SigningKey, at: datetime) -> PublicKey:
    """Make a new key in place of the workspace's own, which vouches for it in the register."""
    new = SigningKey(Ed25519PrivateKey.generate())
    following = _following(path)
    following.unlink(missing_ok=True)
    _write(following, new.key)
    hand_over(register_path, old, new.public, at)
    following.replace(path)
    return new.public


def hand_over(register_path: Path, old: SigningKey, new: PublicKey, at: datetime) -> None:
    """Note in the register that `old` vouches for the key that signs from now on."""
    signature = base64.b64encode(old.sign(_HANDOVER + new.pem)).decode()
    record = _record(new, at)
    register.append(
        register_path,
        {**record, "previous_key": old.public.text, "vouched_for": signature},
    )


def trusted(start: PublicKey, records: Iterable[Mapping[str, Any]]) -> dict[str, datetime | None]:
    """Return the fingerprints that `start` vouches for, directly or not, and since when."""
    known: dict[str, datetime | None] = {start.fingerprint: None}
    for record in _keys(records):
        # What stands in a pack may be anybody's: only a signature that fits counts.
        with suppress(AttributeError, KeyError, TypeError, ValueError, ConfigurationError):
            old, new = _loaded(record["previous_key"]), _loaded(record["public_key"])
            signature = base64.b64decode(record["vouched_for"])
            if old.fingerprint in known and old.verifies(signature, _HANDOVER + new.pem):
                known.setdefault(new.fingerprint, datetime.fromisoformat(record["at"]))
    return known


def last_fingerprint(records: Iterable[Mapping[str, Any]]) -> str | None:
    """Return the fingerprint of the key that the register named last."""
    return next((it["fingerprint"] for it in reversed(_keys(records))), None)


def _keys(records: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [record for record in records if record.get("kind") == "key"]


def _record(key: PublicKey, at: datetime) -> dict[str, Any]:
    return {"kind": "key", "at": at.isoformat(), **key.as_dict()}


def _loaded(text: str) -> PublicKey:
    return public_key(pem(text), "A key in the register")


def pem(text: str) -> bytes:
    """Return the PEM file of a public key that is given as the one line in it."""
    return f"-----BEGIN PUBLIC KEY-----\n{text}\n-----END PUBLIC KEY-----\n".encode()


def _read(path: Path) -> SigningKey:
    try:
        return private_key(path.read_bytes(), str(path))
    except OSError as error:
        raise ConfigurationError(
            f"The signing key {path} cannot be read: {error.strerror}."
        ) from None


def _following(path: Path) -> Path:
    return path.with_name(f".{path.name}.next")


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    secret_file.write(path, pem)
