"""What holds of every connector that reads log files: each is given its own example, damaged."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from oncall_audit import connectors, landing, sources
from oncall_audit.connectors.base import LogTable, Window

NOW = datetime(2024, 1, 10, 12, tzinfo=UTC)
FIXTURES = Path(__file__).parent / "fixtures"


def of_logs() -> list[str]:
    """Return every connector that reads files and lands a log."""
    return [
        name
        for name in connectors.names()
        if "path" in sources.options(connectors.find(name))
        and any(isinstance(table, LogTable) for table in connectors.tables(name))
    ]


@dataclass
class Reader:
    """A folder of files, and what one connector lands of them, run after run."""

    name: str
    folder: Path

    @property
    def example(self) -> bytes:
        """The text of the connector's example."""
        (path,) = (FIXTURES / self.name).iterdir()
        return path.read_bytes()

    @property
    def file_name(self) -> str:
        """The name of the example."""
        (path,) = (FIXTURES / self.name).iterdir()
        return path.name

    def put(self, content: bytes, name: str | None = None) -> Path:
        """Write a file of the log."""
        path = self.folder / "in" / (name or self.file_name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
        return path

    def land(self) -> tuple[int, int, int]:
        """Read the folder; return how many records landed, came again or were quarantined."""
        connector = connectors.find(self.name)(path=self.folder / "in")
        window = Window(NOW - timedelta(days=1), NOW)
        landed = landing.land(
            connector, source_name="s", system="s", window=window, folder=self.folder, now=NOW
        )
        parts = landed.landed + landed.duplicates + landed.ignored + landed.quarantined
        assert landed.records == parts
        return landed.landed, landed.duplicates, landed.quarantined

    def keys(self) -> list[str]:
        """Return the key of every record that landed."""
        with self._manifest() as manifest, duckdb.connect() as connection:
            declared = connectors.tables(self.name)
            landing.views(connection, manifest, {self.name: declared})
            (table,) = {table.name for table in declared if isinstance(table, LogTable)}
            query = f"select event_key from landing.{self.name}__{table} order by all"
            return [key for (key,) in connection.execute(query).fetchall()]

    def reasons(self) -> list[tuple[int, str]]:
        """Return line and reason of every record that could not be read."""
        with self._manifest() as manifest:
            return [(found.line, found.reason) for found in manifest.quarantined()]

    def _manifest(self) -> landing.Manifest:
        return landing.Manifest(self.folder / "manifest.sqlite")


@pytest.fixture(params=of_logs())
def reader(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    return Reader(request.param, tmp_path)


@pytest.fixture
def another(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], Reader]:
    """A second folder in which a whole text has landed, to compare with."""

    def whole(content: bytes) -> Reader:
        made = Reader(reader.name, tmp_path_factory.mktemp("whole"))
        made.put(content)
        made.land()
        return made

    return whole


def test_each_line_of_the_example_lands(reader: Reader) -> None:
    reader.put(reader.example)

    lines = reader.example.count(b"\n")
    assert lines >= 3
    assert reader.land() == (lines, 0, 0)
    assert len(set(reader.keys())) == lines


def test_a_compressed_file_is_the_same(reader: Reader, another: Callable[[bytes], Reader]) -> None:
    reader.put(gzip.compress(reader.example), f"{reader.file_name}.gz")
    reader.land()

    assert reader.keys() == another(reader.example).keys()


@pytest.mark.parametrize("cut", [8, 20])
def test_of_a_cut_gzip_what_is_whole_lands_and_the_cut_is_told(
    reader: Reader, another: Callable[[bytes], Reader], cut: int
) -> None:
    reader.put(gzip.compress(reader.example)[:-cut], f"{reader.file_name}.gz")

    landed, _, quarantined = reader.land()

    assert quarantined in {1, 2}
    assert "the gzip stream is cut off" in [reason for _, reason in reader.reasons()]
    assert landed < reader.example.count(b"\n") or cut == 8
    assert set(reader.keys()) <= set(another(reader.example).keys())


@pytest.mark.parametrize("damage", [b"\xff\xfe\xfa not text", b"{\x00}"])
def test_a_bad_line_is_kept_with_its_reason_and_stops_nothing(
    reader: Reader, damage: bytes
) -> None:
    lines = reader.example.splitlines(keepends=True)
    reader.put(b"".join([*lines[:1], damage + b"\n", *lines[1:]]))

    assert reader.land() == (len(lines), 0, 1)
    assert [line for line, _ in reader.reasons()] == [2]


def test_a_copy_under_another_name_lands_once(reader: Reader) -> None:
    reader.put(reader.example)
    reader.put(reader.example, f"copy-{reader.file_name}")

    lines = reader.example.count(b"\n")
    assert reader.land() == (lines, lines, 0)


def test_a_file_read_again_lands_nothing_more(reader: Reader) -> None:
    reader.put(reader.example)
    reader.land()

    assert reader.land() == (0, 0, 0)


def test_of_a_grown_file_only_what_is_new_lands(
    reader: Reader, another: Callable[[bytes], Reader]
) -> None:
    lines = reader.example.splitlines(keepends=True)
    reader.put(b"".join(lines[:2]))
    reader.land()
    reader.put(reader.example)

    landed, _, quarantined = reader.land()

    assert (landed, quarantined) == (len(lines) - 2, 0)
    assert reader.keys() == another(reader.example).keys()


def test_a_rotated_file_loses_and_repeats_nothing(
    reader: Reader, another: Callable[[bytes], Reader]
) -> None:
    lines = reader.example.splitlines(keepends=True)
    reader.put(b"".join(lines[:1])).rename(reader.folder / "in" / f"1-{reader.file_name}")
    reader.put(b"".join(lines[1:]))
    reader.land()
    for number in (1, 0):
        before = f"{number}-{reader.file_name}" if number else reader.file_name
        renamed = reader.folder / "in" / f"{number + 1}-{reader.file_name}"
        (reader.folder / "in" / before).replace(renamed)
    reader.land()

    assert reader.keys() == another(reader.example).keys()


def test_a_file_in_another_encoding_lands_nothing_and_says_why(reader: Reader) -> None:
    reader.put(reader.example.decode().encode("utf-16"))

    landed, _, quarantined = reader.land()

    assert landed == 0
    assert quarantined >= 1
    assert {reason.partition(" (")[0] for _, reason in reader.reasons()} <= {
        "not UTF-8",
        "a NUL byte in it",
        "not valid JSON",
    }


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf", gzip.compress(b"", mtime=0)])
def test_an_empty_file_is_no_failure(reader: Reader, content: bytes) -> None:
    reader.put(content)

    assert reader.land() == (0, 0, 0)
