"""What a system answers in another form than it documents is an error, not a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oncall_audit.errors import ControlError


@contextmanager
def documented(system: str) -> Iterator[None]:
    """Turn what reading an unexpected answer raises into a `ControlError` about `system`."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ControlError(
            f"{system} answers in another form than it documents ({type(error).__name__}:"
            f" {str(error)[:100]}). Check its address and version."
        ) from None
