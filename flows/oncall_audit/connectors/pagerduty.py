"""PagerDuty: who was on call, and who worked on which incident."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors.base import File, Kind, Page, Table, Window
from oncall_audit.connectors.files import find_files
from oncall_audit.connectors.http import Client, reveal
from oncall_audit.connectors.pagerduty_account import Account
from oncall_audit.connectors.pagerduty_lists import Lists
from oncall_audit.connectors.pagerduty_tables import TABLES
from oncall_audit.errors import ConfigurationError, SourceError

_ACCEPT = "application/vnd.pagerduty+json;version=2"
_TABLE_OF_FILE = {
    "users": "users",
    "schedules": "schedule_entries",
    "overrides": "schedule_entries",
    "oncalls": "oncalls",
    "incidents": "incidents",
    "log_entries": "incident_responders",
    "audit_records": "schedule_changes",
}
_FILE = re.compile(f"({'|'.join(_TABLE_OF_FILE)})")


@dataclass(frozen=True, slots=True)
class PagerDuty:
    """One PagerDuty account, by its API (`token`) or by a folder of its answers (`path`).

    Needs a read-only API key. Shifts are read from a day before the window, for overrides are
    entered late, to fourteen days after it; incidents from thirty-one days before it, for they are
    resolved long after they began. `changes: false` leaves out who changed the schedules, and
    `shift_based: false` the schedules of the API's third version.
    """

    name: str = "pagerduty"
    path: str | Path | None = None
    url: str = "https://api.pagerduty.com"
    token: object = field(default=None, repr=False)
    changes: bool = True
    shift_based: bool = True

    default_system: ClassVar[str] = "pagerduty"
    kind: ClassVar[Kind] = "schedules"
    tables: ClassVar[tuple[Table, ...]] = TABLES

    def __post_init__(self) -> None:
        if (self.path is None) == (self.token is None):
            raise ConfigurationError(
                f"Source {self.name} needs either `path` (a folder of exported answers) or `token`"
                " (a read-only API key): give one of them."
            )
        for option in ("changes", "shift_based"):
            if not isinstance(getattr(self, option), bool):
                raise ConfigurationError(f"Source {self.name}: `{option}` is either true or false.")

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield users, shifts and who changed them, on-calls, incidents and their log entries."""
        if self.path is not None:
            yield from _exported(Path(self.path))
            return
        with self._client() as client:
            yield from self._account(client).read(window)

    def read_incidents(self, window: Window) -> Iterator[File | Page]:
        """Yield the incidents alone: they are asked for every few minutes."""
        if self.path is not None:
            yield from (it for it in _exported(Path(self.path)) if it.table == "incidents")
            return
        with self._client() as client:
            yield from self._account(client).incidents(window)

    def probe(self) -> str:
        """Ask for one user; raise `SourceError` if the API cannot be reached or refuses the key."""
        with self._client() as client:
            client.get("/users", [("limit", 1)], key="users")
        return "answers, and accepts the key"

    def _account(self, client: Client) -> Account:
        return Account(Lists(client), self.changes, self.shift_based)

    def _client(self) -> Client:
        key = f"Token token={reveal(self.token)}"
        return Client(self.url, {"Authorization": key, "Accept": _ACCEPT})


def _exported(path: Path) -> Iterator[File]:
    found = 0
    for file in find_files(path, ".json"):
        parts = file.relative_to(path).parts if path.is_dir() else (file.name,)
        match = next(filter(None, map(_FILE.match, parts)), None)
        if match:
            found += 1
            yield File(_TABLE_OF_FILE[match[1]], file)
    if not found:
        names = ", ".join(f"{name}*.json" for name in _TABLE_OF_FILE)
        raise SourceError(f"{path} holds none of {names}: export the answers by these names.")
