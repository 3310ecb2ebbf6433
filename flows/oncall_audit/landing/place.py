"""Where landed files lie, how they get there whole, and what is swept after a crash."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from oncall_audit.connectors.base import Page
from oncall_audit.landing.manifest import Manifest
from oncall_audit.landing.records import Commit, Part, batch_id
from oncall_audit.landing.staging import StagedPart

_PLAIN = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """The corner of the landing folder that belongs to one source."""

    folder: Path
    source_name: str

    @property
    def scratch(self) -> Path:
        """For what does not outlive a call of `land`."""
        return self.folder / ".staging" / self.source_name

    def raw(self, number: int) -> Path:
        """Return the folder for the bytes of a batch's pages."""
        return self.folder / "raw" / self.source_name / batch_id(number)

    def pages(self, now: datetime) -> Path:
        """Return the folder for the bytes of a log's pages, which tells when they came."""
        return self.folder / "raw" / self.source_name / f"{now:%Y%m%dT%H%M%S}Z"

    def page(self, number: int, page: Page) -> str:
        """Return the name of the file for the bytes of a log's page."""
        plain = _PLAIN.sub("_", page.name).strip("._")[:80] or "page"
        return f"{page.table}-{number:05d}-{plain}{page.ending}.gz"

    @contextmanager
    def swept(self, manifest: Manifest) -> Iterator[None]:
        """Remove what a killed run left, and afterwards what this one needed for itself."""
        self._sweep(manifest)
        self.scratch.mkdir(parents=True)
        try:
            yield
        finally:
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _sweep(self, manifest: Manifest) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)
        numbers = manifest.unfinished(self.source_name)
        for number in numbers:
            for path in self._tables().glob(f"*/day=*/{batch_id(number)}*"):
                path.unlink()
            shutil.rmtree(self.raw(number), ignore_errors=True)
        if numbers:
            manifest.forget(numbers)

    def put(
        self, staged: Iterable[StagedPart], connector: str, table_name: str, commit: Commit
    ) -> None:
        """Move written files into their places, durably; they are visible once committed."""
        for count, part in enumerate(staged):
            target = self._tables() / table_name / f"day={part.day}"
            target.mkdir(parents=True, exist_ok=True)
            target /= f"{commit.batch_id}-{count}.parquet"
            sync(part.path)
            part.path.replace(target)
            sync(target.parent)
            commit.parts.append(
                Part(
                    path=str(target.relative_to(self.folder)),
                    batch_id=commit.batch_id,
                    source_name=self.source_name,
                    connector=connector,
                    table_name=table_name,
                    day=part.day,
                    records=part.records,
                    first_at=part.first_at,
                    last_at=part.last_at,
                )
            )
        for folder in (self._tables() / table_name, self._tables(), self.folder):
            if folder.is_dir():
                sync(folder)

    def _tables(self) -> Path:
        return self.folder / self.source_name


def sync(path: Path) -> None:
    """Make a file or a folder's entries durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
