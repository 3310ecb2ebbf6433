"""Paging: every page once, in order, and an end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from oncall_audit.connectors.http import Answer
from oncall_audit.connectors.paging import pages
from oncall_audit.errors import SourceError


def numbered(cursor: int, *rows: int) -> Answer:
    """Return a page of rows."""
    return Answer(
        f"https://api.example.com/list?p={cursor}", b"", {"rows": rows}, datetime.now(UTC)
    )


def test_pages_come_once_and_in_order() -> None:
    found = pages(
        0, lambda at: numbered(at, at), lambda at, _: at + 1 if at < 3 else None, key="rows"
    )

    assert [answer.document["rows"] for answer in found] == [(0,), (1,), (2,), (3,)]


@pytest.mark.parametrize(
    ("read", "following"),
    [
        (lambda at: numbered(at, 1, 2), lambda at, _: at + 1),
        (lambda at: numbered(at, at), lambda at, _: 1 - at),
        (numbered, lambda at, _: at + 1),
    ],
    ids=["same rows", "same cursor", "empty pages"],
)
def test_a_loop_of_pages_is_an_error(read: Any, following: Any) -> None:
    with pytest.raises(SourceError, match=r"list gave the same page of `rows` twice"):
        list(pages(0, read, following, key="rows"))


def test_endless_pages_are_an_error() -> None:
    with pytest.raises(SourceError, match="more than 5 pages"):
        list(pages(0, lambda at: numbered(at, at), lambda at, _: at + 1, key="rows", limit=5))
