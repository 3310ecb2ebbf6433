"""What the tests of all providers know of a system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from oncall_audit.control.model import Right
from oncall_audit.control.providers.base import Provider
from oncall_audit.errors import ControlError

TOKEN = "u+canary-token-4711"


@dataclass
class Trouble:
    """What goes wrong, from which request on."""

    kind: str
    first: int = 1


@dataclass
class System(ABC):
    """One system with Ada, Ben and Cleo: `rights` may be granted and taken one by one."""

    rights: tuple[Right, ...] = field(init=False, default=())
    # How many requests or calls were made.
    asked: int = field(init=False, default=0)
    trouble: Trouble | None = field(init=False, default=None)
    kinds: tuple[str, ...] = field(init=False, default=())
    # What is trouble only where something is read.
    read_kinds: tuple[str, ...] = field(init=False, default=())

    @abstractmethod
    def provider(self, **options: Any) -> Provider:
        """Return the provider as a configuration would make it."""

    @abstractmethod
    def state(self) -> frozenset[Right]:
        """Return who holds what, from the system's own state."""

    @abstractmethod
    def reset(self) -> None:
        """Let nobody but those hold anything who did at the beginning."""

    @contextmanager
    def troubled(self, kind: str, first: int) -> Iterator[None]:
        """Make requests go wrong from the `first` on."""
        self.asked, self.trouble = 0, Trouble(kind, first)
        try:
            yield
        finally:
            self.trouble = None


def unchanged(system: System, verb: str, right: Right, words: str) -> None:
    """Assert that the change is refused in these words and changes nothing."""
    before = system.state()
    change = {
        "grant": lambda it: it.grant(right, None),
        "revoke": lambda it: it.revoke(right),
    }[verb]

    with pytest.raises(ControlError, match=words):
        change(system.provider())

    assert system.state() == before
