"""Which systems have models, by the names of their files; a run builds those that it uses."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path

# The models of these are read by name: rules of their own rest on what only they tell.
_ALWAYS = frozenset({"aws_cloudtrail", "generic", "pagerduty", "teleport"})
_OUR_OWN = frozenset({"control", "policy"})
_PARTS = (
    "events",
    "granted",
    "people",
    "snapshots",
    "entries",
    "requested",
    "incidents",
    "responders",
)
_PART = re.compile(rf"int_(\w+?)__({'|'.join(_PARTS)})")

Systems = dict[str, list[str]]


def built(used: Collection[str]) -> frozenset[str]:
    """Return the systems that are built where these are used."""
    return _ALWAYS | set(used)


def systems(project: Path, used: Collection[str] | None = None) -> Systems:
    """Name the systems that tell each part, as `of_systems` unites them; all or the used ones."""
    known = set(_staged(project)) if used is None else built(used)
    found: Systems = {part: [] for part in _PARTS}
    for path in sorted((project / "models" / "intermediate").glob("int_*__*.sql")):
        match = _PART.fullmatch(path.stem)
        # What `generic` tells stands in the unions themselves, which without it might be empty.
        if match and match[1] in known - {"generic"}:
            found[match[2]].append(match[1])
    return found


def left_out(project: Path, used: Collection[str]) -> re.Pattern[str]:
    """Match the models of systems that nobody uses: a view costs time even over nothing."""
    names = "|".join(name for name in _staged(project) if name not in built(used))
    return re.compile(rf"(?:stg|int)_(?:{names})__\w+" if names else r"(?!)")


def _staged(project: Path) -> Iterator[str]:
    for path in sorted((project / "models" / "staging").iterdir()):
        if path.is_dir() and path.name not in _OUR_OWN:
            yield path.name
