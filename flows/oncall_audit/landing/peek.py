"""Decodes what a source says now, and lands nothing of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from oncall_audit.connectors.base import File, Page, SnapshotTable
from oncall_audit.errors import SourceError
from oncall_audit.landing.documents import parse, parse_parquet
from oncall_audit.landing.sightings import dated, modified_at, shown


def peek(table: SnapshotTable, items: Iterable[File | Page]) -> Iterator[dict[str, Any]]:
    """Yield each row of the table's documents, with `observed_at`; a bad record is left out.

    Landing tells of those. Raises `SourceError` for a document that cannot be read at all.
    """
    for item in items:
        if item.table != table.name:
            continue
        observed_at, document, context = _opened(item)
        try:
            for row in table.decode(document, context):
                if not row.keys() & {"_rejected", "_ignored"}:
                    yield {**row, "observed_at": observed_at}
        except ValueError as error:
            raise SourceError(f"{_name(item)} cannot be read: {error}.") from None


def _opened(item: File | Page) -> tuple[datetime, Any, Mapping[str, Any]]:
    if isinstance(item, Page):
        context = {"observed_at": item.observed_at, **item.context}
        return item.observed_at, parse(".json", item.body), context
    try:
        is_parquet = item.path.suffix.lower() == ".parquet"
        document: Any = (
            parse_parquet(item.path)
            if is_parquet
            else parse(item.path.name, item.path.read_bytes())
        )
        at = dated(shown(item.path)) or modified_at(item.path.stat().st_mtime_ns)
    except (OSError, ValueError) as error:
        raise SourceError(f"{item.path} cannot be read: {error}.") from None
    observed_at = at.replace(tzinfo=UTC)
    return observed_at, document, {"observed_at": observed_at, "path": shown(item.path)}


def _name(item: File | Page) -> str:
    return item.name if isinstance(item, Page) else str(item.path)
