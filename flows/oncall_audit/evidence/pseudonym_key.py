"""The secret that pseudonyms are made with: who has it can tell who is meant, nobody else can."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path

from oncall_audit.documents import read
from oncall_audit.errors import ConfigurationError
from oncall_audit.evidence import secret_file
from oncall_audit.workspace import Workspace

_BYTES = 32


@dataclass(frozen=True, slots=True)
class PseudonymKey:
    """A key that shows itself to nobody."""

    secret: bytes = field(repr=False)


def of_workspace(workspace: Workspace) -> PseudonymKey:
    """Return the key that the configuration names, else the workspace's own."""
    if not workspace.config.exists() or "pseudonym_key" not in read(workspace.config).content:
        return kept(workspace.pseudonym_key)
    # Not before: who has a key of the workspace's own needs no other secret.
    from oncall_audit.settings import load

    secret = load(workspace).pseudonym_key
    return given(secret.get_secret_value()) if secret else kept(workspace.pseudonym_key)


def given(value: str) -> PseudonymKey:
    """Read the key that the configuration gives: at least 64 hexadecimal digits."""
    return _read(value, "The pseudonym_key that is given")


def kept(path: Path) -> PseudonymKey:
    """Return the workspace's own key, made at first need."""
    if not path.exists():
        secret_file.write(path, f"{secrets.token_hex(_BYTES)}\n".encode())
    try:
        return _read(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise ConfigurationError(
            f"The pseudonym key {path} cannot be read: {error.strerror}. Only who may read it"
            " can make pseudonymised reports or resolve a pseudonym."
        ) from None
    except UnicodeDecodeError:
        # Chained, the error would show a piece of what it could not read.
        raise _no_key(str(path)) from None


def _read(text: str, name: str) -> PseudonymKey:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) < _BYTES:
        raise _no_key(name)
    return PseudonymKey(secret)


def _no_key(name: str) -> ConfigurationError:
    return ConfigurationError(
        f"{name} is no pseudonym key. It should be {2 * _BYTES} hexadecimal digits, as"
        f" 'openssl rand -hex {_BYTES}' makes them."
    )
