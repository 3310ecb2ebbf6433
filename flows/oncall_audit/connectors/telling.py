"""How a connector says how far it has come while nothing of what it reads can land yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_listener: ContextVar[Callable[[str], None] | None] = ContextVar("listener", default=None)


def tell(words: str) -> None:
    """Say how far the reading has come to whoever listens."""
    if listener := _listener.get():
        listener(words)


@contextmanager
def heard(listener: Callable[[str], None]) -> Iterator[None]:
    """Let `listener` have what connectors tell within a `with` block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
