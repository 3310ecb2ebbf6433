"""GitHub: the audit log of an organisation or enterprise, by its API or as exported files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Literal
from urllib.parse import quote

from oncall_audit.connectors.base import File, Kind, LogTable, Page, Table, Window
from oncall_audit.connectors.expressions import joined
from oncall_audit.connectors.files import log_files
from oncall_audit.connectors.http import Answer, Client, reveal
from oncall_audit.connectors.paging import next_of, pages
from oncall_audit.errors import ConfigurationError, SourceError

_LIMIT = 100
# GitHub keeps this month and six before; of what git itself did only a week.
_KEPT = {"web": timedelta(days=180), "git": timedelta(days=7), "all": timedelta(days=7)}
# Its search goes by whole seconds, and what is written late is found only by looking again.
_OVERLAP = timedelta(hours=1)

_TEXTS = (
    "_document_id", "@timestamp", "created_at", "action", "actor", "actor_ip", "user", "org",
    "repo", "repository", "team", "business", "operation_type", "programmatic_access_type",
    "hashed_token", "external_identity_nameid", "name", "permission", "visibility", "user_agent",
)  # fmt: skip
_TIME = 'coalesce("@timestamp", created_at)'
_TOLD = (
    "_document_id", "action", "actor", '"user"', "org", "repo", "created_at", "operation_type",
    "team", "name",
)  # fmt: skip

EVENTS = LogTable(
    name="events",
    framing="json",
    fields={
        **dict.fromkeys(_TEXTS, "VARCHAR"),
        "actor_location": "JSON",
        "actor_is_bot": "VARCHAR",
    },
    # Milliseconds since 1970, as a number or its text, sometimes with a fraction; else ISO 8601.
    occurred_at=f"case when regexp_full_match({_TIME}, '\\d{{12,14}}(\\.\\d+)?')"
    f" then make_timestamp(cast(try_cast({_TIME} as double) * 1000 as bigint))"
    f" else timezone('UTC', try_cast({_TIME} as timestamptz)) end",
    identity=f"case when _document_id is not null then {joined(*_TOLD)} end",
    rejected="case when actor is null and org is null and business is null"
    " then 'neither actor nor organisation in it' when action is null then 'no action in it' end",
    columns={
        "document_id": "_document_id",
        "action": "action",
        "actor": "actor",
        "actor_is_bot": "if(ends_with(actor, '[bot]'), 'true', actor_is_bot)",
        "saml_name": "external_identity_nameid",
        "user_login": '"user"',
        "org": "org",
        "repo": "coalesce(repo, repository)",
        "team": "team",
        "business": "business",
        "object_name": '"name"',
        "permission": "permission",
        "visibility": "visibility",
        "operation_type": "operation_type",
        "token_kind": "programmatic_access_type",
        "token_hash": "hashed_token",
        "source_ip": "actor_ip",
        "country": "actor_location ->> '$.country_code'",
        "user_agent": "user_agent",
    },
    types={"actor_is_bot": "BOOLEAN"},
)


@dataclass(frozen=True, slots=True)
class GitHub:
    """The audit log of one organisation or enterprise, by its API (`token`) or as files (`path`).

    Needs the scope `read:audit_log`, of an owner. `include` says whether what git itself did is
    read too: web, git or all.
    """

    name: str = "github"
    path: str | Path | None = None
    organisation: str | None = None
    enterprise: str | None = None
    token: object = field(default=None, repr=False)
    include: Literal["web", "git", "all"] = "web"
    url: str = "https://api.github.com"

    default_system: ClassVar[str] = "github"
    kind: ClassVar[Kind] = "logs"
    tables: ClassVar[tuple[Table, ...]] = (EVENTS,)

    def __post_init__(self) -> None:
        owners = [it for it in (self.organisation, self.enterprise) if it]
        by_files = self.path is not None
        if by_files == (self.token is not None) or len(owners) != (0 if by_files else 1):
            raise ConfigurationError(
                f"Source {self.name} needs `token` with either `organisation` or `enterprise`, or"
                " `path` (a folder of exported events): give one of them."
            )
        if self.include not in _KEPT:
            raise ConfigurationError(
                f"Source {self.name}: `include` knows no `{self.include}`: use web, git or all."
            )

    def read(self, window: Window) -> Iterator[File | Page]:
        """Yield what was logged; raise `SourceError` where GitHub keeps it no longer."""
        if self.path is not None:
            for file in log_files(self.path):
                yield File("events", file)
            return
        kept_since = datetime.now(UTC) - _KEPT[self.include]
        if window.since < kept_since:
            raise SourceError(
                f"GitHub keeps what `include: {self.include}` asks for since"
                f" {kept_since:%Y-%m-%d}, and the window begins on {window.since:%Y-%m-%d}."
                " Run over a later window, or read exported files (`path`)."
            )
        with self._client() as client:
            for number, answer in enumerate(self._pages(client, window)):
                yield Page("events", f"audit-{number:05}", answer.body, answer.received_at)

    def probe(self) -> str:
        """Ask for one record; raise `SourceError` if GitHub cannot be reached or refuses."""
        if self.path is not None:
            return f"{len(log_files(self.path))} file(s)"
        with self._client() as client:
            client.get(self._place(), [("per_page", 1)], key=None)
        return "answers, and accepts the key"

    def _pages(self, client: Client, window: Window) -> Iterator[Answer]:
        since = (window.since - _OVERLAP).astimezone(UTC)
        until = window.until.astimezone(UTC) + timedelta(seconds=1)
        # Without a time GitHub answers with the last three months alone.
        phrase = f"created:{since:%Y-%m-%dT%H:%M:%SZ}..{until:%Y-%m-%dT%H:%M:%SZ}"
        asked: list[tuple[str, str | int]] = [
            ("phrase", phrase),
            ("include", self.include),
            ("order", "asc"),
            ("per_page", _LIMIT),
        ]

        def get(address: str) -> Answer:
            return client.get(address, () if "?" in address else asked, key=None)

        def following(_address: str, answer: Answer) -> str | None:
            return next_of(client, answer)

        return pages(self._place(), get, following, key=None)

    def _place(self) -> str:
        kind = "orgs" if self.organisation else "enterprises"
        return f"/{kind}/{quote(str(self.organisation or self.enterprise), safe='')}/audit-log"

    def _client(self) -> Client:
        headers = {
            "Authorization": f"Bearer {reveal(self.token)}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        return Client(self.url, headers)
