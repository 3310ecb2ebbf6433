"""Parts the changes that are due from those that a limit of the policy holds back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable

from oncall_audit.control.guards import ANNOUNCED, Guards
from oncall_audit.control.knowledge import Knowledge
from oncall_audit.control.model import Change, HeldBack
from oncall_audit.control.planning import Holdings


def limit(
    knowledge: Knowledge, changes: Iterable[Change], holdings: Holdings, live: Container[str] = ()
) -> tuple[list[Change], list[HeldBack]]:
    """Part what may be done from what a limit holds back; systems in `live` were read just now."""
    guards = Guards(knowledge, live)
    passed: list[Change] = []
    held_back: list[HeldBack] = []
    for change in changes:
        if verdict := guards.verdict(change):
            held_back.append(HeldBack(change, *verdict))
        else:
            passed.append(change)
    for count in (_percent, _number):
        passed, more = count(knowledge, passed, holdings)
        held_back += more
    return passed, held_back


def _percent(
    knowledge: Knowledge, changes: list[Change], holdings: Holdings
) -> tuple[list[Change], list[HeldBack]]:
    """Hold back what no end announced, where more than the allowed part of a system would go."""
    percent = knowledge.policy.control.max_percent
    held = Counter(right.system for right in holdings)
    # At a hand-over, half of all rights may rightly go: what ends as announced does not count.
    sudden = [it for it in changes if it.action == "revoke" and it.reason not in ANNOUNCED]
    revoked = Counter(it.right.system for it in sudden)
    # One is always possible, or a small system could never be cleaned up.
    over = {it for it in revoked if revoked[it] > max(1, held[it] * percent / 100)}

    def words(change: Change) -> str | None:
        system = change.right.system
        if change not in sudden or system not in over:
            return None
        return (
            f"{revoked[system]} of the {held[system]} managed rights held in {system} would go;"
            f" the policy allows {percent:g} %."
        )

    return _parted(changes, "max_percent", words)


def _number(
    knowledge: Knowledge, changes: list[Change], holdings: Holdings
) -> tuple[list[Change], list[HeldBack]]:
    """Hold back all revocations when there are too many changes, and the grants if need be."""
    most = knowledge.policy.control.max_changes
    grants = sum(it.action == "grant" for it in changes)
    total = sum(it.action != "warn" for it in changes)
    over = {"revoke"} if total > most else set()
    over |= {"grant"} if grants > most else set()
    words = f"{total} changes are due at once; the policy allows {most}."
    return _parted(changes, "max_changes", lambda it: words if it.action in over else None)


def _parted(
    changes: list[Change], name: str, why: Callable[[Change], str | None]
) -> tuple[list[Change], list[HeldBack]]:
    passed = [change for change in changes if why(change) is None]
    held_back = [HeldBack(it, name, words) for it in changes if (words := why(it)) is not None]
    return passed, held_back
