"""One module a system; a provider is found by its module's name, nothing is registered."""

from __future__ import annotations

from oncall_audit import family
from oncall_audit.control.providers.base import Provider

_METHODS = ("held", "revoke")


def names() -> tuple[str, ...]:
    """Return the type of every provider, sorted."""
    return family.names(__name__, _METHODS)


def find(name: str) -> type[Provider]:
    """Return the provider of this type; raise `ConfigurationError` where there is none."""
    return family.find(__name__, _METHODS, name, "provider")
