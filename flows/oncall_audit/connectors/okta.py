"""Okta: its System Log, its people, or what its groups and roles let them do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from oncall_audit.connectors import okta_directory as directory
from oncall_audit.connectors import okta_log as log
from oncall_audit.connectors.base import File, Kind, Page, Table, Window
from oncall_audit.connectors.files import log_files
from oncall_audit.connectors.http import Client, reveal
from oncall_audit.errors import ConfigurationError

_KINDS = ("logs", "directory", "permissions")


@dataclass(frozen=True, slots=True)
class Okta:
    """One Okta organisation, by its API (`url` and `token`), or its log as files (`path`).

    Needs the API token of a read-only administrator. `kind` says what is read: logs, directory or
    permissions. `engineer_id` names what of a user is the directory's key, and `accounts` the
    attributes that hold their accounts in other systems.
    """

    name: str = "okta"
    system: str = "okta"
    kind: Kind = "logs"
    path: str | Path | None = None
    url: str | None = None
    token: object = field(default=None, repr=False)
    engineer_id: str = "login"
    accounts: Mapping[str, str] = field(default_factory=dict)

    shapes: ClassVar[tuple[Table, ...]] = (
        log.EVENTS,
        directory.users(directory.Users()),
        directory.MEMBERSHIPS,
        directory.ROLES,
    )

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ConfigurationError(
                f"Source {self.name}: Okta has no `kind: {self.kind}`: use one of"
                f" {', '.join(_KINDS)}."
            )
        by_files = self.path is not None and self.kind == "logs"
        if by_files == (self.token is not None) or (self.token is None) != (self.url is None):
            raise ConfigurationError(
                f"Source {self.name} needs `url` and `token` (the API token of a read-only"
                " administrator), or, for logs, `path` (a folder of exported events): give either."
            )

    @property
    def tables(self) -> tuple[Table, ...]:
        """What a source of this kind lands."""
        if self.kind == "directory":
            decode = directory.Users(self.system, self.engineer_id, dict(self.accounts))
            return (directory.users(decode),)
        rights = (directory.MEMBERSHIPS, directory.ROLES)
        return (log.EVENTS,) if self.kind == "logs" else rights

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield the log of the window, or the organisation's people or rights as they are now."""
        if self.path is not None:
            for file in log_files(self.path):
                yield File("events", file)
            return
        with self._client() as client:
            if self.kind == "logs":
                yield from log.read(client, window)
            elif self.kind == "directory":
                yield from directory.read_people(client, datetime.now(UTC))
            else:
                yield from directory.read_rights(client, datetime.now(UTC))

    def probe(self) -> str:
        """Ask for one record; raise `SourceError` if Okta cannot be reached or refuses the key."""
        if self.path is not None:
            return f"{len(log_files(self.path))} file(s)"
        what = {"logs": "logs", "directory": "users", "permissions": "groups"}[self.kind]
        with self._client() as client:
            client.get(f"/api/v1/{what}", [("limit", 1)], key=None)
        return "answers, and accepts the key"

    def _client(self) -> Client:
        key = f"SSWS {reveal(self.token)}"
        return Client(str(self.url), {"Authorization": key, "Accept": "application/json"})
