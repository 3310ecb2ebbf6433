"""What a pack says of itself, as RFC 8785 JSON; no clock has a part in the content's hash."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import rfc8785

from oncall_audit.errors import VerificationFailed

FORMAT = "oncall-audit evidence pack 1"

MANIFEST = "manifest.json"
SIGNATURE = "manifest.sig"
# There only where an authority of time stamps was asked and answered.
TIME_STAMP = "manifest.tsr"
PUBLIC_KEY = "record/public-key.pem"
REGISTER = "record/register.jsonl"
CUSTODY = "record/custody.jsonl"

_BLOCK = 1 << 20
# No path that leads out of a folder, and none that two systems read differently.
_NAME = re.compile(r"(?:[a-z0-9_-][A-Za-z0-9_.-]*/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class File:
    """A file by its name, size and SHA-256."""

    path: str
    bytes: int
    sha256: str
    rows: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it as the manifest has it; a file that is no table has no rows."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Manifest:
    """The manifest as it was signed, and what it says."""

    raw: bytes
    said: Mapping[str, Any]

    @classmethod
    def read(cls, raw: bytes, name: str) -> Self:
        """Read a manifest; raise `VerificationFailed` where it is none."""
        try:
            said = json.loads(raw)
            manifest = cls(raw, said)
            whole = said["format"] == FORMAT and rfc8785.dumps(said) == raw
            whole = whole and all(_NAME.fullmatch(it.path) for it in manifest.files)
            # What is looked at later has to be there.
            _ = (said["run"]["run_id"], manifest.key, manifest.chain["register"], said["content"])
        except (KeyError, TypeError, ValueError, RecursionError, AttributeError):
            whole = False
        if not whole:
            raise VerificationFailed(
                f"{name} has no {MANIFEST} of an evidence pack: it was changed, or is another file."
            )
        return manifest

    @property
    def sha256(self) -> str:
        """What the next manifest names this one by."""
        return hashlib.sha256(self.raw).hexdigest()

    @property
    def files(self) -> list[File]:
        """Every file of the pack but the manifest and its signature, in the pack's order."""
        listed = [*self.said["content"]["files"], *self.said["record"]["files"]]
        return sorted((File(**it) for it in listed), key=lambda file: file.path)

    @property
    def key(self) -> str:
        """The public key that it says it was signed by, as one line of PEM."""
        return str(self.said["signing_key"]["public_key"])

    @property
    def chain(self) -> Mapping[str, Any]:
        """What came before it: the last manifest, the register and the custody record."""
        chain: Mapping[str, Any] = self.said["chain"]
        return chain


def content_hash(content: Mapping[str, Any]) -> str:
    """Return the hash of what was found: the same for the same inputs and code, whenever run."""
    return hashlib.sha256(rfc8785.dumps(dict(content))).hexdigest()


def written(
    content: Mapping[str, Any], record: Mapping[str, Any], rest: Mapping[str, Any]
) -> Manifest:
    """Return the manifest of a pack."""
    said = {
        "format": FORMAT,
        "content": dict(content),
        "content_sha256": content_hash(content),
        "record": dict(record),
        **rest,
    }
    return Manifest(rfc8785.dumps(said), said)


def listed(
    folder: Path, paths: Iterable[Path], known: Mapping[Path, str] | None = None
) -> list[dict[str, Any]]:
    """Return name, size and hash of files, by their names below `folder`.

    Those whose hash is `known` are not read.
    """
    found = [
        File(path.relative_to(folder).as_posix(), path.stat().st_size, known[path])
        if known and path in known
        else File(path.relative_to(folder).as_posix(), *_measured(path))
        for path in paths
    ]
    return [file.as_dict() for file in sorted(found, key=lambda file: file.path)]


def _measured(path: Path) -> tuple[int, str]:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
        return file.tell(), digest.hexdigest()
