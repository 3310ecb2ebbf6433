"""Which rights and accounts the policy's `<system>:<glob>` patterns name."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase


def names(patterns: Iterable[str], system: str, name: str) -> bool:
    """Say whether one of the patterns names this permission or account of the system."""
    for pattern in patterns:
        system_glob, _, name_glob = pattern.partition(":")
        if fnmatchcase(system, system_glob.strip()) and fnmatchcase(name, name_glob.strip()):
            return True
    return False


def is_literal(name: str) -> bool:
    """Say whether a name of the policy is one name, not a pattern of many."""
    return not any(letter in name for letter in "*?[")
