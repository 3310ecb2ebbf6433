"""How PagerDuty's lists are read whole: by offsets, by cursors, and in spans that fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oncall_audit.connectors.http import Answer, Client, Parameters
from oncall_audit.connectors.paging import pages
from oncall_audit.errors import SourceError

LIMIT = 100
_REACH = 10_000
_LONG = 1_000
_SPAN = timedelta(days=60)


class _BeyondReachError(Exception):
    """A list is longer than the API's paging reaches."""


@dataclass(frozen=True, slots=True)
class Lists:
    """Reads the lists of one account, one request after the other: its limits are by key."""

    client: Client

    def whole(self, path: str, key: str, parameters: Parameters = ()) -> Iterator[Answer]:
        """Yield the pages of a list that has no times; raise `SourceError` if it is too long."""
        try:
            yield from self._pages(path, key, parameters)
        except _BeyondReachError:
            raise SourceError(
                f"{self.client.base_url}{path} has more than {_REACH} entries, beyond the reach of"
                " PagerDuty's paging. Use an export (`path`) for this account."
            ) from None

    def by_cursor(self, path: str, key: str, parameters: Parameters) -> Iterator[Answer]:
        """Yield the pages of a list that names the next one."""

        def read(cursor: str) -> Answer:
            further = [("cursor", cursor)] if cursor else []
            return self.client.get(path, [*parameters, *further], key=key)

        def following(_cursor: str, answer: Answer) -> str | None:
            return answer.document.get("next_cursor") or None

        return pages("", read, following, key=key)

    def ranged(
        self, path: str, key: str, since: datetime, until: datetime, parameters: Parameters = ()
    ) -> Iterator[tuple[Answer, str]]:
        """Yield the pages of a list by time, and a name for each."""
        for start, end in spans(since, until):
            yield from self._halved(path, key, start, end, parameters)

    def _halved(
        self, path: str, key: str, since: datetime, until: datetime, parameters: Parameters
    ) -> Iterator[tuple[Answer, str]]:
        try:
            # Read whole before any is handed on: a span that turns out too long is asked anew.
            found = list(self._pages(path, key, [*between(since, until), *parameters]))
        except _BeyondReachError:
            middle = since + timedelta(seconds=(until - since) // timedelta(seconds=2))
            if middle == since:
                raise SourceError(
                    f"{self.client.base_url}{path} has more than {_REACH} entries within a second."
                    " Use an export (`path`) for this account."
                ) from None
            yield from self._halved(path, key, since, middle, parameters)
            yield from self._halved(path, key, middle, until, parameters)
        else:
            name = f"{key}-{stamp(since)}"
            yield from ((answer, f"{name}-{number:04}") for number, answer in enumerate(found))

    def _pages(self, path: str, key: str, parameters: Parameters) -> Iterator[Answer]:
        def read(offset: int) -> Answer:
            paging = [("limit", LIMIT), ("offset", offset)]
            return self.client.get(path, [*parameters, *paging], key=key)

        def following(offset: int, answer: Answer) -> int | None:
            limit = _limit_if_more(answer)
            if limit is None:
                return None
            # A long list is tried at its far end first, lest it be read for nothing.
            is_too_long = offset == _LONG and _limit_if_more(read(_REACH - LIMIT)) is not None
            if is_too_long or offset + limit + LIMIT > _REACH:
                raise _BeyondReachError
            return offset + limit

        return pages(0, read, following, key=key)


def _limit_if_more(answer: Answer) -> int | None:
    """Return how far the next page lies, None at the last one."""
    more, limit = answer.document.get("more"), answer.document.get("limit", LIMIT)
    if not isinstance(more, bool) or not isinstance(limit, int) or limit < 1:
        raise SourceError(
            f"{answer.url.partition('?')[0]} does not say whether more follows: check `url`."
        )
    return limit if more else None


def spans(
    since: datetime, until: datetime, longest: timedelta = _SPAN
) -> Iterator[tuple[datetime, datetime]]:
    """Yield a span of time in parts that one request may ask for."""
    while since < until:
        end = min(since + longest, until)
        yield since, end
        since = end


def between(since: datetime, until: datetime) -> list[tuple[str, str]]:
    """Return how a span is asked for."""
    # Without an offset PagerDuty reads them in the account's own zone.
    return [("since", since.isoformat()), ("until", until.isoformat()), ("time_zone", "UTC")]


def stamp(moment: datetime) -> str:
    """Return a time as names of pages have it."""
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
