"""A landing zone in a temporary folder, and the means to see what is in it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from oncall_audit import landing
from oncall_audit.connectors.base import Connector, Window
from oncall_audit.landing import readers
from oncall_audit.landing.logs import LogLanding

NOW = datetime(2024, 5, 3, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=2), NOW)


@dataclass
class Zone:
    """One landing folder and one folder of files to land."""

    folder: Path
    inbox: Path
    now: datetime = NOW
    told: list[str] = field(default_factory=list)

    def land(
        self, connector: Connector, name: str = "bastion", system: str = "linux"
    ) -> landing.Landed:
        return landing.land(
            connector,
            source_name=name,
            system=system,
            window=WINDOW,
            folder=self.folder,
            now=self.now,
            progress=self.told.append,
        )

    def put(self, name: str, content: bytes | str, at: datetime = NOW) -> Path:
        path = self.inbox / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (at.timestamp(), at.timestamp()))
        return path

    def manifest(self) -> landing.Manifest:
        return landing.Manifest(self.folder / "manifest.sqlite")

    def rows(
        self, view: str, columns: str = "*", days: set[date] | None = None
    ) -> list[tuple[Any, ...]]:
        connection = duckdb.connect()
        with self.manifest() as manifest:
            landing.views(connection, manifest, None, days)
        return connection.execute(f"select {columns} from landing.{view} order by all").fetchall()

    def quarantined(self) -> list[tuple[int, str]]:
        with self.manifest() as manifest:
            return [(found.line, found.reason) for found in manifest.quarantined()]

    def files(self) -> list[Path]:
        return sorted(self.folder.rglob("*.parquet"))


@pytest.fixture
def zone(tmp_path: Path) -> Zone:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    return Zone(tmp_path / "landing", inbox)


@pytest.fixture
def only_carefully(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the quick way refuse every file."""

    def refuse(self: LogLanding, files: list[Any]) -> None:
        raise readers.DoubtError(set(range(len(files))))

    monkeypatch.setattr(LogLanding, "_quickly", refuse)


@pytest.fixture
def only_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the careful way an error."""

    def refuse(self: LogLanding, file: Any) -> None:
        raise AssertionError(f"{file.path} was read carefully")

    monkeypatch.setattr(LogLanding, "_carefully", refuse)


def sshd_line(second: int, text: str = "Accepted publickey for ada from 192.0.2.7 port 22") -> str:
    minute, second = divmod(second, 60)
    return f"2024-05-02T10:{minute:02}:{second:02}+00:00 db-pay-1 sshd[{4000 + minute}]: {text}\n"


def cloud_event(number: int, **other: Any) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": "AROAEXAMPLE:ada",
            "arn": "arn:aws:sts::111122223333:assumed-role/Operator/ada",
            "sessionContext": {
                "sessionIssuer": {"userName": "Operator"},
                "attributes": {"creationDate": "2024-05-02T08:00:00Z", "mfaAuthenticated": "true"},
            },
        },
        "eventTime": f"2024-05-02T09:00:{number % 60:02}Z",
        "eventSource": "ec2.amazonaws.com",
        "eventName": "DescribeInstances",
        "awsRegion": "eu-central-1",
        "sourceIPAddress": "192.0.2.7",
        "eventID": f"00000000-0000-4000-8000-{number:012}",
        "requestParameters": {"instancesSet": {"items": [{"instanceId": f"i-{number:08x}"}]}},
        "responseElements": None,
        **other,
    }


def records(*events: dict[str, Any]) -> bytes:
    return json.dumps({"Records": events}).encode()


def write_parquet(path: Path, query: str, options: str = "") -> bytes:
    """Write a Parquet file with DuckDB and return its bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB"}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"copy ({query}) to '{path}' (format parquet{options})")
    return path.read_bytes()
