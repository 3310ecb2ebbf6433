"""`${NAME}` from the environment or `.env`: the only way to give a secret, and its only reader."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from dotenv import dotenv_values

from oncall_audit import documents
from oncall_audit.documents import Document, Key, display
from oncall_audit.errors import AuditError, ConfigurationError
from oncall_audit.workspace import Workspace

_REFERENCE = re.compile(r"\$\{([^}]*)\}")
# sources, the source's name, the option's name; of a channel: notify, channels, and those two.
_OPTION = {"notify": 4}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_SECRET = re.compile(r"(?:\A|_)(?:token|password|passphrase|secret|api_key|private_key)\Z")
_LOGIN_IN_URL = re.compile(r"://[^/@\s]*:[^/@\s]*@")


def is_secret(option: str) -> bool:
    """Say whether an option of this name holds a secret."""
    return _SECRET.search(option) is not None


def variables(workspace: Workspace) -> dict[str, str]:
    """Return what is set in the environment, and what `.env` adds to it."""
    try:
        stored = dotenv_values(workspace.secrets, interpolate=False, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{display(workspace.secrets)} cannot be read ({type(error).__name__})."
            " It should be a UTF-8 text file of NAME=value lines that you may read."
        ) from None
    known = {**stored, **{name: value for name, value in os.environ.items() if value}}
    return {name: value for name, value in known.items() if value}


def references(value: Any) -> list[str]:
    """Return the name of every `${NAME}` anywhere in a value."""
    if isinstance(value, str):
        return _REFERENCE.findall(value)
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for part in parts for name in references(part)]


def expand(value: Any, known: Mapping[str, str]) -> Any:
    """Put the variables' values in place of every `${NAME}`."""
    if isinstance(value, str):
        return _REFERENCE.sub(lambda found: known[found[1]], value)
    if isinstance(value, dict):
        return {name: expand(part, known) for name, part in value.items()}
    if isinstance(value, list):
        return [expand(part, known) for part in value]
    return value


def mistakes(document: Document, known: Mapping[str, str]) -> list[str]:
    """Name every variable that is not set and every secret that stands in the file."""
    return _mistakes(document, (), document.content, known)


def values(workspace: Workspace, document: Document) -> list[str]:
    """Return what must never be shown: the value of every variable the configuration names."""
    known = variables(workspace)
    return [known[name] for name in references(document.content) if known.get(name)]


def hidden(workspace: Workspace, text: str) -> str:
    """Return the text with an ellipsis in place of every secret that the configuration names."""
    try:
        secrets = values(workspace, documents.read(workspace.config))
    except AuditError:
        return text
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "…")
    return text


def _mistakes(document: Document, key: Key, value: Any, known: Mapping[str, str]) -> list[str]:
    if isinstance(value, dict):
        parts = [((*key, name), part) for name, part in value.items()]
    elif isinstance(value, list):
        parts = [((*key, place), part) for place, part in enumerate(value)]
    else:
        return [document.mistake(key, text) for text in _wrong(key, value, known)]
    return [found for at, part in parts for found in _mistakes(document, at, part, known)]


def _wrong(key: Key, value: Any, known: Mapping[str, str]) -> list[str]:
    option = str(key[-1])
    if (
        len(key) == _OPTION.get(str(key[0]), 3)
        and is_secret(option)
        and not is_one_reference(value)
    ):
        name = "_".join(str(part) for part in key[-2:]).upper().replace("-", "_")
        remedy = f"Set {name}=… in .env and write {option}: ${{{name}}} here."
        return [f"a secret must not stand in this file. {remedy}"]
    if not isinstance(value, str):
        return []
    if _LOGIN_IN_URL.search(value):
        return ["a URL must not hold a password; give it by an option of its own."]
    return [text for name in references(value) if (text := _unset(name, known))]


def _unset(name: str, known: Mapping[str, str]) -> str | None:
    if not _NAME.match(name):
        return f"${{{name}}} is no variable; write ${{NAME}} with letters, digits and '_'."
    if not known.get(name):
        return f"the variable {name} is not set; set it in .env, or in the environment."
    return None


def is_one_reference(value: Any) -> bool:
    """Say whether a value is one `${NAME}` and nothing else."""
    return isinstance(value, str) and _REFERENCE.fullmatch(value) is not None
