"""A pack as it lies there, a zip file or a folder: read piece by piece, never unpacked."""

from __future__ import annotations

import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from oncall_audit.errors import ConfigurationError, VerificationFailed
from oncall_audit.evidence import pack
from oncall_audit.evidence.keys import PublicKey

_BLOCK = 1 << 20
# What a damaged or hostile zip makes the reader of it raise.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    OverflowError,
    RuntimeError,
    ValueError,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that is not as it was published, or None for the pack as a whole; and why."""

    file: str | None
    what: str


class Unreadable(Exception):
    """A file of the pack cannot be read."""


class Opened(Protocol):
    """What both kinds of pack have in common."""

    def names(self) -> list[str]:
        """Return the name of every file in it, in its order, repeated where it is there twice."""

    def blocks(self, name: str, limit: int) -> Iterator[bytes]:
        """Yield the file's bytes, at most one block beyond `limit`; raise `Unreadable`."""

    def is_sealed_by(self, key: PublicKey) -> bool | None:
        """Say whether not one byte of the container was touched; None where there is no seal."""


class Zip:
    """A pack in the one file that was published."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path, self.archive = path, archive

    def names(self) -> list[str]:
        """Return the names as the zip's directory has them."""
        return self.archive.namelist()

    def blocks(self, name: str, limit: int) -> Iterator[bytes]:
        """Unpack block by block, so that a bomb goes off nowhere."""
        try:
            with self.archive.open(name) as entry:
                yield from _blocks(entry, limit)
        except (*_UNREADABLE, KeyError) as error:
            raise Unreadable(str(error)) from None

    def is_sealed_by(self, key: PublicKey) -> bool | None:
        """Hold the signature in the zip's comment against every byte before it."""
        try:
            signature = bytes.fromhex(self.archive.comment.decode("ascii"))
        except ValueError:
            return False
        # What begins elsewhere or goes on behind its end is not what was sealed.
        is_whole = len(self.archive.comment) == pack.SEAL_LENGTH
        return is_whole and key.verifies(signature, pack.sealed(self.path))


class Folder:
    """A pack that somebody has unpacked."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def names(self) -> list[str]:
        """Return every file and link below the folder."""
        found = [path for path in self.path.rglob("*") if path.is_symlink() or not path.is_dir()]
        return sorted(path.relative_to(self.path).as_posix() for path in found)

    def blocks(self, name: str, limit: int) -> Iterator[bytes]:
        """Read the file, unless it or a folder above it is a link to somewhere else."""
        path = self.path / name
        if path.resolve() != self.path.resolve() / name or not path.is_file():
            raise Unreadable("it is a link, or no file")
        try:
            with path.open("rb") as file:
                yield from _blocks(file, limit)
        except OSError as error:
            raise Unreadable(error.strerror or "it cannot be read") from None

    def is_sealed_by(self, key: PublicKey) -> bool | None:
        """Return None: a folder has no seal, what is in it is all there is."""
        return None


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open a pack; raise `VerificationFailed` where it is none, `ConfigurationError` if not there.

    A folder that holds a pack, such as a publication, stands for it.
    """
    if path.is_dir():
        if not (path / pack.NAME).is_file():
            yield Folder(path)
            return
        path /= pack.NAME
    if not path.is_file() or not os.access(path, os.R_OK):
        raise ConfigurationError(f"There is no pack {path} that can be read.")
    try:
        archive = zipfile.ZipFile(path)
    except _UNREADABLE as error:
        raise VerificationFailed(f"{path} is no zip file, or it is damaged: {error}.") from None
    with archive:
        yield Zip(path, archive)


def read(pack: Opened, name: str, limit: int) -> bytes:
    """Return a file's bytes; raise `Unreadable` where there are more than `limit`."""
    content = b"".join(pack.blocks(name, limit))
    if len(content) > limit:
        raise Unreadable(f"it has more than {limit} bytes")
    return content


def _blocks(file: IO[bytes], limit: int) -> Iterator[bytes]:
    read = 0
    while read <= limit and (block := file.read(_BLOCK)):
        read += len(block)
        yield block
