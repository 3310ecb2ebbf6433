"""Paging that ends: each page once, in order, and a loop is an error."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from typing import TypeVar

import orjson

from oncall_audit.connectors.http import Answer, Client
from oncall_audit.errors import SourceError

MAX_PAGES = 10_000

Cursor = TypeVar("Cursor")


def pages(
    first: Cursor,
    read: Callable[[Cursor], Answer],
    following: Callable[[Cursor, Answer], Cursor | None],
    *,
    key: str | None,
    limit: int = MAX_PAGES,
) -> Iterator[Answer]:
    """Yield each page once, in order, until `following` says None; a loop is an error."""
    seen: set[Cursor | bytes] = set()
    cursor: Cursor | None = first
    url = ""
    while cursor is not None:
        if len(seen) >= 2 * limit:
            raise SourceError(f"{url} has more than {limit} pages. Run over a shorter span.")
        answer = read(cursor)
        url = answer.url.partition("?")[0]
        # A server that ignores the cursor repeats the rows and still echoes what it was asked.
        content = hashlib.sha256(orjson.dumps(answer.part(key))).digest()
        if cursor in seen or content in seen:
            raise SourceError(
                f"{url} gave the same page of {f'`{key}`' if key else 'its list'} twice. Run again;"
                " if it stays so, its paging does not end and the vendor has to be told."
            )
        seen |= {cursor, content}
        yield answer
        cursor = following(cursor, answer)


def next_of(client: Client, answer: Answer) -> str | None:
    """Return the address of the next page, by the answer's header; refuse one elsewhere."""
    address = answer.next_url
    if address is not None and not address.startswith(f"{client.base_url}/"):
        raise SourceError(
            f"{client.base_url} sends to another address for its next page: set `url` to the"
            " address that it sends to, if it is the vendor's."
        )
    return address
