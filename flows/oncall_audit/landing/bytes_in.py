"""The careful way in: a file's bytes in pieces, with limits on what they may expand to."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from oncall_audit.errors import SourceError

CHUNK = 1024 * 1024
MOST_EXPANSION = 200
_LARGEST = 1 << 30
# Small files may expand more: thirty bytes of gzip hold a line of a thousand.
SMALL = 16 * CHUNK


class _CutError(Exception):
    """The bytes end before the file does."""

    def __init__(self, reason: str, rest: bytes) -> None:
        super().__init__(reason)
        self.rest = rest


class Text:
    """The text of a file, once; afterwards `cut` says why it ended too early, if it did."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cut: str | None = None
        self.rest = b""

    def __iter__(self) -> Iterator[bytes]:
        """Yield the text in pieces, unpacked."""
        try:
            yield from _pieces(self._path)
        except _CutError as error:
            self.cut, self.rest = str(error), error.rest
        except OSError as error:
            raise SourceError(
                f"{self._path} cannot be read ({error.strerror}): make it readable."
            ) from error


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        head = stream.read(CHUNK)
        packed = iter(lambda: stream.read(CHUNK), b"")
        if head.startswith(b"\x1f\x8b"):
            limit = max(SMALL, min(_LARGEST, MOST_EXPANSION * path.stat().st_size))
            yield from _bounded(_unpacked(head, packed), limit)
        else:
            yield from _bounded(_chain(head, packed), _LARGEST)


def _chain(head: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from others


def _bounded(unpacked: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for piece in unpacked:
        size += len(piece)
        if size > limit:
            raise _CutError(f"the file expands to more than {limit} bytes", piece)
        yield piece


def _unpacked(head: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=31)
    fresh = True
    for packed in _chain(head, others):
        rest = packed
        while rest:
            if fresh and not (rest := rest.lstrip(b"\0")):
                break
            try:
                piece = inflate.decompress(rest, CHUNK)
            except zlib.error:
                what = "bytes after the end of the gzip stream" if fresh else "damaged gzip stream"
                raise _CutError(what, rest) from None
            fresh = False
            yield piece
            rest = inflate.unconsumed_tail
            if inflate.eof:
                rest, fresh = inflate.unused_data, True
                inflate = zlib.decompressobj(wbits=31)
    if not fresh:
        raise _CutError("the gzip stream is cut off", b"")
