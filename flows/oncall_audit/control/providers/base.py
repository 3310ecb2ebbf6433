"""All that the author of a provider reads: how one system's rights are read and changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from oncall_audit.control.model import Held, Right


class Provider(Protocol):
    """One system whose rights can be changed: a frozen dataclass whose fields are its options.

    Secret fields (`token`, `password`, `secret`, `api_key` or names that end in one) have
    `repr=False`, and are other credentials than those that the audit reads with. The docstring
    names the least permission needed. A library that is an extra is imported inside the methods,
    and its absence is a `ConfigurationError` that names the extra.

    `grant` and `revoke` are idempotent: what is so already is no error and changes nothing, so that
    a step whose answer was lost can be done again. They return once the system has acknowledged
    the change, and raise `ControlError`, without any secret in it, when it was refused or its
    outcome is not known. They never touch another right than the one named. No retries and no
    record-keeping: they happen once, for every provider.
    """

    @property
    def system(self) -> str:
        """The system's name, as in its entitlements and in the directory's accounts."""

    def held(self) -> Iterator[Held]:
        """Yield every right that the system says is held now, whole or not at all."""

    def grant(self, right: Right, until: datetime | None) -> None:
        """Let `right.account` hold the right; until then (UTC), where the system can end it."""

    def revoke(self, right: Right) -> None:
        """Take the right away, and end what it left open where the options ask for that."""
