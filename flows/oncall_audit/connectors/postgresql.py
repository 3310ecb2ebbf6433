"""PostgreSQL: its server log, whichever of its three formats it is written in."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Framing, Kind, Page, Table, Window
from oncall_audit.connectors.files import log_files
from oncall_audit.connectors.postgresql_tables import CSV, JSON, STDERR
from oncall_audit.errors import SourceError

_HEAD = 16 * 1024
_CSV_HEAD = re.compile(rb"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [^,\s]+,[^\n]*,", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PostgreSQL:
    """Server logs of PostgreSQL (stderr, csvlog, jsonlog), plain or gzip.

    Needs to read the files, and `log_connections` and `log_disconnections` on the server.
    `time_zone` is the zone of times that name none or one that is not known; `resource` names the
    database server in the policy.
    """

    path: str | Path
    time_zone: str = "UTC"
    resource: str | None = None

    default_system: ClassVar[str] = "postgresql"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (STDERR, CSV, JSON)

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield every file; what lies outside the window was read before or is wanted later."""
        for file in log_files(self.path):
            yield File("records", file, _framing(file))


def _framing(file: Path) -> Framing:
    """Tell the format by the first bytes."""
    try:
        with file.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise SourceError(f"{file} cannot be read ({error.strerror}): make it readable.") from error
    if head.startswith(b"\x1f\x8b"):
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, _HEAD)
        except zlib.error:
            head = b""
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if head.startswith(b"{"):
        return "json"
    return "csv" if _CSV_HEAD.match(head) else "lines"
