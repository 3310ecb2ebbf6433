"""What decoders share: the parts of a document, and rows that may be refused one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Row = Mapping[str, Any]


class UnreadableError(ValueError):
    """A document or record is not what it should be; the text is the reason given to people."""


def columns(texts: str, times: str = "", **others: str) -> dict[str, str]:
    """Name the landed columns of a table and their types."""
    return (
        dict.fromkeys(texts.split(), "VARCHAR") | dict.fromkeys(times.split(), "TIMESTAMP") | others
    )


def listed(document: Any, key: str) -> list[Any]:
    """Return the list `key` of an answer, of a list of answers, or the list itself."""
    if isinstance(document, Mapping) and isinstance(document.get(key), list):
        return list(document[key])
    if isinstance(document, list):
        if document and all(isinstance(part, Mapping) and key in part for part in document):
            return [item for part in document for item in listed(part, key)]
        return document
    raise UnreadableError(f"there is no list `{key}` in it{_named(document)}")


def rows(records: Iterable[Any], row: Callable[[Row], Iterable[Row]]) -> Iterator[Row]:
    """Yield the rows of each record, and `_rejected` with the reason for one that is unreadable."""
    for record in records:
        try:
            if not isinstance(record, Mapping):
                raise UnreadableError(_not_object("a record", record))
            yield from row(record)
        except ValueError as error:
            yield {"_rejected": str(error)}


def required(record: Row, key: str) -> Any:
    """Return a value that must be there."""
    if record.get(key) in (None, ""):
        raise UnreadableError(f"it has no `{key}`")
    return record[key]


def part(record: Row, key: str) -> Row:
    """Return the object `key` of a record, an empty one where it is null or absent."""
    found = record.get(key)
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise UnreadableError(_not_object(f"its `{key}`", found))
    return found


def _not_object(what: str, found: Any) -> str:
    return f"{what} is {type(found).__name__}, not an object"


def _named(document: Any) -> str:
    if not isinstance(document, Mapping):
        return f" but {type(document).__name__}"
    names = ", ".join(f"`{key!s:.40}`" for key in list(document)[:6])
    return f" but {names}" if names else " but nothing"
