"""Opsgenie, Jira Service Management: who was on call, and which alerts or incidents there were."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, Literal
from urllib.parse import quote

from oncall_audit.connectors.base import Kind, Page, SnapshotTable, Table, Window
from oncall_audit.connectors.http import Client, reveal
from oncall_audit.connectors.opsgenie_account import JIRA, OPSGENIE, Account, Dialect
from oncall_audit.connectors.opsgenie_incidents import ALERTS, INCIDENTS, Alerts
from oncall_audit.connectors.opsgenie_tables import TABLES
from oncall_audit.errors import ConfigurationError

_INCIDENTS = ("alerts", "incidents", "none")


@dataclass(frozen=True, slots=True)
class Opsgenie:
    """One account of Opsgenie, or with `cloud_id` the operations of Jira Service Management.

    Needs an API key that may read and configure nothing else: of Opsgenie one with *Read* and
    *Configuration access*; of Jira the API token of `user`, or without `user` an OAuth token with
    `read:ops-config` and `read:ops-alert`. `incidents` says what counts as an incident.
    """

    name: str = "opsgenie"
    url: str | None = None
    token: object = field(default=None, repr=False)
    cloud_id: str | None = None
    user: str | None = None
    incidents: Literal["alerts", "incidents", "none"] = "alerts"
    service_tag: str = "service:"

    default_system: ClassVar[str] = "opsgenie"
    kind: ClassVar[Kind] = "schedules"
    shapes: ClassVar[tuple[Table, ...]] = TABLES

    def __post_init__(self) -> None:
        if self.token is None:
            raise ConfigurationError(
                f"Source {self.name} needs `token`: an API key of Opsgenie, or with `cloud_id` a"
                " token of Jira Service Management."
            )
        if self.incidents not in _INCIDENTS:
            raise ConfigurationError(
                f"Source {self.name}: `incidents` is one of {', '.join(_INCIDENTS)}."
            )
        if self.cloud_id is None and self.user is not None:
            raise ConfigurationError(
                f"Source {self.name}: `user` goes with `cloud_id`, the site in Jira: give both."
            )
        if self.cloud_id is not None and self.incidents == "incidents":
            raise ConfigurationError(
                f"Source {self.name}: incidents of Jira Service Management are issues, which this"
                " source does not read: set `incidents` to alerts or none."
            )

    @property
    def tables(self) -> tuple[Table, ...]:
        """What it lands; how alerts are read depends on the tag that names their service."""
        alerts = SnapshotTable("incidents", ALERTS.columns, Alerts(self.service_tag))
        others = tuple(table for table in TABLES if table.name != "incidents")
        found = {"alerts": (alerts,), "incidents": (INCIDENTS,), "none": ()}
        return (*others, *found[self.incidents])

    def read(self, window: Window) -> Iterator[Page]:
        """Yield alerts or incidents, the timeline of every schedule, and the escalations."""
        with self._client() as client:
            yield from Account(client, self._dialect, self.incidents).read(window)

    def read_incidents(self, window: Window) -> Iterator[Page]:
        """Yield the alerts or incidents alone: they are asked for every few minutes."""
        with self._client() as client:
            yield from Account(client, self._dialect, self.incidents).read_incidents(window)

    def probe(self) -> str:
        """Ask for schedules; raise `SourceError` if it cannot be reached or refuses the key."""
        with self._client() as client:
            client.get(self._dialect.schedules, key=self._dialect.key)
        return "answers, and accepts the key"

    @property
    def _dialect(self) -> Dialect:
        return OPSGENIE if self.cloud_id is None else JIRA

    def _client(self) -> Client:
        token = reveal(self.token)
        if self.cloud_id is None:
            return Client(
                self.url or "https://api.opsgenie.com", {"Authorization": f"GenieKey {token}"}
            )
        basic = base64.b64encode(f"{self.user}:{token}".encode()).decode()
        key = f"Bearer {token}" if self.user is None else f"Basic {basic}"
        site = f"/jsm/ops/api/{quote(self.cloud_id, safe='')}"
        return Client(
            f"{self.url or 'https://api.atlassian.com'}{site}",
            {"Authorization": key, "Accept": "application/json"},
        )
