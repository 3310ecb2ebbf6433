"""Rights that a system gives by groups only: which group to join, and which ones to leave."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from oncall_audit.errors import ControlError


def to_join(giving: Mapping[str, Collection[str]], wanted: str) -> str:
    """Return the group that gives what is wanted and nothing else, the first of several."""
    alone = sorted(name for name, given in giving.items() if set(given) == {wanted})
    if not alone:
        more = sorted(name for name, given in giving.items() if wanted in given)
        hint = f" ({', '.join(more)} would give more)" if more else ""
        raise ControlError(f"No group gives {wanted} alone{hint}: make one that does.")
    return alone[0]


def to_leave(
    giving: Mapping[str, Collection[str]], joined: Iterable[str], unwanted: str
) -> list[str]:
    """Return the joined groups that give what is unwanted; raise if one gives more than that."""
    found = sorted(name for name in joined if unwanted in giving.get(name, ()))
    for name in found:
        if more := sorted(set(giving[name]) - {unwanted}):
            raise ControlError(
                f"Group {name} gives {unwanted} and also {', '.join(more)}: leaving it would take"
                f" that too. Give {unwanted} by a group of its own."
            )
    return found
