"""A system that keeps its rights in memory, and fails where a test wants it to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from oncall_audit.control.model import Held, Right
from oncall_audit.errors import ControlError


class Crash(BaseException):
    """The process ended here."""


@dataclass
class Memory:
    """Rights in memory; `before` and `after` are called around every change."""

    rights: set[Right] = field(default_factory=set)
    system: str = "postgresql"
    refuses: set[str] = field(default_factory=set)
    calls: list[tuple[str, str]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None
    after: Callable[[], None] = lambda: None

    def held(self) -> Iterator[Held]:
        yield from (Held(right) for right in sorted(self.rights))

    def grant(self, right: Right, until: datetime | None) -> None:
        self._do("grant", right)
        self.rights.add(right)
        self.after()

    def revoke(self, right: Right) -> None:
        self._do("revoke", right)
        self.rights.discard(right)
        self.after()

    def _do(self, verb: str, right: Right) -> None:
        self.before()
        self.calls.append((verb, right.account))
        if right.account in self.refuses:
            raise ControlError(f"{right.account} is locked.")
