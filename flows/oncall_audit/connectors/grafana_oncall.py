"""Grafana OnCall: who was on call, which shifts were swapped, and which alert groups there were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from urllib.parse import quote

from oncall_audit.connectors.base import Kind, Page, Table, Window
from oncall_audit.connectors.grafana_oncall_tables import TABLES
from oncall_audit.connectors.http import Answer, Client, reveal
from oncall_audit.connectors.paging import pages
from oncall_audit.connectors.records import Row
from oncall_audit.connectors.times import read_time
from oncall_audit.errors import ConfigurationError, SourceError

_API = "/api/v1"
# Of 365 days that an answer may span.
_SPAN_DAYS = 60
_BEFORE = timedelta(days=1)
_AHEAD = timedelta(days=14)
_INCIDENTS_BEFORE = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class GrafanaOnCall:
    """One Grafana OnCall, by its API.

    Needs an API key of OnCall made by a user who may only view, or with `grafana_url` the token of
    a service account that has OnCall's reading roles. `alert_groups: false` leaves incidents out.
    """

    name: str = "grafana_oncall"
    url: str | None = None
    token: object = field(default=None, repr=False)
    grafana_url: str | None = None
    alert_groups: bool = True

    default_system: ClassVar[str] = "grafana_oncall"
    kind: ClassVar[Kind] = "schedules"
    tables: ClassVar[tuple[Table, ...]] = TABLES

    def __post_init__(self) -> None:
        if self.url is None or self.token is None:
            raise ConfigurationError(
                f"Source {self.name} needs `url` (the address of OnCall's API, as its settings show"
                " it) and `token` (an API key): give both."
            )
        if not isinstance(self.alert_groups, bool):
            raise ConfigurationError(f"Source {self.name}: `alert_groups` is either true or false.")

    def read(self, window: Window) -> Iterator[Page]:
        """Yield users, escalations, alert groups, swaps and the final shifts of every schedule."""
        since, until = window.since - _BEFORE, window.until + _AHEAD
        at = datetime.now(UTC)
        with self._client() as client:
            yield from _numbered("users", "users", _listed(client, "/users/"), at)
            steps = _listed(client, "/escalation_policies/")
            yield from _numbered("escalation_steps", "escalation-steps", steps, at)
            if self.alert_groups:
                groups = _recent(client, window.since - _INCIDENTS_BEFORE)
                yield from _numbered("alert_groups", "alert-groups", groups, at)
                integrations = _listed(client, "/integrations/")
                yield from _numbered("integrations", "integrations", integrations, at)
            yield from _numbered("swaps", "swaps", _listed(client, "/shift_swaps/"), at)
            for answer in _listed(client, "/schedules/"):
                for schedule in answer.document["results"]:
                    yield from _shifts(client, schedule, since, until, at)

    def probe(self) -> str:
        """Ask for schedules; raise `SourceError` if it cannot be reached or refuses the key."""
        with self._client() as client:
            client.get(f"{_API}/schedules/", key="results")
        return "answers, and accepts the key"

    def _client(self) -> Client:
        token = reveal(self.token)
        headers = {"Authorization": token, "Accept": "application/json"}
        if self.grafana_url is not None:
            headers |= {"Authorization": f"Bearer {token}", "X-Grafana-URL": self.grafana_url}
        return Client(str(self.url), headers)


def _shifts(
    client: Client, schedule: Row, since: datetime, until: datetime, at: datetime
) -> Iterator[Page]:
    identifier = str(schedule["id"])
    path = f"{_API}/schedules/{quote(identifier, safe='')}/final_shifts"
    # It knows days alone: whole ones are asked for, so that none is cut within the window.
    start = since.replace(hour=0, minute=0, second=0, microsecond=0)
    while start < until:
        days = min(_SPAN_DAYS, (until - start) // timedelta(days=1) + 1)
        end = start + timedelta(days=days)
        last = end - timedelta(days=1)
        asked = [("start_date", f"{start:%Y-%m-%d}"), ("end_date", f"{last:%Y-%m-%d}")]
        answer = client.get(path, asked, key="results")
        _check_whole(answer)
        context = {
            "schedule_id": identifier,
            "schedule_name": schedule.get("name"),
            "window_since": start.isoformat(),
            "window_until": end.isoformat(),
        }
        yield Page("shifts", f"shifts-{identifier}-{start:%Y%m%d}", answer.body, at, context)
        start = end


def _check_whole(answer: Answer) -> None:
    found, count = len(answer.document["results"]), answer.document.get("count")
    if answer.document.get("next") or (isinstance(count, int) and count != found):
        raise SourceError(
            f"{answer.url.partition('?')[0]} gave {found} of {count} shifts in one answer, which"
            " this version does not read on. Run over a shorter span."
        )


def _recent(client: Client, since: datetime) -> Iterator[Answer]:
    """Yield alert groups, latest first, until all of an answer began before `since`."""
    for answer in _listed(client, "/alert_groups/"):
        yield answer
        begun = [_begun(group) for group in answer.document["results"]]
        if begun and all(it is not None and it < since for it in begun):
            return


def _begun(group: Row) -> datetime | None:
    try:
        return read_time(group.get("created_at"))
    except (AttributeError, ValueError):
        return None


def _listed(client: Client, path: str) -> Iterator[Answer]:
    def get(query: str) -> Answer:
        return client.get(f"{_API}{path}{query}", key="results")

    def following(_query: str, answer: Answer) -> str | None:
        # The address is the engine's own, which need not be the one that was asked.
        address = answer.document.get("next")
        return f"?{str(address).partition('?')[2]}" if address else None

    return pages("", get, following, key="results")


def _numbered(table: str, name: str, answers: Iterator[Answer], at: datetime) -> Iterator[Page]:
    for number, answer in enumerate(answers):
        yield Page(table, f"{name}-{number:04}", answer.body, at)
