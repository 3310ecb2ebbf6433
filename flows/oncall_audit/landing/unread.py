"""Since when a source has not been read whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from oncall_audit.landing.manifest import Manifest

_Span = tuple[datetime, datetime]


def unread_since(folder: Path, source_name: str) -> datetime | None:
    """Return when the first span began that a source was asked for in vain, in UTC, or None."""
    missing: list[_Span] = []
    with Manifest(folder / "manifest.sqlite") as manifest:
        for name, since, until, state, _message, _read_at in manifest.extractions():
            if name != source_name:
                continue
            if state == "complete":
                missing = [left for span in missing for left in _without(span, (since, until))]
            else:
                missing.append((since, until))
    return min((since.replace(tzinfo=UTC) for since, _ in missing), default=None)


def _without(span: _Span, read: _Span) -> list[_Span]:
    before = (span[0], min(span[1], read[0]))
    after = (max(span[0], read[1]), span[1])
    return [(since, until) for since, until in (before, after) if since < until]
