"""hoop: its gateway's sessions and who changed it, its reviews, or who may use what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from oncall_audit.connectors.base import Kind, Page, Table, Window
from oncall_audit.connectors.hoop_access import ACCESSES, MEMBERSHIPS, read_access
from oncall_audit.connectors.hoop_tables import CHANGES, REVIEWS, SESSIONS
from oncall_audit.connectors.http import Answer, Client, Parameters, reveal
from oncall_audit.connectors.paging import pages
from oncall_audit.errors import ConfigurationError, SourceError

_LIMIT = 100
# hoop refuses to page further: a longer list is asked for in two halves.
_FURTHEST = 10_000
# Asked by when sessions began, hoop leaves out one that began before the window and ended in it.
_REACH = timedelta(days=7)
_OVERLAP = timedelta(hours=1)
_SHORTEST = timedelta(seconds=1)
_TABLES: dict[Kind, tuple[Table, ...]] = {
    "logs": (SESSIONS, CHANGES),
    "requests": (REVIEWS,),
    "permissions": (MEMBERSHIPS, ACCESSES),
}


@dataclass(frozen=True, slots=True)
class Hoop:
    """One hoop gateway by its API, whose address ends in `/api`. Needs a token of the auditors.

    `kind` says what is read: logs (sessions, and who changed the gateway), requests (reviews) or
    permissions (who may use which connections), for which hoop wants an administrator's token.
    `changes: false` leaves out who changed the gateway, which older ones do not tell.
    """

    url: str
    name: str = "hoop"
    kind: Kind = "logs"
    token: object = field(default=None, repr=False)
    changes: bool = True

    default_system: ClassVar[str] = "hoop"
    shapes: ClassVar[tuple[Table, ...]] = (
        SESSIONS, CHANGES, REVIEWS, MEMBERSHIPS, ACCESSES,
    )  # fmt: skip

    def __post_init__(self) -> None:
        if self.kind not in _TABLES:
            raise ConfigurationError(
                f"Source {self.name}: hoop has no `kind: {self.kind}`: use one of"
                f" {', '.join(_TABLES)}."
            )
        if self.token is None:
            raise ConfigurationError(
                f"Source {self.name} needs `token`, a key of a user in hoop's group of auditors,"
                " for permissions of administrators."
            )
        if not isinstance(self.changes, bool):
            raise ConfigurationError(f"Source {self.name}: `changes` is either true or false.")

    @property
    def tables(self) -> tuple[Table, ...]:
        """What a source of this kind lands."""
        return _TABLES[self.kind]

    def read(self, window: Window) -> Iterator[Page]:
        """Yield the sessions and changes of the window, or reviews or rights as they are now."""
        with self._client() as client:
            if self.kind == "requests":
                answer = client.get("/reviews", key=None)
                yield Page("reviews", "reviews", answer.body, datetime.now(UTC))
                return
            if self.kind == "permissions":
                yield from read_access(client, datetime.now(UTC))
                return
            found = _sessions(client, window.since - _REACH, window.until)
            for number, answer in enumerate(found):
                yield Page("sessions", f"sessions-{number:05}", answer.body, answer.received_at)
            if self.changes:
                for number, answer in enumerate(_changes(client, window)):
                    yield Page("changes", f"changes-{number:05}", answer.body, answer.received_at)

    def probe(self) -> str:
        """Ask for one record; raise `SourceError` if hoop cannot be reached or refuses the key."""
        with self._client() as client:
            if self.kind == "permissions":
                list(read_access(client, datetime.now(UTC)))
            elif self.kind == "requests":
                client.get("/reviews", key=None)
            else:
                client.get("/sessions", [("limit", 1)], key="data")
            if self.kind == "logs" and self.changes:
                client.get("/audit/logs", [("page_size", 1)], key="data")
        return "answers, and accepts the key"

    def _client(self) -> Client:
        headers = {"Authorization": f"Bearer {reveal(self.token)}", "Accept": "application/json"}
        return Client(self.url, headers)


def _sessions(client: Client, since: datetime, until: datetime) -> Iterator[Answer]:
    """Yield the pages of sessions that began in the span, newest first."""

    def get(offset: int) -> Answer:
        asked: Parameters = [
            ("start_date", _stamp(since)),
            ("end_date", _stamp(until)),
            ("count", "exact"),
            ("limit", _LIMIT),
            ("offset", offset),
        ]
        return client.get("/sessions", asked, key="data")

    def following(offset: int, answer: Answer) -> int | None:
        return offset + _LIMIT if answer.document.get("has_next_page") else None

    counted = total = 0
    for answer in pages(0, get, following, key="data"):
        counted, total = counted + len(answer.document["data"]), _number(answer, "total")
        if total > _FURTHEST:
            yield from _halves(client, since, until)
            return
        yield answer
    _check(client, "sessions", counted, total)


def _halves(client: Client, since: datetime, until: datetime) -> Iterator[Answer]:
    middle = since + (until - since) / 2
    if until - since < _SHORTEST:
        raise SourceError(
            f"{client.base_url}/sessions has more than {_FURTHEST} sessions in one second at"
            f" {since:%Y-%m-%d %H:%M:%S}, which it does not let anybody read."
        )
    # Both halves hold what began just then, and it lands once.
    yield from _sessions(client, middle, until)
    yield from _sessions(client, since, middle)


def _changes(client: Client, window: Window) -> Iterator[Answer]:
    def get(number: int) -> Answer:
        asked: Parameters = [
            ("created_after", _stamp(window.since - _OVERLAP)),
            ("created_before", _stamp(window.until)),
            ("page_size", _LIMIT),
            ("page", number),
        ]
        return client.get("/audit/logs", asked, key="data")

    def following(number: int, answer: Answer) -> int | None:
        total = _number(answer, "total", answer.document.get("pages"))
        return number + 1 if number * _LIMIT < total else None

    counted = total = 0
    for answer in pages(1, get, following, key="data"):
        counted += len(answer.document["data"])
        total = _number(answer, "total", answer.document.get("pages"))
        yield answer
    _check(client, "audit/logs", counted, total)


def _number(answer: Answer, key: str, told: Any = None) -> int:
    found = (told or answer.document).get(key)
    if not isinstance(found, int):
        raise SourceError(
            f"{answer.url.partition('?')[0]} does not say how many there are: the gateway is too"
            " old or too new for this connector."
        )
    return found


def _check(client: Client, path: str, counted: int, total: int) -> None:
    if counted < total:
        raise SourceError(
            f"{client.base_url}/{path} gave {counted} of {total} records. Run again; if it stays"
            " so, hoop has to be told."
        )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
