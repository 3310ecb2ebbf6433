"""Whether AWS signed a digest, by the public keys that it tells."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from oncall_audit.connectors.files import find_files
from oncall_audit.errors import ConfigurationError, SourceError

Verdict = Literal["verified", "wrong", "unknown key"]


def public_keys(path: str | Path) -> Mapping[str, RSAPublicKey]:
    """Return the keys by fingerprint; raise `ConfigurationError` where there are none."""
    try:
        files = find_files(path, ".json")
        return _loaded(tuple((file, file.stat().st_mtime_ns) for file in files))
    except (OSError, SourceError) as error:
        raise ConfigurationError(
            f"`public_keys` cannot be read ({error}):"
            " write into it what `aws cloudtrail list-public-keys` prints."
        ) from error


def verdict(digest: Mapping[str, Any], sha256: str, signature: str, path: str | Path) -> Verdict:
    """Tell whether AWS signed a digest whose text has this SHA-256."""
    key = public_keys(path).get(str(digest.get("digestPublicKeyFingerprint")))
    if key is None:
        return "unknown key"
    place = f"{digest.get('digestS3Bucket')}/{digest.get('digestS3Object')}"
    # The first digest of a chain has none before it, and then AWS signs the word.
    before = digest.get("previousDigestSignature") or "null"
    signed = f"{digest.get('digestEndTime')}\n{place}\n{sha256}\n{before}"
    try:
        key.verify(bytes.fromhex(signature), signed.encode(), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return "wrong"
    return "verified"


@lru_cache(maxsize=8)
def _loaded(files: tuple[tuple[Path, int], ...]) -> Mapping[str, RSAPublicKey]:
    return {name: key for file, _ in files for name, key in _keys(file)}


def _keys(file: Path) -> Iterator[tuple[str, RSAPublicKey]]:
    try:
        for told in orjson.loads(file.read_bytes())["PublicKeyList"]:
            yield str(told["Fingerprint"]), _key(base64.b64decode(told["Value"], validate=True))
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ConfigurationError(
            f"{file} holds no public keys ({error}):"
            " write into it what `aws cloudtrail list-public-keys` prints."
        ) from error


def _key(encoded: bytes) -> RSAPublicKey:
    key = load_der_public_key(encoded)
    if not isinstance(key, RSAPublicKey):
        raise TypeError("a key is not of RSA")
    return key
